package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.Gfp;
import org.mm4j.contract.AllocatedBytes;

/** What an operation through a page cache takes of the Java heap: nothing. */
class ZeroHeapTest {
    private static final int ROUNDS = 20;
    private static final int PAIRS = 2000;

    private static List<GateKind> present() {
        return GateKind.present();
    }

    @ParameterizedTest
    @MethodSource("present")
    void pairsNeedNoJavaHeap(GateKind kind) {
        CachedBuddy pages = CachedBuddy.ofFrames(1 << 16, kind, 2);

        for (int order : new int[] {0, 3, 9}) {
            assertThat(AllocatedBytes.leastOf(ROUNDS, () -> pairs(pages, order)))
                    .as("order " + order)
                    .isZero();
        }
    }

    private static void pairs(CachedBuddy pages, int order) {
        for (int pair = 0; pair < PAIRS; pair++) {
            pages.buddy.freePages(pages.buddy.allocPages(Gfp.GFP_KERNEL, order, 0), order);
        }
    }

    @ParameterizedTest
    @MethodSource("present")
    void refillsAndDrainsNeedNoJavaHeapOnceTheRingsAreLarge(GateKind kind) {
        CachedBuddy pages = CachedBuddy.ofFrames(1 << 16, kind, 2);
        long[] pfns = new long[PAIRS];

        assertThat(AllocatedBytes.leastOf(ROUNDS, () -> fillAndEmpty(pages, pfns)))
                .isZero();
    }

    private static void fillAndEmpty(CachedBuddy pages, long[] pfns) {
        for (int each = 0; each < pfns.length; each++) {
            pfns[each] = pages.buddy.allocPages(Gfp.GFP_KERNEL, 0, 0);
        }
        for (long pfn : pfns) {
            pages.buddy.freePages(pfn, 0);
        }
    }

    /** A thread that owns no slot, and finds the shared one open or closed. */
    @ParameterizedTest
    @MethodSource("present")
    void threadsWithoutASlotNeedNoJavaHeap(GateKind kind) {
        CachedBuddy pages = CachedBuddy.ofFrames(1 << 16, kind, 1);
        try (Worker owner = new Worker();
                Worker late = new Worker()) {
            owner.does(() -> run(() -> pairs(pages, 0)));
            long bytes = late.does(() -> AllocatedBytes.leastOf(ROUNDS, () -> pairs(pages, 0)));
            assertThat(bytes).isZero();
        }
    }

    private static boolean run(Runnable task) {
        task.run();
        return true;
    }
}
