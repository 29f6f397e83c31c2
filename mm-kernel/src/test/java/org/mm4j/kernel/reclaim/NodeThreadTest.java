package org.mm4j.kernel.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;

/** The thread of a node, and what becomes of it when there is no Java heap. */
class NodeThreadTest {
    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @DisplayName("a thread that an OutOfMemoryError has ended is made again by the next one who asks")
    void isMadeAgain() throws InterruptedException {
        KernelLog log = new KernelLog();
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch again = new CountDownLatch(2);
        NodeThread thread = new NodeThread(
                "kswapd0",
                () -> {
                    again.countDown();
                    if (runs.incrementAndGet() == 1) {
                        throw new OutOfMemoryError("a test's");
                    }
                },
                GfpContext.PROCESS,
                log);
        int request = WakeWord.request(0, 0);
        thread.ask(request);
        while (again.getCount() > 0) {
            thread.ask(request);
            Thread.onSpinWait();
        }
        thread.stop();
        assertThat(runs).hasValue(2);
        assertThat(log.lines()).containsExactly("kswapd0 has ended: a test's");
    }
}
