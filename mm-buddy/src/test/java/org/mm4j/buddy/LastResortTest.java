package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.buddy.Machines.START;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/** When reclaim has nothing left: for whom somebody is ended, and for whom not. */
class LastResortTest {
    private static final int KERNEL = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;

    @RegisterExtension
    final Machines machines = new Machines();

    private final Reclaimer reclaimer = new Reclaimer();

    private Machine full() {
        Machine machine = machines.of(BuddyConfig.ofFrames(4096).withPressure(reclaimer));
        machine.takeAll(Machine.MOVABLE, 0);
        return machine;
    }

    @ParameterizedTest
    @DisplayName("what a victim frees serves the request")
    @CsvSource({"0, 0", "3, 0", "0, 1"})
    void victimFrees(int order, int useless) {
        Machine machine = full();
        reclaimer.onOutOfMemory(() -> {
            if (reclaimer.outOfMemory.get() > useless) {
                machine.free(START + 64, START + 64 + PageFrame.pages(order), 0);
            }
            return true;
        });
        assertThat(machine.take(KERNEL, order)).isEqualTo(START + 64);
        assertThat(reclaimer.outOfMemory).hasValue(useless + 1);
        assertThat(reclaimer.rounds)
                .as("reclaim comes first, and again after each victim")
                .hasSize(1 + useless);
    }

    @ParameterizedTest
    @DisplayName("nobody is ended for requests that are large, may fail, cannot wait, or are bound to a place")
    @ValueSource(
            strings = {
                "GFP_KERNEL|__GFP_RETRY_MAYFAIL",
                "GFP_KERNEL|__GFP_NORETRY",
                "GFP_KERNEL|__GFP_THISNODE",
                "GFP_ATOMIC"
            })
    void nobodyIsEnded(String gfp) {
        Machine machine = full();
        assertThat(machine.allocator.allocPages(Gfp.parse(gfp) | Gfp.__GFP_NOWARN, 0))
                .isEqualTo(PageFrame.NONE);
        assertThat(machine.allocator.allocPages(KERNEL, 4)).isEqualTo(PageFrame.NONE);
        assertThat(reclaimer.outOfMemory).hasValue(0);
    }

    @Test
    @DisplayName("without a victim the request fails")
    void noVictim() {
        assertThat(full().allocator.allocPages(KERNEL, 0)).isEqualTo(PageFrame.NONE);
        assertThat(reclaimer.outOfMemory).hasValue(1);
    }

    @Test
    @DisplayName("pages that could be reclaimed are reason for 16 more rounds")
    void reclaimablePagesGiveHope() {
        Machine machine = full();
        reclaimer.pagesReclaimable = 100;
        assertThat(machine.allocator.allocPages(KERNEL, 0)).isEqualTo(PageFrame.NONE);
        assertThat(reclaimer.rounds).hasSize(17);
        assertThat(reclaimer.outOfMemory).hasValue(1);
    }

    @Test
    @DisplayName("one request at a time asks for a victim; the others wait, and go on with what it frees")
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void oneAtATime() throws Exception {
        Machine machine = full();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch others = new CountDownLatch(8);
        reclaimer.onOutOfMemory(() -> {
            inside.countDown();
            boolean waited = await(others);
            machine.free(START, START + 2, 0);
            return waited;
        });
        FutureTask<Long> first = new FutureTask<>(() -> machine.allocator.allocPages(KERNEL, 0));
        Thread.ofPlatform().start(first);
        inside.await();
        reclaimer.onWake(others::countDown);
        FutureTask<Long> second = new FutureTask<>(() -> machine.allocator.allocPages(KERNEL, 0));
        Thread.ofPlatform().start(second);
        assertThat(first.get() + second.get()).isEqualTo(2 * START + 1);
        assertThat(reclaimer.outOfMemory).hasValue(1);
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
