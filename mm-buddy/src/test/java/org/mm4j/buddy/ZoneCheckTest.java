package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;

/** Breaks each invariant of {@link ZoneCheck} on purpose: the finding names it, and the frame. */
class ZoneCheckTest {
    private static final int MOVABLE = MigrateType.MOVABLE.ordinal();

    /** Enough pageblocks for one in a hundred to be reserved. */
    private static final long FRAMES = 60 * 1024;

    private final BuddyAllocator pages = BuddyAllocator.ofFrames(FRAMES);
    private final Zone zone = pages.zones().populated().getFirst();
    private final MemMap map = zone.map();

    /** A block of order 1 that is in use as two frames, so that neither of them has a free buddy. */
    private final long pfn = pages.allocPages(Gfp.GFP_HIGHUSER_MOVABLE, 1);

    private final int frame = map.frame(pfn);

    ZoneCheckTest() {
        pages.splitPage(pfn, 1);
        assertThat(pages.validate()).isEmpty();
    }

    /** Others can work while the state is broken, and after a check. */
    @AfterEach
    void theLockIsFree() {
        assertThat(zone.lock().isLocked()).isFalse();
    }

    @Test
    void v1FrameInNoBlock() {
        map.setWordOpaque(frame, FrameWord.INTERIOR);
        assertThat(invariants()).containsOnly("V1", "V6");
        assertThat(finding("V1")).contains("pfn " + pfn + " ", "in no block");
    }

    @Test
    void v1BlockInsideOfAnother() {
        long inner = pfn + 512 + 3;
        map.setWordOpaque(map.frame(inner), FrameWord.inUse(0, false, 1, MOVABLE));
        assertThat(invariants()).containsOnly("V1");
        assertThat(finding("V1"))
                .contains("pfn " + inner + " ", "inside of the block of order 9", "pfn " + (pfn + 512));
    }

    @Test
    void v1BlockNotAligned() {
        map.setWordOpaque(frame + 1, FrameWord.inUse(1, false, 1, MOVABLE));
        assertThat(invariants()).containsOnly("V1", "V6");
        assertThat(finding("V1")).contains("pfn " + (pfn + 1) + " ", "cannot be the first of a block of order 1");
    }

    @Test
    void v1BlockThatLeavesTheZone() {
        BuddyAllocator short5 = BuddyAllocator.ofFrames(5);
        MemMap map5 = short5.zones().map();
        map5.setWordOpaque(map5.frame(BuddyConfig.FIRST_PFN + 4), FrameWord.inUse(1, false, 1, MOVABLE));
        assertThat(short5.validate()).anyMatch(finding -> finding.startsWith("V1: pfn 1028 "));
    }

    @Test
    void v1StateThatThereIsNot() {
        map.setWordOpaque(frame, 7L << 61);
        assertThat(finding("V1")).contains("pfn " + pfn + " ", "corrupt");
    }

    @Test
    void v2BuddiesThatDidNotMerge() {
        zone.areas().addHead(frame, 0, MOVABLE);
        zone.areas().addHead(frame + 1, 0, MOVABLE);
        zone.counters().accountFree(2, MOVABLE);
        assertThat(invariants()).containsOnly("V2");
        assertThat(finding("V2")).contains("pfn " + pfn + " ", "pfn " + (pfn + 1) + ",");
    }

    /** Pageblocks of different types do not merge; when the types become the same later, nobody merges them. */
    @Test
    void v2IsNotAboutPageblocksWhoseTypesChanged() {
        zone.reserveHighAtomic(frame, 0);
        pages.freePages(pfn, 0);
        pages.freePages(pfn + 1, 0);
        assertThat(zone.unreserveHighAtomic(MOVABLE, true)).isTrue();
        assertThat(zone.areas().blocks(9, MOVABLE)).isEqualTo(2);
        assertThat(pages.validate()).isEmpty();
    }

    @Test
    void v3WrongLinkBack() {
        int second = FrameWord.next(map.wordOpaque(first(10)));
        map.setWordOpaque(second, FrameWord.withPrevious(map.wordOpaque(second), second));
        assertThat(invariants()).containsOnly("V3");
        assertThat(finding("V3")).contains("pfn " + map.pfn(second) + " ", "does not link back", "order 10, Movable");
    }

    @Test
    void v3WrongEnd() {
        int head = zone.areas().head(10, MOVABLE);
        map.setWordOpaque(head, FrameWord.withPrevious(map.wordOpaque(head), first(10)));
        assertThat(invariants()).containsOnly("V3");
        assertThat(finding("V3")).contains("order 10, Movable", "does not end at its last block");
    }

    @Test
    void v3ListWithABlockInUse() {
        int taken = first(3);
        map.setWordOpaque(taken, FrameWord.inUse(3, false, 1, MOVABLE));
        assertThat(finding("V3")).contains("pfn " + map.pfn(taken) + " ", "order 3, Movable", "in use");
    }

    @Test
    void v3ListThatLeadsElsewhere() {
        int head = zone.areas().head(10, MOVABLE);
        int elsewhere = map.frames() + 79;
        map.setWordOpaque(head, FrameWord.withNext(map.wordOpaque(head), elsewhere));
        assertThat(finding("V3")).contains("order 10, Movable", "reserved");
    }

    @Test
    void v3WrongCount() {
        int lost = unlinkFirst(10);
        assertThat(invariants()).containsOnly("V3", "V5");
        assertThat(finding("V3")).contains("order 10, Movable", "has 58 blocks, and counts 59");
        assertThat(finding("V5")).contains("pfn " + map.pfn(lost) + " ");
    }

    @Test
    void v4BlockOnTheListOfAnotherType() {
        zone.blocks().setType(frame, MigrateType.RECLAIMABLE.ordinal());
        assertThat(invariants()).containsOnly("V4");
        assertThat(finding("V4")).contains("pfn " + (pfn + 2) + " ", "order 1, Movable", "of type Reclaimable");
    }

    @Test
    void v4SecondPageblockOfABlock() {
        int large = first(10);
        zone.blocks().setType(large + PageFrame.PAGEBLOCK_NR_PAGES, MigrateType.UNMOVABLE.ordinal());
        assertThat(finding("V4")).contains("pfn " + map.pfn(large + PageFrame.PAGEBLOCK_NR_PAGES) + " ");
    }

    @Test
    void v5FreeBlockOnNoList() {
        map.setWordOpaque(frame, FrameWord.free(0, frame, frame));
        assertThat(invariants()).containsOnly("V5");
        assertThat(finding("V5")).contains("pfn " + pfn + " ");
    }

    @Test
    void v6Counters() {
        for (MigrateType type : MigrateType.values()) {
            zone.counters().accountFree(3, type.ordinal());
            assertThat(invariants()).as(type.kernelName()).containsOnly("V6");
            zone.counters().accountFree(-3, type.ordinal());
            assertThat(pages.validate()).isEmpty();
        }
        zone.counters().addReservedHighAtomic(512);
        assertThat(finding("V6")).contains("0 reserved HighAtomic pages, and counts 512");
    }

    @Test
    void v6ManagedPages() {
        map.setWordOpaque(frame, FrameWord.RESERVED_WORD);
        assertThat(invariants()).containsOnly("V6");
        assertThat(finding("V6")).contains((FRAMES - 1) + " managed pages, and counts " + FRAMES);
    }

    @Test
    void v7InUseWithoutReference() {
        map.setWordOpaque(frame, FrameWord.inUse(0, false, 0, MOVABLE));
        assertThat(invariants()).containsOnly("V7");
        assertThat(finding("V7")).contains("pfn " + pfn + " ");
    }

    @Test
    void v7GoingWithReference() {
        long going = FrameWord.minusReference(map.wordOpaque(frame));
        map.setWordOpaque(frame, going);
        assertThat(pages.validate()).isEmpty();
        map.setWordOpaque(frame, FrameWord.plusReference(going));
        assertThat(invariants()).containsOnly("V7");
        assertThat(finding("V7")).contains("pfn " + pfn + " ");
    }

    @Test
    void findingsNameNodeAndZone() {
        BuddyAllocator two = new BuddyAllocator(BuddyConfig.ofNodes(
                NodeLayout.of(1, ZoneLayout.of(ZoneType.DMA32, 1024, 2048)),
                NodeLayout.of(
                        1, ZoneLayout.of(ZoneType.NORMAL, 2048, 4096), ZoneLayout.of(ZoneType.MOVABLE, 4096, 5000))));
        two.zones().populated().getLast().counters().accountFree(1, 0);
        assertThat(two.validate()).singleElement().asString().contains("node 1, zone Movable");
    }

    private int first(int order) {
        return zone.areas().first(order, MOVABLE);
    }

    private int unlinkFirst(int order) {
        int head = zone.areas().head(order, MOVABLE);
        int lost = first(order);
        int second = FrameWord.next(map.wordOpaque(lost));
        map.setWordOpaque(head, FrameWord.withNext(map.wordOpaque(head), second));
        map.setWordOpaque(second, FrameWord.withPrevious(map.wordOpaque(second), head));
        return lost;
    }

    private List<String> invariants() {
        return pages.validate().stream().map(finding -> finding.substring(0, 2)).toList();
    }

    private String finding(String invariant) {
        return pages.validate().stream()
                .filter(each -> each.startsWith(invariant + ": "))
                .findFirst()
                .orElse("nothing about " + invariant);
    }
}
