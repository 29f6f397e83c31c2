package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;

/** Requests that must not fail, where there is less memory than all want: they wait, and all of them get it. */
class NofailTest {
    private static final int NOFAIL = Gfp.GFP_KERNEL | Gfp.__GFP_NOFAIL;
    private static final int USERS = 6;
    private static final int ROUNDS = 60;

    /** Two blocks of order 5. */
    private final BuddyAllocator pages = BuddyAllocator.ofFrames(64);

    static Stream<ThreadFactory> threads() {
        return Stream.of(Crowd.platform(), Crowd.virtual());
    }

    @ParameterizedTest
    @MethodSource("threads")
    void manyShareTwoBlocks(ThreadFactory threads) throws InterruptedException {
        OwnedFrames owned = new OwnedFrames(pages.zones().map());
        Runnable user = () -> {
            for (int round = 0; round < ROUNDS; round++) {
                long pfn = pages.allocPages(NOFAIL, 5);
                owned.take(pfn, 32);
                Thread.yield();
                owned.give(pfn, 32);
                pages.freePages(pfn, 5);
            }
        };
        Crowd.run(threads, Stream.generate(() -> user).limit(USERS).toList(), crowd -> {
            assertThat(pages.validate()).isEmpty();
            crowd.getFirst().interrupt();
        });
        assertThat(pages.snapshot().getFirst().zones()).allMatch(zone -> zone.pagesFree() == zone.pagesManaged());
    }

    /** The waiter cannot be interrupted, and does not lose the interrupt either. */
    @ParameterizedTest
    @MethodSource("threads")
    void anInterruptIsKept(ThreadFactory threads) throws InterruptedException {
        long first = pages.allocPages(NOFAIL, 5);
        long second = pages.allocPages(NOFAIL, 5);
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread waiter = threads.newThread(() -> {
            Thread.currentThread().interrupt();
            pages.freePages(pages.allocPages(NOFAIL, 5), 5);
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        waiter.start();
        while (waiter.getState() != Thread.State.TIMED_WAITING) {
            assertThat(waiter.isAlive()).as("the waiter waits").isTrue();
            Thread.onSpinWait();
        }
        pages.freePages(first, 5);
        waiter.join();
        assertThat(interrupted).isTrue();
        pages.freePages(second, 5);
    }

    /** While somebody can be made to free memory, there is no need to wait. */
    @Test
    void reclaimIsAskedFirst() {
        long[] reclaimable = {PageFrame.NONE, PageFrame.NONE};
        BuddyAllocator[] made = new BuddyAllocator[1];
        MemoryPressure pressure = new MemoryPressure() {
            @Override
            public void wakeKswapd(int nid, ZoneType highest, int order, int gfp) {}

            @Override
            public long reclaim(int nid, int gfp, int order) {
                for (int at = 0; at < reclaimable.length; at++) {
                    if (reclaimable[at] != PageFrame.NONE) {
                        made[0].freePages(reclaimable[at], 5);
                        reclaimable[at] = PageFrame.NONE;
                        return 32;
                    }
                }
                return 0;
            }
        };
        made[0] = new BuddyAllocator(BuddyConfig.ofFrames(64).withPressure(pressure));
        reclaimable[0] = made[0].allocPages(NOFAIL, 5);
        reclaimable[1] = made[0].allocPages(NOFAIL, 5);
        List<Long> first = List.of(reclaimable[0], reclaimable[1]);
        assertThat(made[0].allocPages(NOFAIL, 5)).isEqualTo(first.get(0));
        assertThat(made[0].allocPages(NOFAIL, 5)).isEqualTo(first.get(1));
    }
}
