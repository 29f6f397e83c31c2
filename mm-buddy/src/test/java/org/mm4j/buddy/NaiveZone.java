package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.NR_PAGE_ORDERS;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.MigrateType;
import org.mm4j.api.ZoneType;

/** The blocks of one zone of the naive allocator: an object for each, in a map by pfn, the free ones also in lists. */
final class NaiveZone {
    final int nid;
    final ZoneType type;
    final FrameRange span;
    final ZoneSizes sizes;
    final NaivePageblocks pageblocks;
    final NaiveMarks marks;
    final NaiveTaking taking;

    long hit;
    long miss;
    long foreign;
    long local;
    long other;

    private final TreeMap<Long, NaiveBlock> blocks = new TreeMap<>();

    /** By order, then type. Taken from the front. */
    private final List<List<LinkedHashSet<NaiveBlock>>> lists = new ArrayList<>();

    NaiveZone(int nid, ZoneLayout layout, ZoneSizes sizes, ZoneSettings settings, NaivePageblocks pageblocks) {
        this.nid = nid;
        this.type = layout.type();
        this.span = layout.span();
        this.sizes = sizes;
        this.pageblocks = pageblocks;
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            List<LinkedHashSet<NaiveBlock>> ofOrder = new ArrayList<>();
            for (int each = 0; each < MigrateType.COUNT; each++) {
                ofOrder.add(new LinkedHashSet<>());
            }
            lists.add(ofOrder);
        }
        marks = new NaiveMarks(this, settings);
        taking = new NaiveTaking(this);
        boot(layout);
    }

    /** Every run of frames that exist and are not reserved becomes free, cut into the largest aligned blocks. */
    private void boot(ZoneLayout layout) {
        long pfn = span.startPfn();
        while (pfn < span.endPfn()) {
            int order = MAX_PAGE_ORDER;
            while (order >= 0 && !isUsable(layout, pfn, order)) {
                order--;
            }
            if (order >= 0) {
                free(pfn, order, true);
            }
            pfn += order < 0 ? 1 : 1L << order;
        }
    }

    private boolean isUsable(ZoneLayout layout, long pfn, int order) {
        long end = pfn + (1L << order);
        return pfn > 0
                && pfn % (1L << order) == 0
                && end <= span.endPfn()
                && layout.holes().stream().noneMatch(cut -> cut.startPfn() < end && pfn < cut.endPfn())
                && layout.reserved().stream().noneMatch(cut -> cut.startPfn() < end && pfn < cut.endPfn());
    }

    LinkedHashSet<NaiveBlock> list(int order, MigrateType of) {
        return lists.get(order).get(of.ordinal());
    }

    /** The block that holds a frame. */
    @Nullable
    NaiveBlock blockAt(long pfn) {
        var entry = blocks.floorEntry(pfn);
        return entry == null || !entry.getValue().holds(pfn) ? null : entry.getValue();
    }

    /** All blocks that begin in a pageblock, by address. */
    Collection<NaiveBlock> blocksOfPageblock(long pfn) {
        long start = pfn - pfn % PAGEBLOCK_NR_PAGES;
        return List.copyOf(blocks.subMap(start, start + PAGEBLOCK_NR_PAGES).values());
    }

    boolean hasWholePageblock(long pfn) {
        long start = pfn - pfn % PAGEBLOCK_NR_PAGES;
        return start >= span.startPfn() && start + PAGEBLOCK_NR_PAGES <= span.endPfn();
    }

    void putInUse(NaiveBlock block) {
        blocks.put(block.pfn, block);
    }

    void forget(NaiveBlock block) {
        blocks.remove(block.pfn);
    }

    void putFree(long pfn, int order, MigrateType of, boolean atFront) {
        NaiveBlock block = NaiveBlock.free(pfn, order, of);
        blocks.put(pfn, block);
        if (atFront) {
            list(order, of).addFirst(block);
        } else {
            list(order, of).addLast(block);
        }
    }

    void takeOff(NaiveBlock block) {
        list(block.order, block.type).remove(block);
        blocks.remove(block.pfn);
    }

    /** Frees a block whose frames belong to none now; what is larger than a pageblock goes pageblock by pageblock. */
    void free(long pfn, int order, boolean atEnd) {
        if (order > PAGEBLOCK_ORDER) {
            free(pfn, order - 1, atEnd);
            free(pfn + (1L << (order - 1)), order - 1, atEnd);
            return;
        }
        MigrateType own = pageblocks.type(pfn);
        long head = pfn;
        int size = order;
        NaiveBlock buddy = mergeable(head, size, own);
        while (buddy != null) {
            takeOff(buddy);
            if (size >= PAGEBLOCK_ORDER) {
                pageblocks.set(buddy.pfn, size, own);
            }
            head = Math.min(head, buddy.pfn);
            size++;
            buddy = mergeable(head, size, own);
        }
        putFree(head, size, own, !atEnd && !willMergeSoon(head, size));
    }

    private @Nullable NaiveBlock mergeable(long head, int order, MigrateType own) {
        NaiveBlock buddy = order == MAX_PAGE_ORDER ? null : freeBlock(head ^ (1L << order), order);
        if (buddy == null || order < PAGEBLOCK_ORDER || buddy.type == own) {
            return buddy;
        }
        return own.ordinal() < 3 && buddy.type.ordinal() < 3 ? buddy : null;
    }

    /** Whether the buddy of the pair that this block is half of is free. */
    private boolean willMergeSoon(long head, int order) {
        long pair = head - head % (2L << order);
        return order < MAX_PAGE_ORDER - 1 && freeBlock(pair ^ (2L << order), order + 1) != null;
    }

    private @Nullable NaiveBlock freeBlock(long pfn, int order) {
        NaiveBlock block = blocks.get(pfn);
        return block != null && block.free && block.order == order ? block : null;
    }

    long pagesFree(MigrateType of) {
        long pages = 0;
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            pages += (long) list(order, of).size() << order;
        }
        return pages;
    }

    long pagesFree() {
        long pages = 0;
        for (MigrateType each : MigrateType.values()) {
            pages += pagesFree(each);
        }
        return pages;
    }
}
