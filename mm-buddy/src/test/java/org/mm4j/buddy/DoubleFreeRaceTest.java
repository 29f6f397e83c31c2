package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;

/** Two who free the same block at the same moment: exactly one succeeds, the other is told. */
class DoubleFreeRaceTest {
    private static final int ROUNDS = 5_000;

    private final BuddyAllocator pages = BuddyAllocator.ofFrames(4096);

    @Test
    void freePages() throws InterruptedException {
        race(3, pfn -> pages.freePages(pfn, 3), pfn -> pages.freePages(pfn, 3));
    }

    @Test
    void freePagesAndPutPage() throws InterruptedException {
        race(1, pfn -> pages.freePages(pfn, 1), pages::putPage);
    }

    @Test
    void freePagesAndFreeContigRange() throws InterruptedException {
        race(0, pfn -> pages.freePages(pfn, 0), pfn -> pages.freeContigRange(pfn, 1));
    }

    private void race(int order, LongConsumer one, LongConsumer other) throws InterruptedException {
        AtomicLong pfn = new AtomicLong();
        AtomicInteger arrived = new AtomicInteger();
        AtomicInteger freed = new AtomicInteger();
        Crowd.run(
                Crowd.platform(),
                List.of(
                        () -> rounds(arrived, freed, order, pfn, one),
                        () -> rounds(arrived, freed, order, pfn, other)));
        assertThat(freed).hasValue(ROUNDS);
        assertThat(pages.validate()).isEmpty();
        assertThat(pages.snapshot().getFirst().zones()).allMatch(zone -> zone.pagesFree() == zone.pagesManaged());
    }

    /** Whoever comes last to a round takes the block for both. */
    private void rounds(AtomicInteger arrived, AtomicInteger freed, int order, AtomicLong pfn, LongConsumer free) {
        for (int round = 1; round <= ROUNDS; round++) {
            if (arrived.incrementAndGet() % 2 == 0) {
                pfn.set(pages.allocPages(Gfp.GFP_KERNEL, order));
                arrived.addAndGet(2);
            }
            awaitAtLeast(arrived, 6 * round - 2);
            if (succeeds(free, pfn.get())) {
                freed.incrementAndGet();
            }
            arrived.incrementAndGet();
            awaitAtLeast(arrived, 6 * round);
        }
    }

    private static boolean succeeds(LongConsumer free, long pfn) {
        try {
            free.accept(pfn);
            return true;
        } catch (BadPageException refused) {
            assertThat(refused.pfn()).isEqualTo(pfn);
            return false;
        }
    }

    private static void awaitAtLeast(AtomicInteger arrived, int count) {
        for (int spins = 0; arrived.get() < count; spins++) {
            if (spins > 100) {
                Thread.yield();
            }
        }
    }
}
