package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;

/** An allocator under test, seen from inside. What names no zone means the first one. */
final class Machine {
    /** Requests of the three mobilities that neither wait nor leave a line in the log. */
    static final int UNMOVABLE = Gfp.GFP_NOWAIT;

    static final int MOVABLE = Gfp.GFP_NOWAIT | Gfp.__GFP_MOVABLE;
    static final int RECLAIMABLE = Gfp.GFP_NOWAIT | Gfp.__GFP_RECLAIMABLE;

    final BuddyAllocator allocator;

    Machine(BuddyConfig config) {
        allocator = new BuddyAllocator(config);
    }

    // Taking and giving back.

    /** A block that there must be. */
    long take(int gfp, int order) {
        long pfn = allocator.allocPages(gfp, order);
        assertThat(pfn).as("a block of order %d", order).isNotEqualTo(PageFrame.NONE);
        return pfn;
    }

    /** All blocks that there are, reserves too. */
    List<Long> takeAll(int gfp, int order) {
        List<Long> pfns = new ArrayList<>();
        int all = gfp | Gfp.__GFP_MEMALLOC | Gfp.__GFP_NOWARN;
        for (long pfn = allocator.allocPages(all, order);
                pfn != PageFrame.NONE;
                pfn = allocator.allocPages(all, order)) {
            pfns.add(pfn);
        }
        return pfns;
    }

    /** Takes single frames until only {@code left} are free, whatever the watermarks say. */
    void takeUntilFree(int gfp, long left) {
        while (pagesFree() > left) {
            take(gfp | Gfp.__GFP_MEMALLOC, 0);
        }
    }

    /** Gives back the blocks of one order that lie one after the other from {@code startPfn} on. */
    void free(long startPfn, long endPfn, int order) {
        for (long pfn = startPfn; pfn < endPfn; pfn += PageFrame.pages(order)) {
            allocator.freePages(pfn, order);
        }
    }

    void free(List<Long> pfns, int order) {
        pfns.forEach(pfn -> allocator.freePages(pfn, order));
    }

    // Looking.

    Zone zone() {
        return allocator.zones().populated().getFirst();
    }

    Zone zone(int nid, ZoneType type) {
        Zone zone = allocator.zones().zone(nid, type);
        assertThat(zone).as("zone %s of node %d", type, nid).isNotNull();
        return zone;
    }

    ZoneSnapshot look(int nid, ZoneType type) {
        return allocator.snapshot().get(nid).zones().get(type.ordinal());
    }

    ZoneSnapshot look() {
        return look(zone().nid(), zone().extent().type());
    }

    long pagesFree() {
        return zone().counters().pagesFree();
    }

    /** The blocks on one free list, in the order in which they will be taken. */
    List<Long> list(int order, MigrateType type) {
        MemMap map = zone().map();
        List<Long> pfns = new ArrayList<>();
        int head = zone().areas().head(order, type.ordinal());
        for (int at = FrameWord.next(map.wordOpaque(head)); at != head; at = FrameWord.next(map.wordOpaque(at))) {
            pfns.add(map.pfn(at));
        }
        return pfns;
    }

    /** Free blocks of all types, order by order. */
    String blocks() {
        return look().freeBlocks().toString();
    }

    /** The mobility of the pageblock that holds the frame. */
    MigrateType type(long pfn) {
        return MigrateType.of(zone().blocks().type(zone().map().frame(pfn)));
    }

    /** Gives a pageblock without free pages another mobility. */
    void setType(long pfn, MigrateType type) {
        int frame = zone().map().frame(pfn);
        if (type == MigrateType.HIGHATOMIC) {
            zone().counters().addReservedHighAtomic(PageFrame.PAGEBLOCK_NR_PAGES);
        }
        zone().blocks().setType(frame, type.ordinal());
    }

    /** Every managed frame is free, and none is isolated. */
    void expectAllFree() {
        for (Zone zone : allocator.zones().populated()) {
            ZoneSnapshot look = look(zone.nid(), zone.extent().type());
            assertThat(look.pagesFree())
                    .as("free pages of node %d, zone %s", look.nid(), look.type())
                    .isEqualTo(look.pagesManaged());
            assertThat(zone.counters().pagesIsolated()).as("isolated pages").isZero();
        }
    }
}
