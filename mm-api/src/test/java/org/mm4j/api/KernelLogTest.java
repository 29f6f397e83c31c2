package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is kept, what a listener hears, and what "once" means. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelLogTest {
    private static final int LINES_KEPT = 256;

    @Test
    void linesAreKeptInTheirOrder() {
        KernelLog log = new KernelLog();
        assertThat(log.lines()).isEmpty();
        log.warn("one");
        log.warn("two");
        log.warn("one");
        assertThat(log.lines()).containsExactly("one", "two", "one");
        assertThat(log.linesWritten()).isEqualTo(3);
    }

    @Test
    void theOldestLinesGoAndTheListenerHearsAll() {
        List<String> heard = new ArrayList<>();
        KernelLog log = new KernelLog(heard::add);
        List<String> written = IntStream.range(0, 2 * LINES_KEPT + 1)
                .mapToObj(Integer::toString)
                .toList();
        written.forEach(log::warn);
        assertThat(log.lines()).isEqualTo(written.subList(LINES_KEPT + 1, written.size()));
        assertThat(log.linesWritten()).isEqualTo(written.size());
        assertThat(heard).isEqualTo(written);
    }

    @Test
    void aReportStaysTogether() throws InterruptedException {
        KernelLog log = new KernelLog();
        List<Thread> threads = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 20; i++) {
                    log.warn(List.of(name + 1, name + 2, name + 3));
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(log.linesWritten()).isEqualTo(180);
        for (int at = 0; at < 180; at += 3) {
            String name = log.lines().get(at).substring(0, 1);
            assertThat(log.lines().subList(at, at + 3)).containsExactly(name + 1, name + 2, name + 3);
        }
    }

    @Test
    void onceIsOncePerSite() {
        KernelLog log = new KernelLog();
        log.warnOnce("here", "first");
        log.warnOnce("here", "second, other words");
        log.warnOnce("there", "first");
        assertThat(log.lines()).containsExactly("first", "first");
    }

    @Test
    void onceIsOncePerLog() {
        new KernelLog().warnOnce("here", "in another kernel");
        KernelLog log = new KernelLog();
        log.warnOnce("here", "in this one");
        assertThat(log.lines()).containsExactly("in this one");
    }

    @Test
    void onceHoldsAfterTheLineIsGone() {
        KernelLog log = new KernelLog();
        log.warnOnce("here", "once");
        IntStream.range(0, LINES_KEPT).forEach(i -> log.warn("other"));
        log.warnOnce("here", "once");
        assertThat(log.lines()).hasSize(LINES_KEPT).doesNotContain("once");
    }

    @Test
    void aListenerMayReadTheLog() {
        List<Integer> sizes = new ArrayList<>();
        KernelLog[] log = new KernelLog[1];
        log[0] = new KernelLog(line -> sizes.add(log[0].lines().size()));
        log[0].warn("one");
        log[0].warnOnce("here", "two");
        assertThat(sizes).containsExactly(1, 2);
    }

    @Test
    void threadsLoseNoLineAndWarnOnceTogether() throws InterruptedException {
        List<String> heard = Collections.synchronizedList(new ArrayList<>());
        KernelLog log = new KernelLog(heard::add);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 1000; i++) {
                    log.warn("again");
                    log.warnOnce("site " + i, "once");
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(log.linesWritten()).isEqualTo(5000);
        assertThat(heard.stream().filter("once"::equals)).hasSize(1000);
        assertThat(log.lines()).hasSize(LINES_KEPT);
    }
}
