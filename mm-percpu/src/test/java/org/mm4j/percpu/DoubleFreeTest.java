package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.BadPageException;

/** Two threads that free the same block at the same time: one of them is refused, and nothing else happens. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DoubleFreeTest {
    private static final int ROUNDS = 20_000;
    private static final int FRAMES = 1 << 12;

    /** Both go on when both have come: a round is even, or odd while one waits. */
    private final AtomicInteger arrivals = new AtomicInteger();

    private volatile long pfn;

    /** Blocks of order 3 go back to the zone at once when many are freed in a row. */
    private static Stream<Arguments> kindsAndOrders() {
        return GateKind.present().stream().flatMap(kind -> Stream.of(0, 3).map(order -> Arguments.of(kind, order)));
    }

    @ParameterizedTest
    @MethodSource("kindsAndOrders")
    void oneOfThemIsRefused(GateKind kind, int order) {
        CachedBuddy pages = CachedBuddy.ofFrames(FRAMES, kind, 2);
        try (Worker one = new Worker();
                Worker two = new Worker()) {
            Future<Integer> byOne = one.begins(() -> rounds(pages, order, true));
            Future<Integer> byTwo = two.begins(() -> rounds(pages, order, false));
            assertThat(Worker.result(byOne) + Worker.result(byTwo))
                    .as("frees that were accepted")
                    .isEqualTo(ROUNDS);
        }
        assertThat(pages.buddy.validate()).isEmpty();
        pages.drain();
        assertThat(pages.pagesFree()).isEqualTo(FRAMES);
        assertThat(pages.buddy.validate()).isEmpty();
    }

    /** How many of its frees were accepted. */
    private int rounds(CachedBuddy pages, int order, boolean allocates) {
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            if (allocates) {
                pfn = pages.alloc(order);
            }
            meet();
            accepted += isAccepted(pages, order) ? 1 : 0;
            meet();
        }
        return accepted;
    }

    private void meet() {
        int both = (arrivals.getAndIncrement() | 1) + 1;
        while (arrivals.get() - both < 0) {
            Thread.onSpinWait();
        }
    }

    private boolean isAccepted(CachedBuddy pages, int order) {
        try {
            pages.buddy.freePages(pfn, order);
            return true;
        } catch (BadPageException refused) {
            return false;
        }
    }
}
