package org.mm4j.buddy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.mm4j.api.FreeBlocks;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.NumaStats;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;

/** The shipped allocator and the naive one, which must agree in everything that can be seen. */
final class SideBySide {
    final Side<BuddyAllocator> shipped;
    final Side<NaiveBuddy> naive;

    SideBySide(BuddyConfig config) {
        shipped = new Side<>(config, BuddyAllocator::new);
        naive = new Side<>(config, NaiveBuddy::new);
    }

    /** Both take the step; its result, if it is the same. */
    Object take(Step step) {
        Object expected = naive.take(step);
        same(step, shipped.take(step), expected);
        same("asked of reclaim", shipped.calls, naive.calls);
        shipped.calls.clear();
        naive.calls.clear();
        return expected;
    }

    /** Everything that a snapshot tells. */
    void compareCounts() {
        for (NodeSnapshot node : shipped.allocator.snapshot()) {
            for (ZoneSnapshot zone : node.zones()) {
                NaiveZone expected = naive.allocator.nodes.zone(zone.nid(), zone.type());
                if (expected == null) {
                    same("pages of " + zone.type(), zone.pagesPresent(), 0L);
                } else {
                    compareCounts(zone, expected);
                }
            }
        }
    }

    private static void compareCounts(ZoneSnapshot zone, NaiveZone expected) {
        String name = "node " + zone.nid() + " " + zone.type() + ": ";
        same(name + "free blocks", zone.freeBlocks(), freeBlocks(expected));
        same(name + "free pages", zone.pagesFree(), expected.pagesFree());
        same(name + "boost", zone.boost(), expected.marks.boost);
        same(name + "reserved", zone.pagesReservedHighAtomic(), expected.taking.pagesReserved);
        same(name + "free reserved", zone.pagesFreeHighAtomic(), expected.pagesFree(MigrateType.HIGHATOMIC));
        NumaStats stats = new NumaStats(expected.hit, expected.miss, expected.foreign, expected.local, expected.other);
        same(name + "statistics", zone.numa(), stats);
    }

    private static FreeBlocks freeBlocks(NaiveZone zone) {
        long[] counts = new long[PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT];
        for (int at = 0; at < counts.length; at++) {
            counts[at] = zone.list(at / MigrateType.COUNT, MigrateType.of(at % MigrateType.COUNT))
                    .size();
        }
        return new FreeBlocks(counts);
    }

    /** Every free list, block by block, every pageblock's type, and what validate() finds. */
    void compareLists() {
        same("findings", shipped.allocator.validate(), List.of());
        for (NaiveZone expected : naive.allocator.nodes.zones) {
            Zone zone = Objects.requireNonNull(shipped.allocator.zones().zone(expected.nid, expected.type));
            String name = "node " + expected.nid + " " + expected.type + ": ";
            for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
                for (MigrateType type : MigrateType.values()) {
                    List<Long> pfns = expected.list(order, type).stream()
                            .map(block -> block.pfn)
                            .toList();
                    same(name + "list of order " + order + ", " + type, pfns(zone, order, type), pfns);
                }
            }
            for (long pfn = expected.span.startPfn(); pfn < expected.span.endPfn(); pfn++) {
                MigrateType type = MigrateType.of(zone.blocks().type(zone.map().frame(pfn)));
                same(name + "type of the pageblock at " + pfn, type, expected.pageblocks.type(pfn));
                pfn |= PageFrame.PAGEBLOCK_NR_PAGES - 1;
            }
        }
    }

    private static List<Long> pfns(Zone zone, int order, MigrateType type) {
        MemMap map = zone.map();
        int head = zone.areas().head(order, type.ordinal());
        List<Long> pfns = new ArrayList<>();
        for (int at = FrameWord.next(map.wordOpaque(head)); at != head; at = FrameWord.next(map.wordOpaque(at))) {
            pfns.add(map.pfn(at));
        }
        return pfns;
    }

    private static void same(Object what, Object shipped, Object naive) {
        if (!shipped.equals(naive)) {
            throw new AssertionError(what + ": the shipped allocator has " + shipped + ", the naive one " + naive);
        }
    }
}
