package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mm4j.api.LockRank;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageSetSize;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.PageZone;
import org.mm4j.api.SlotGate;
import org.mm4j.contract.AllocatedBytes;

/** What moves between a page cache and its zone, and when. */
class PerCpuPagesTest {
    private static final int MOVABLE = MigrateType.MOVABLE.ordinal();
    private static final int UNMOVABLE = MigrateType.UNMOVABLE.ordinal();
    private static final int CPUS = 2;

    private final FakeZone zone = new FakeZone();
    private final FakeGate gate = new FakeGate(2 * CPUS);
    private PerCpuPages cache = cache(4, 16, 16);

    private PerCpuPages cache(int batch, int highMin, int highMax) {
        return new PerCpuPages(gate, zone, new PageSetSize(batch, highMin, highMax), CPUS);
    }

    private int take(int order) {
        return cache.take(gate, order, MOVABLE, 0, 0, 0);
    }

    private List<Integer> takes(int blocks) {
        List<Integer> frames = new ArrayList<>();
        for (int block = 0; block < blocks; block++) {
            frames.add(take(0));
        }
        return frames;
    }

    private void put(int... frames) {
        for (int frame : frames) {
            assertThat(cache.put(gate, frame, 0)).isTrue();
        }
    }

    /** C18 */
    @Test
    void aFreedPageStaysInTheCacheAndIsTakenFirst() {
        put(1, 2, 3);

        assertThat(takes(3)).containsExactly(3, 2, 1);
        assertThat(zone.locks).isZero();
        assertThat(zone.claimed).containsExactly(1, 2, 3);
    }

    /** C19 */
    @Test
    void aRefillIsAppendedAtTheTailAndTakenFromTheHead() {
        assertThat(take(0)).isEqualTo(1000);
        put(7);

        assertThat(takes(4)).containsExactly(7, 1001, 1002, 1003);
        assertThat(zone.locks).as("holds of the zone lock").isOne();
        assertThat(takes(2)).containsExactly(1004, 1005);
        assertThat(zone.locks).isEqualTo(2);
        assertThat(cache.pagesCached()).isEqualTo(4 - 2);
    }

    @Test
    void whatTheZoneHasIsTakenEvenIfItIsLess() {
        zone.framesLeft = 2;
        assertThat(takes(3)).containsExactly(1000, 1001, PageCache.NONE);
        assertThat(cache.pagesCached()).isZero();
        assertThat(gate.entered()).isEmpty();
    }

    @Test
    void listsOfOtherOrdersAndMobilitiesAreNotTouched() {
        put(1);
        zone.types.put(2, UNMOVABLE);
        put(2);
        assertThat(cache.put(gate, 8, 3)).isTrue();
        zone.framesLeft = 0;

        assertThat(cache.take(gate, 1, MOVABLE, 0, 0, 0)).isEqualTo(PageCache.NONE);
        assertThat(cache.take(gate, 0, UNMOVABLE, 0, 0, 0)).isEqualTo(2);
        assertThat(cache.take(gate, 3, MOVABLE, 0, 0, 0)).isEqualTo(8);
        assertThat(cache.take(gate, 0, MOVABLE, 0, 0, 0)).isOne();
    }

    @Test
    void hugePagesOfMovableAndOtherMobilitiesAreKeptApart() {
        zone.types.put(512, UNMOVABLE);
        zone.types.put(1024, MigrateType.RECLAIMABLE.ordinal());
        cache = cache(63, 4000, 4000);
        cache.put(gate, 512, 9);
        cache.put(gate, 1024, 9);
        cache.put(gate, 1536, 9);

        assertThat(take(9)).isEqualTo(1536);
        assertThat(cache.take(gate, 9, UNMOVABLE, 0, 0, 0)).isEqualTo(1024);
        assertThat(cache.pagesCached()).isEqualTo(512);
    }

    // Too large.

    @Test
    void aSetThatIsTooLargeGivesTheColdestPagesBack() {
        for (int frame = 1; frame <= 15; frame++) {
            put(frame);
        }
        assertThat(zone.freed).isEmpty();
        put(16);

        assertThat(zone.freed).as("16 - 4 by the row of frees").containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        assertThat(zone.freedByHold).as("in batches").containsExactly(4, 4, 4);
        assertThat(zone.cameBack).isOne();
        assertThat(takes(4)).containsExactly(16, 15, 14, 13);
    }

    @Test
    void drainingGoesFromListToListAndBeginsWithTheOneThatGrew() {
        cache = cache(4, 7, 7);
        for (int frame = 100; frame < 104; frame++) {
            zone.types.put(frame, UNMOVABLE);
        }
        zone.types.put(200, MigrateType.RECLAIMABLE.ordinal());
        zone.types.put(201, MigrateType.RECLAIMABLE.ordinal());
        put(100, 101, 102, 103, 200, 201);

        put(1);

        assertThat(zone.freed).containsExactly(1, 200, 201, 100);
    }

    @Test
    void whoFindsTheSlotClosedBetweenBatchesLeavesTheRest() {
        for (int frame = 1; frame <= 15; frame++) {
            put(frame);
        }
        gate.entriesLeft = 2; // for the block itself, and for one batch

        put(16);

        assertThat(zone.freed).containsExactly(1, 2, 3, 4);
        assertThat(cache.pagesCached()).isEqualTo(12);
        assertThat(zone.cameBack).isOne();
    }

    @Test
    void whoFindsHimselfOnAnotherCpuBetweenBatchesLeavesTheRest() {
        for (int frame = 1; frame <= 15; frame++) {
            put(frame);
        }
        gate.entriesLeft = 2;
        gate.nextThen = 1;

        put(16);

        assertThat(zone.freed).containsExactly(1, 2, 3, 4);
        assertThat(gate.entered()).isEmpty();
    }

    @Test
    void aBootSetKeepsNothing() {
        cache = cache(1, 0, 0);
        assertThat(take(0)).isEqualTo(1000);
        assertThat(cache.pagesCached()).isZero();
        put(1);
        assertThat(zone.freed).containsExactly(1);
        assertThat(cache.pagesCached()).isZero();
    }

    // Falling through to the zone.

    @Test
    void aGateThatRefusesMeansTheZone() {
        put(1);
        gate.next = SlotGate.NONE;

        assertThat(take(0)).isEqualTo(PageCache.NONE);
        assertThat(cache.put(gate, 2, 0)).isFalse();
        assertThat(zone.claimed).containsExactly(1);
        assertThat(zone.locks).isZero();
        gate.next = 0;
        assertThat(take(0)).isOne();
    }

    @Test
    void aBlockThatIsNotToBeCachedIsRefused() {
        zone.types.put(1, PageZone.NONE);
        assertThat(cache.put(gate, 1, 0)).isFalse();
        assertThat(zone.claimed).isEmpty();
    }

    @Test
    void aBlockThatCannotBeClaimedIsRefusedAndNothingChanges() {
        zone.refused.add(1);
        assertThat(cache.put(gate, 1, 0)).isFalse();
        assertThat(cache.pagesCached()).isZero();
        assertThat(cache.validate()).isEmpty();
    }

    // Errors.

    @Test
    void anErrorInsideLeavesTheSlotAndTheLock() {
        zone.takingFails = true;
        assertThatThrownBy(() -> take(0)).isInstanceOf(FakeZone.Fault.class);

        assertThat(gate.entered()).isEmpty();
        assertThat(zone.isLocked).isFalse();
        zone.takingFails = false;
        assertThat(take(0)).isEqualTo(1000);
        assertThat(cache.validate()).isEmpty();
    }

    @Test
    void aCallAtTheWrongPlaceInTheLockOrderLeavesTheSlot() {
        put(1);
        LockRank.ZONE.enter();
        try {
            assertThatThrownBy(() -> take(0)).isInstanceOf(AssertionError.class).hasMessageContaining("PAGE_SET");
            assertThatThrownBy(() -> cache.put(gate, 2, 0)).isInstanceOf(AssertionError.class);
        } finally {
            LockRank.ZONE.exit();
        }
        assertThat(gate.entered()).isEmpty();
        assertThat(take(0)).isOne();
    }

    @Test
    void noJavaHeapIsNeededOnceABlockIsClaimed() {
        cache = cache(100, 1000, 1000);
        for (int frame = 0; frame < 200; frame++) {
            put(frame);
            assertThat(AllocatedBytes.now() - zone.bytesAtClaim)
                    .as("bytes behind the claim, where a ring of 128 or 256 frames would be lost")
                    .isLessThan(512);
        }
    }

    @Test
    void aStopThatFailsStopsNobody() {
        gate.faulty = 2;
        assertThatThrownBy(cache::stop).isInstanceOf(FakeGate.Fault.class);
        assertThat(gate.entered()).isEmpty();

        gate.faulty = -1;
        cache.stop();
        assertThat(gate.entered()).containsExactly(0, 1, 2, 3);
        cache.resume();
        assertThat(gate.entered()).isEmpty();
    }

    // From outside.

    @Test
    void aDrainEmptiesAllSlots() {
        for (gate.next = 0; gate.next < 4; gate.next++) {
            put(10 * gate.next, 10 * gate.next + 1);
            cache.put(gate, 64 + 8 * gate.next, 3);
        }
        cache.drain();

        assertThat(zone.freed).hasSize(12).startsWith(0, 1, 64, 10, 11, 72);
        assertThat(cache.pagesCached()).isZero();
        assertThat(gate.entered()).isEmpty();
        assertThat(zone.cameBack).isOne();
    }

    @Test
    void timeShrinksASetInBatches() {
        cache = cache(4, 16, 1000);
        for (int refill = 0; refill < 6; refill++) {
            takes((int) cache.pagesCached() + 1);
        }
        int high = cache.snapshot().getFirst().high();
        assertThat(high).isGreaterThan(16);

        cache.decay();

        assertThat(cache.snapshot().getFirst().high()).isEqualTo(high - high / 8);
        assertThat(zone.freed).isEmpty();
        while (cache.snapshot().getFirst().high() > 16) {
            cache.decay();
        }
        assertThat(cache.pagesCached()).isEqualTo(16);
        assertThat(zone.freedByHold).isNotEmpty().allMatch(pages -> pages <= 4);
    }

    // Looking.

    @Test
    void theSetsOfOneCpuAreShownTogether() {
        put(1);
        gate.next = 2; // CPU 0 as well
        put(2, 3);
        gate.next = 3;
        put(4);
        PageSetSize size = new PageSetSize(4, 16, 16);

        assertThat(cache.snapshot())
                .containsExactly(new PageSetSnapshot(0, 3, 32, size), new PageSetSnapshot(1, 1, 16, size));
        assertThat(cache.pagesCached()).isEqualTo(4);
    }

    @Test
    void visitsAreCountedByKind() {
        for (int visit = 0; visit < 4; visit++) {
            for (int time = 0; time <= visit; time++) {
                gate.next = time;
                cache.take(gate, 0, MOVABLE, 0, 0, visit);
            }
        }
        gate.next = SlotGate.NONE;
        cache.take(gate, 0, MOVABLE, 0, 0, 0);

        assertThat(List.of(cache.visits(0), cache.visits(1), cache.visits(2), cache.visits(3)))
                .containsExactly(1L, 2L, 3L, 4L);
    }
}
