package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/** What the log says of code that waits where it must not. */
class SleepReportTest {
    private static final String BUG = "BUG: sleeping function called from invalid context at ";

    private final KernelLog log = new KernelLog();
    private long nowNanos = Long.MAX_VALUE - 500_000_000L;
    private final Contexts contexts = new Contexts(log, () -> nowNanos);

    @AfterEach
    void noRankIsLeft() {
        assertThat(LockRank.held()).isEmpty();
        assertThat(LockRank.isAnyHeld()).isFalse();
    }

    private void opens(Runnable code) {
        contexts.atomic(code);
    }

    private void sleeps() {
        contexts.mightSleep("msleep");
    }

    @Test
    void namesTheCallAndWhereTheOutermostScopeBegan() {
        contexts.noteEntries(true);
        opens(() -> contexts.nofs(() -> contexts.interrupt(this::sleeps)));

        Thread thread = Thread.currentThread();
        assertThat(log.lines())
                .startsWith(
                        BUG + "msleep",
                        "in_atomic(): 1, irqs_disabled(): 1, pid: " + thread.threadId() + ", name: " + thread.getName(),
                        "preempt_count: 2, expected: 0",
                        "Preemption disabled at:");
        String entry = log.lines().get(4);
        assertThat(entry).contains("SleepReportTest.opens(SleepReportTest.java:");
        int trace = log.lines().indexOf("Call Trace:");
        assertThat(log.lines().get(trace + 1)).contains("SleepReportTest.sleeps(SleepReportTest.java:");
        assertThat(log.lines().subList(trace, log.lines().size()))
                .anyMatch(line -> line.contains("SleepReportTest.opens("))
                .hasSizeLessThan(34);
    }

    @Test
    void saysHowToLearnWhereTheScopeBegan() {
        opens(this::sleeps);

        assertThat(log.lines())
                .startsWith(BUG + "msleep")
                .contains("Preemption disabled at: unknown; contexts().noteEntries(true) tells from then on");
    }

    @Test
    void isSilentWhereOneMayWait() {
        sleeps();
        contexts.noio(this::sleeps);
        contexts.atomic(() -> {
            contexts.effective(Gfp.GFP_ATOMIC);
            contexts.effective(Gfp.GFP_NOWAIT);
        });
        contexts.effective(Gfp.GFP_KERNEL);
        assertThat(log.lines()).isEmpty();
    }

    @Test
    void namesARequestThatMayWait() {
        int left = contexts.atomic(() -> contexts.effective(Gfp.GFP_KERNEL));

        assertThat(left).isEqualTo(Gfp.GFP_KERNEL);
        assertThat(log.lines()).startsWith(BUG + "an allocation with GFP_KERNEL");
    }

    @Test
    void comesOnceASecond() {
        opens(this::sleeps);
        opens(this::sleeps);
        nowNanos += 999_999_999;
        opens(this::sleeps);
        assertThat(log.lines()).filteredOn(line -> line.startsWith("BUG")).hasSize(1);
        nowNanos++;
        opens(this::sleeps);
        assertThat(log.lines()).filteredOn(line -> line.startsWith("BUG")).hasSize(2);
    }

    /** Tests run with assertions, so the locks are known. */
    @Test
    void aSpinLockMakesTheContextAtomic() {
        SpinLock lock = new SpinLock(LockRank.SLAB_LIST);
        lock.lock();
        try {
            contexts.effective(Gfp.GFP_ATOMIC);
            assertThat(log.lines()).isEmpty();
            contexts.effective(Gfp.GFP_KERNEL);
        } finally {
            lock.unlock();
        }

        assertThat(log.lines())
                .startsWith(BUG + "an allocation with GFP_KERNEL")
                .contains("preempt_count: 1, expected: 0", "spin locks held: [SLAB_LIST]")
                .noneMatch(line -> line.startsWith("Preemption disabled at"));
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void reportsOfSeveralThreadsDoNotMix() throws InterruptedException {
        AtomicLong seconds = new AtomicLong();
        Contexts ticking = new Contexts(log, () -> seconds.incrementAndGet() * 1_000_000_000L);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofVirtual()
                    .name("sleeper-" + t)
                    .start(() -> ticking.atomic(
                            () -> ticking.mightSleep(Thread.currentThread().getName()))));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        List<String> lines = log.lines();
        Set<String> sites = new TreeSet<>();
        for (int at = 0; at < lines.size(); at++) {
            if (lines.get(at).startsWith(BUG)) {
                String site = lines.get(at).substring(BUG.length());
                assertThat(lines.get(at + 1)).endsWith(", name: " + site);
                assertThat(lines.get(at + 4)).isEqualTo("Call Trace:");
                assertThat(lines.get(at + 5)).contains("SleepReportTest");
                sites.add(site);
            }
        }
        assertThat(sites).containsExactly("sleeper-0", "sleeper-1", "sleeper-2", "sleeper-3");
    }
}
