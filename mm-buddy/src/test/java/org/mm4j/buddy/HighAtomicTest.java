package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.MigrateType.HIGHATOMIC;
import static org.mm4j.api.MigrateType.MOVABLE;
import static org.mm4j.api.MigrateType.UNMOVABLE;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;

/** The reserve for requests of high order that cannot wait. Below a low mark of 30 % of the zone, they fill it. */
class HighAtomicTest {
    private static final long FRAMES = 65_536;
    private static final int ATOMIC = Gfp.GFP_ATOMIC | Gfp.__GFP_NOWARN;

    @RegisterExtension
    final Machines machines = new Machines();

    /** So many pages are free, in whole pageblocks. */
    private Machine below(long frames, long left, Reclaimer reclaimer) {
        Machine machine = machines.of(BuddyConfig.ofFrames(frames)
                .withSettings(ZoneSettings.NO_RESERVES.withWatermarkScaleFactor(3000))
                .withPressure(reclaimer));
        while (machine.pagesFree() > left) {
            machine.take(Machine.MOVABLE, 9);
        }
        return machine;
    }

    private Machine below(long left) {
        return below(FRAMES, left, new Reclaimer());
    }

    @Test
    void thePageblockOfTheFirstRequestIsReserved() {
        Machine machine = below(8192);
        long pfn = machine.take(ATOMIC, 2);
        assertThat(machine.type(pfn)).isEqualTo(HIGHATOMIC);
        assertThat(machine.look().pagesReservedHighAtomic()).isEqualTo(512);
        assertThat(machine.look().pagesFreeHighAtomic()).isEqualTo(508);
        long next = machine.take(ATOMIC, 3);
        assertThat(next & -512).as("the second one is served from it").isEqualTo(pfn & -512);
        assertThat(machine.look().pagesReservedHighAtomic()).isEqualTo(512);
        assertThat(machine.look().pagesFreeHighAtomic()).isEqualTo(500);
        machine.allocator.freePages(pfn, 2);
        machine.allocator.freePages(next, 3);
        assertThat(machine.list(9, HIGHATOMIC)).containsExactly(pfn & -512);
    }

    @ParameterizedTest
    @DisplayName("single pages, requests that can wait, and requests above the low mark reserve nothing")
    @CsvSource({
        "GFP_ATOMIC, 0, 8192",
        "GFP_KERNEL|__GFP_HIGH, 2, 8192",
        "GFP_NOWAIT, 2, 8192",
        "GFP_ATOMIC|__GFP_NOMEMALLOC, 2, 8192",
        "GFP_ATOMIC, 2, 32768"
    })
    void othersReserveNothing(String gfp, int order, long left) {
        Machine machine = below(left);
        machine.take(Gfp.parse(gfp), order);
        assertThat(machine.look().pagesReservedHighAtomic()).isZero();
    }

    @ParameterizedTest
    @DisplayName("a hundredth of the zone, rounded up to pageblocks, and none below one pageblock")
    @CsvSource({"51200, 512", "51199, 0", "65536, 1024", "102400, 1024", "102401, 1024", "102500, 1536"})
    void isLimited(long frames, long reserved) {
        Machine machine = below(frames, 8192, new Reclaimer());
        for (int block = 0; block < 6; block++) {
            machine.take(ATOMIC, 9);
        }
        assertThat(machine.look().pagesReservedHighAtomic()).isEqualTo(reserved);
    }

    @Test
    void ordinaryRequestsLeaveItAlone() {
        Machine machine = below(1024);
        machine.take(ATOMIC, 2);
        List<Long> all = machine.takeAll(Gfp.__GFP_DIRECT_RECLAIM | Gfp.__GFP_NORETRY, 0);
        assertThat(all).hasSize(512);
        assertThat(machine.pagesFree()).isEqualTo(508);
        assertThat(machine.look().pagesFreeHighAtomic()).isEqualTo(508);
        machine.take(ATOMIC, 0);
        assertThat(machine.look().pagesFreeHighAtomic())
                .as("single pages may, if they cannot wait")
                .isEqualTo(507);
    }

    @Test
    @DisplayName("a request that would fail gets the reserve, as a pageblock of its own mobility")
    void isGivenUp() {
        Reclaimer reclaimer = new Reclaimer();
        Machine machine = below(FRAMES, 512, reclaimer);
        long atomic = machine.take(ATOMIC, 2);
        machine.take(Gfp.GFP_KERNEL, 0);
        assertThat(reclaimer.rounds).hasSize(1);
        assertThat(machine.type(atomic)).isEqualTo(UNMOVABLE);
        assertThat(machine.look().pagesReservedHighAtomic()).isZero();
        assertThat(machine.look().pagesFreeHighAtomic()).isZero();
        assertThat(machine.pagesFree()).isEqualTo(507);
    }

    @Test
    @DisplayName("after progress one reserved pageblock stays")
    void theLastOneStaysWhileThereIsProgress() {
        Machine machine = below(FRAMES, 2048, new Reclaimer(_ -> 1));
        long first = machine.take(ATOMIC, 9);
        machine.take(Machine.UNMOVABLE, 9); // its buddy
        long second = machine.take(ATOMIC, 9);
        machine.take(Machine.UNMOVABLE, 9);
        machine.free(List.of(first, second), 9);
        assertThat(machine.look().pagesReservedHighAtomic()).isEqualTo(1024);
        int waiting = Gfp.__GFP_DIRECT_RECLAIM | Gfp.__GFP_NORETRY;
        assertThat(machine.takeAll(waiting, 0)).hasSize(512);
        assertThat(machine.look().pagesReservedHighAtomic()).isEqualTo(512);
    }

    @ParameterizedTest
    @DisplayName("a free pageblock that leaves the reserve changes its list and nothing else: it does not merge")
    @ValueSource(ints = {0, 1})
    void staysAsItIsWhenItIsGivenUp(int half) {
        Machine machine = machines.ofFrames(FRAMES);
        long pfn = machine.takeAll(Machine.MOVABLE, 10).getLast();
        machine.setType(pfn + half * 512L, HIGHATOMIC);
        machine.allocator.freePages(pfn, 10);
        assertThat(machine.list(9, HIGHATOMIC)).hasSize(1);
        assertThat(machine.zone().unreserveHighAtomic(MOVABLE.ordinal(), true)).isTrue();
        assertThat(machine.list(9, MOVABLE)).containsExactlyInAnyOrder(pfn, pfn + 512);
        assertThat(machine.list(10, MOVABLE)).isEmpty();
        assertThat(machine.look().pagesReservedHighAtomic()).isZero();
    }

    @Test
    void pagesFreedIntoTheReserveStayInIt() {
        Machine machine = below(8192);
        long pfn = machine.take(ATOMIC, 4);
        machine.allocator.freePages(pfn, 4);
        assertThat(machine.look().pagesFreeHighAtomic()).isEqualTo(512);
        assertThat(machine.look().pageblocks().get(HIGHATOMIC.ordinal())).isEqualTo(1);
    }
}
