package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.MigrateType.MOVABLE;
import static org.mm4j.api.MigrateType.UNMOVABLE;
import static org.mm4j.buddy.Machines.START;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.mm4j.api.FreeBlocks;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;

/** Which blocks come from which, and which ones become one again. */
class SplitAndMergeTest {
    @RegisterExtension
    final Machines machines = new Machines();

    @ParameterizedTest
    @DisplayName("C1: the buddy's number differs in one bit")
    @CsvSource({"0x100, 3, 0x108", "0x108, 3, 0x100", "0x101, 0, 0x100", "0, 10, 1024", "0x300, 9, 0x100"})
    void buddyOf(long pfn, int order, long buddy) {
        assertThat(PageFrame.buddy(pfn, order)).isEqualTo(buddy);
    }

    @ParameterizedTest
    @DisplayName("C2: a small block comes from the low end of the largest, and leaves one block of each order between")
    @CsvSource({
        "0, 1 1 1 1 1 1 1 1 1 1 0",
        "3, 0 0 0 1 1 1 1 1 1 1 0",
        "9, 0 0 0 0 0 0 0 0 0 1 0",
        "10, 0 0 0 0 0 0 0 0 0 0 0"
    })
    void splitsTheLargest(int order, String left) {
        Machine machine = machines.ofFrames(1024);
        long pfn = machine.take(Machine.UNMOVABLE, order);
        assertThat(pfn).isEqualTo(START);
        assertThat(machine.blocks()).isEqualTo(left);
        machine.allocator.freePages(pfn, order);
        assertThat(machine.blocks()).isEqualTo("0 0 0 0 0 0 0 0 0 0 1");
        machine.expectAllFree();
    }

    @Test
    void takesTheSmallestSufficientBlock() {
        Machine machine = machines.ofFrames(1024);
        machine.free(machine.takeAll(Machine.UNMOVABLE, 5).subList(3, 4), 5);
        machine.free(START + 512, START + 768, 5);
        assertThat(machine.take(Machine.UNMOVABLE, 2)).isEqualTo(START + 3 * 32);
    }

    @Test
    @DisplayName("C3: a block goes to the tail when the pair that it would make could merge again")
    void keepsBlocksThatWillMergeForLast() {
        Machine machine = machines.ofFrames(1024);
        machine.takeAll(Machine.UNMOVABLE, 0);
        machine.free(START + 4, START + 5, 0);
        machine.free(START + 2, START + 4, 0);
        machine.free(START, START + 1, 0); // 1 is in use, and 2 and 3 are free as a pair
        assertThat(machine.list(0, UNMOVABLE)).containsExactly(START + 4, START);
        machine.free(START + 6, START + 7, 0); // 7 is in use, and so is 5
        assertThat(machine.list(0, UNMOVABLE)).containsExactly(START + 6, START + 4, START);
    }

    @Test
    @DisplayName("C3: blocks of order 9 always go to the head")
    void order9GoesToTheHead() {
        Machine machine = machines.ofFrames(4096);
        machine.takeAll(Machine.MOVABLE, 9);
        machine.free(START + 2048, START + 3072, 9); // one block of order 10
        machine.free(START + 1024, START + 1025, 9);
        machine.free(START + 3072, START + 3073, 9); // next to the block of order 10
        assertThat(machine.list(10, MOVABLE)).containsExactly(START + 2048);
        assertThat(machine.list(9, MOVABLE)).containsExactly(START + 3072, START + 1024);
    }

    @ParameterizedTest
    @DisplayName("C4: blocks of two zones never merge")
    @CsvSource({"1024", "512", "8", "3"})
    void zonesStayApart(long pagesOfFirst) {
        long border = START + pagesOfFirst;
        Machine machine =
                machines.ofZones(ZoneLayout.of(ZoneType.DMA32, START, border), Machines.normal(border, START + 2048));
        List<FreeBlocks> atBoot = freeBlocks(machine);
        assertThat(atBoot.get(ZoneType.DMA32.ordinal())).hasToString(blocksOf(pagesOfFirst));
        List<Long> all = machine.takeAll(Machine.UNMOVABLE, 0);
        assertThat(all).hasSize(2048);
        machine.free(all, 0);
        machine.expectAllFree();
        assertThat(freeBlocks(machine)).isEqualTo(atBoot);
    }

    private static List<FreeBlocks> freeBlocks(Machine machine) {
        return machine.allocator.snapshot().getFirst().zones().stream()
                .map(ZoneSnapshot::freeBlocks)
                .toList();
    }

    /** Frames from an aligned start on make one block of each bit of their number. */
    private static String blocksOf(long pages) {
        StringBuilder text = new StringBuilder();
        for (int order = 0; order <= PageFrame.MAX_PAGE_ORDER; order++) {
            text.append(order == 0 ? "" : " ").append(pages >> order & 1);
        }
        return text.toString();
    }

    @Test
    @DisplayName("C5: an unmovable pageblock takes in its movable buddy, which becomes unmovable")
    void mergesMobilities() {
        Machine machine = machines.ofFrames(4096);
        machine.takeAll(Machine.MOVABLE, 9);
        machine.setType(START, UNMOVABLE);
        machine.allocator.freePages(START + 512, 9);
        machine.allocator.freePages(START, 9);
        assertThat(machine.list(10, UNMOVABLE)).containsExactly(START);
        assertThat(machine.type(START + 512)).isEqualTo(UNMOVABLE);
    }

    @ParameterizedTest
    @DisplayName("C5: CMA and HIGHATOMIC pageblocks merge with their own kind only")
    @EnumSource(names = {"CMA", "HIGHATOMIC"})
    void keepsReservesApart(MigrateType reserve) {
        Machine machine = machines.ofFrames(4096);
        machine.takeAll(Machine.MOVABLE, 9);
        machine.setType(START, reserve);
        machine.free(START, START + 1024, 9);
        assertThat(machine.list(9, reserve)).containsExactly(START);
        assertThat(machine.list(9, MOVABLE)).containsExactly(START + 512);
        machine.setType(START + 1024, reserve);
        machine.setType(START + 1536, reserve);
        machine.free(START + 1024, START + 2048, 9);
        assertThat(machine.list(10, reserve)).containsExactly(START + 1024);
    }

    @ParameterizedTest
    @DisplayName("C5: an isolated pageblock does not merge with an open one, whichever is freed first")
    @CsvSource({"0, 512", "512, 0"})
    void keepsIsolatedApart(long first, long second) {
        Machine machine = machines.ofFrames(4096);
        machine.takeAll(Machine.MOVABLE, 9);
        machine.zone().blocks().setIsolated(machine.zone().map().frame(START), true);
        machine.allocator.freePages(START + first, 9);
        machine.allocator.freePages(START + second, 9);
        assertThat(machine.list(9, MigrateType.ISOLATE)).containsExactly(START);
        assertThat(machine.list(9, MOVABLE)).containsExactly(START + 512);
        assertThat(machine.pagesFree()).as("isolated pages do not count").isEqualTo(512);
    }

    @Test
    void aLargeBlockIsFreedToTheListsOfItsPageblocks() {
        Machine machine = machines.ofFrames(4096);
        long pfn = machine.take(Machine.MOVABLE, 10);
        machine.setType(pfn + 512, MigrateType.CMA);
        machine.allocator.freePages(pfn, 10);
        assertThat(machine.list(9, MOVABLE)).containsExactly(pfn);
        assertThat(machine.list(9, MigrateType.CMA)).containsExactly(pfn + 512);
        assertThat(machine.look().pagesFreeCma()).isEqualTo(512);
    }
}
