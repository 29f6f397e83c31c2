package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.MigrateType.MOVABLE;
import static org.mm4j.api.MigrateType.RECLAIMABLE;
import static org.mm4j.api.MigrateType.UNMOVABLE;
import static org.mm4j.buddy.Machines.START;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.FreeBlocks;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;

/** What a request gets when the lists of its own mobility are empty. The machine has 8 pageblocks. */
class FallbackTest {
    private static final int FRAMES = 4096;

    @RegisterExtension
    final Machines machines = new Machines();

    /** All frames in use as single movable pages. */
    private Machine full() {
        Machine machine = machines.boosting(FRAMES);
        assertThat(machine.takeAll(Machine.MOVABLE, 0)).hasSize(FRAMES);
        return machine;
    }

    private static int gfp(MigrateType type) {
        return switch (type) {
            case UNMOVABLE -> Machine.UNMOVABLE;
            case RECLAIMABLE -> Machine.RECLAIMABLE;
            default -> Machine.MOVABLE;
        };
    }

    @Test
    @DisplayName("C6: a movable pageblock that is 60 % free becomes unmovable as a whole")
    void claimsAPageblock() {
        Machine machine = full();
        machine.free(START, START + 308, 0);
        long pfn = machine.take(Machine.UNMOVABLE, 0);
        assertThat(pfn).isBetween(START, START + 307);
        assertThat(machine.type(START)).isEqualTo(UNMOVABLE);
        assertThat(machine.look().freeBlocks()).isEqualTo(freeOfOneType(machine, UNMOVABLE));
        assertThat(machine.pagesFree()).isEqualTo(307);
        assertThat(machine.look().boost()).isEqualTo(512);
    }

    private static FreeBlocks freeOfOneType(Machine machine, MigrateType type) {
        long[] counts = new long[PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT];
        for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
            counts[order * MigrateType.COUNT + type.ordinal()] =
                    machine.look().freeBlocks().blocks(order);
        }
        return new FreeBlocks(counts);
    }

    @Test
    @DisplayName("C7, C8: too little of a movable pageblock is free: one page is stolen, and the rest stays movable")
    void stealsFromTheSmallestBlock() {
        Machine machine = full();
        machine.free(START, START + 200, 0);
        assertThat(machine.blocks()).isEqualTo("0 0 0 1 0 0 1 1 0 0 0");
        assertThat(machine.take(Machine.UNMOVABLE, 0)).isEqualTo(START + 192);
        assertThat(machine.type(START)).isEqualTo(MOVABLE);
        assertThat(machine.look().boost()).as("boost by the attempts").isEqualTo(512);
        assertThat(machine.list(0, MOVABLE)).containsExactly(START + 193);
        assertThat(machine.list(1, MOVABLE)).containsExactly(START + 194);
        assertThat(machine.list(2, MOVABLE)).containsExactly(START + 196);
        assertThat(machine.blocks()).isEqualTo("1 1 1 0 0 0 1 1 0 0 0");
    }

    @Test
    @DisplayName("C7: a movable request does not try to claim because of blocks of orders 0 to 3")
    void movableStealsSmallBlocks() {
        Machine machine = machines.boosting(FRAMES);
        machine.takeAll(Machine.UNMOVABLE, 0);
        for (long sixteen = START; sixteen < START + 512; sixteen += 16) {
            machine.free(sixteen + 1, sixteen + 16, 0); // orders 0, 1, 2 and 3
        }
        assertThat(machine.blocks()).isEqualTo("32 32 32 32 0 0 0 0 0 0 0");
        long pfn = machine.take(Machine.MOVABLE, 0);
        assertThat(pfn % 16).as("the smallest block").isEqualTo(1);
        assertThat(machine.type(START)).isEqualTo(UNMOVABLE);
        assertThat(machine.look().boost()).isZero();
    }

    @Test
    @DisplayName("C7: a movable request tries to claim because of a block of order 4")
    void movableClaimsFromOrder4() {
        Machine machine = machines.boosting(FRAMES);
        machine.takeAll(Machine.UNMOVABLE, 0);
        for (long thirtyTwo = START; thirtyTwo < START + 512; thirtyTwo += 32) {
            machine.free(thirtyTwo + 16, thirtyTwo + 32, 0);
        }
        machine.take(Machine.MOVABLE, 0);
        assertThat(machine.type(START)).isEqualTo(MOVABLE);
        assertThat(machine.look().boost()).isEqualTo(512);
    }

    @ParameterizedTest
    @DisplayName("C9: each mobility has its order of donors")
    @CsvSource({"UNMOVABLE, RECLAIMABLE, MOVABLE", "MOVABLE, RECLAIMABLE, UNMOVABLE", "RECLAIMABLE, UNMOVABLE, MOVABLE"
    })
    void donors(MigrateType wanted, MigrateType first, MigrateType second) {
        Machine machine = machines.boosting(FRAMES);
        machine.takeAll(gfp(wanted), 9);
        machine.setType(START, second);
        machine.setType(START + 1024, first);
        machine.allocator.freePages(START, 9);
        machine.allocator.freePages(START + 1024, 9);
        int gfp = gfp(wanted) | Gfp.__GFP_MEMALLOC;
        assertThat(machine.take(gfp, 9)).isEqualTo(START + 1024);
        assertThat(machine.take(gfp, 9)).isEqualTo(START);
        assertThat(machine.type(START)).isEqualTo(wanted);
        assertThat(machine.look().boost()).as("whole pageblocks need no boost").isZero();
    }

    @Test
    void theLargestDonorBlockComesBeforeTheBetterDonor() {
        Machine machine = full();
        machine.setType(START, RECLAIMABLE);
        machine.free(START, START + 256, 0);
        machine.free(START + 512, START + 1024, 0);
        assertThat(machine.take(Machine.UNMOVABLE, 0)).isEqualTo(START + 512);
    }

    @ParameterizedTest
    @DisplayName("C10: who keeps pageblocks whole claims blocks of order 9 only")
    @CsvSource({"256, false", "512, true"})
    void noFragment(int pagesFree, boolean served) {
        Machine machine = full();
        machine.free(START, START + pagesFree, 0);
        long wanted = FrameWord.inUse(0, false, 1, UNMOVABLE.ordinal());
        int frame = machine.zone().take(wanted, AllocFlags.NOFRAGMENT, true, true);
        assertThat(frame != Zone.NONE).isEqualTo(served);
        assertThat(machine.type(START)).isEqualTo(served ? UNMOVABLE : MOVABLE);
        assertThat(machine.look().boost()).isZero();
    }

    @ParameterizedTest(name = "{0} from {1}, {2} free, {3} more of the kind of {4}: {5}")
    @DisplayName("half of a claimed pageblock is free or alike")
    @CsvSource({
        "UNMOVABLE, MOVABLE, 256, 0, UNMOVABLE, true",
        "UNMOVABLE, MOVABLE, 255, 0, UNMOVABLE, false",
        "UNMOVABLE, MOVABLE, 128, 128, UNMOVABLE, true",
        "UNMOVABLE, MOVABLE, 128, 127, UNMOVABLE, false",
        "RECLAIMABLE, MOVABLE, 128, 128, UNMOVABLE, true",
        "RECLAIMABLE, UNMOVABLE, 128, 384, RECLAIMABLE, false",
        "MOVABLE, UNMOVABLE, 128, 128, MOVABLE, true",
        "MOVABLE, UNMOVABLE, 128, 127, MOVABLE, false",
        "MOVABLE, UNMOVABLE, 128, 384, RECLAIMABLE, false"
    })
    void halfIsEnough(MigrateType wanted, MigrateType donor, int free, int alike, MigrateType used, boolean claims) {
        Machine machine = machines.boosting(FRAMES);
        MigrateType other = used == MOVABLE ? UNMOVABLE : MOVABLE;
        machine.takeAll(gfp(used), 9);
        machine.free(START, START + 512, 9);
        List<Long> pages = machine.takeAll(gfp(used), 0);
        machine.free(pages.subList(alike, 512), 0);
        List<Long> rest = machine.takeAll(gfp(other), 0);
        machine.setType(START, donor);
        machine.free(rest.subList(0, free), 0);

        machine.take(gfp(wanted) | Gfp.__GFP_MEMALLOC, 0);
        assertThat(machine.type(START)).isEqualTo(claims ? wanted : donor);
    }

    @Test
    void aPageblockOverAZonesEdgeIsNeverClaimed() {
        Machine machine = machines.of(BuddyConfig.ofNodes(NodeLayout.of(1, Machines.normal(START + 128, START + 4096)))
                .withSettings(Machines.BOOSTING));
        machine.takeAll(Machine.MOVABLE, 0);
        machine.free(START + 128, START + 512, 0);
        assertThat(machine.take(Machine.UNMOVABLE, 0)).isEqualTo(START + 128);
        assertThat(machine.type(START)).isEqualTo(MOVABLE);
    }
}
