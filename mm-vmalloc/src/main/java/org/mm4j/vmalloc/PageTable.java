package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.NONE;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;

/**
 * Which frame lies behind which virtual address: four levels of tables in page frames, reached through the direct map.
 *
 * <pre>
 *   address   47      39 38      30 29      21 20      12 11         0
 *            +----------+----------+----------+----------+------------+
 *            | level 3  | level 2  | level 1  | level 0  | in a page  |     bits above 47 are not looked at
 *            +----|-----+----|-----+----|-----+----|-----+------------+
 *                 v          v          v          v
 *      root --> [512] ---> [512] ---> [512] ---> [512] ---> frame
 *                                       `----------------> 512 frames, when the entry is huge
 * </pre>
 *
 * <p>Any thread may walk at any time; who maps or clears owns the addresses. Tables are shared by neighbours: one that is
 * missing is made by whoever needs it first, and kept until {@link #close}, so that a walk never meets a frame that is no
 * table any more.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, vmap_range_noflush(), vunmap_range_noflush(), vmalloc_to_page(). Differs: no
 * page_table_lock, a table is put in place by a compare-and-set; and where a table of small pages is already, a huge entry
 * becomes 512 small ones instead of freeing the table.
 */
class PageTable {
    /** Entries of a table. */
    static final int ENTRIES = 512;

    private static final int LEVEL_BITS = 9;
    private static final int ROOT_LEVEL = 3;
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    private final MemorySegment map;
    private final PageAllocator pages;
    private final long root;
    private final AtomicLong tables = new AtomicLong();

    /**
     * An empty table.
     *
     * @param map frame n lies at byte n · 4096
     * @param pages where frames for tables come from
     * @throws AllocationFailure when there is no frame for the root
     */
    PageTable(MemorySegment map, PageAllocator pages) {
        this.map = map;
        this.pages = pages;
        root = newTable(Gfp.GFP_KERNEL);
        if (root == NONE) {
            throw new AllocationFailure("there is no page for the root of a page table");
        }
    }

    /** How many frames hold tables. */
    long tables() {
        return tables.get();
    }

    // Walking.

    /** The frame behind an address, or NONE. In Linux: vmalloc_to_pfn(). */
    long walk(long address) {
        long table = root;
        for (int level = ROOT_LEVEL; level > 0; level--) {
            long entry = entryAcquire(at(table, address, level)); // [pagetable.A1] pairs with [pagetable.R1] in map()
            if (!PageTableEntry.isPresent(entry)) {
                return NONE;
            }
            if (PageTableEntry.isHuge(entry)) {
                return PageTableEntry.pfn(entry) + (address >>> PAGE_SHIFT & (ENTRIES - 1));
            }
            table = PageTableEntry.pfn(entry);
        }
        long entry = entryAcquire(at(table, address, 0)); // [pagetable.A1]
        return PageTableEntry.isPresent(entry) ? PageTableEntry.pfn(entry) : NONE;
    }

    /** Calls for every present entry of the lowest level and every huge one: how many frames it maps. */
    void forEachMapped(LongConsumer frames) {
        visit(root, ROOT_LEVEL, frames);
    }

    /** Whether a frame holds one of the tables. Racy: tables come while others walk. */
    boolean isTable(long pfn) {
        return root == pfn || isTableBelow(root, ROOT_LEVEL, pfn);
    }

    private boolean isTableBelow(long table, int level, long pfn) {
        for (int index = 0; level > 0 && index < ENTRIES; index++) {
            long entry = entryAcquire(place(table, index));
            if (PageTableEntry.isPresent(entry) && !PageTableEntry.isHuge(entry)) {
                long below = PageTableEntry.pfn(entry);
                if (below == pfn || isTableBelow(below, level - 1, pfn)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void visit(long table, int level, LongConsumer frames) {
        for (int index = 0; index < ENTRIES; index++) {
            long entry = entryAcquire(place(table, index));
            if (PageTableEntry.isPresent(entry)) {
                if (level == 0 || PageTableEntry.isHuge(entry)) {
                    frames.accept(level == 0 ? 1 : ENTRIES);
                } else {
                    visit(PageTableEntry.pfn(entry), level - 1, frames);
                }
            }
        }
    }

    // Mapping.

    /**
     * Maps the first {@code count} frames of {@code pfns} from an address on. Where 512 of them are a block that is
     * aligned as its addresses are, one huge entry does.
     *
     * @param gfp how hard to try for tables
     * @return false when there is no frame for a table; then nothing is mapped
     */
    boolean map(long address, long[] pfns, int count, int gfp) {
        int mapped = 0;
        boolean done = false;
        try {
            while (mapped < count) {
                int pagesNow = mapSome(address + ((long) mapped << PAGE_SHIFT), pfns, mapped, count, gfp);
                if (pagesNow == 0) {
                    return false;
                }
                mapped += pagesNow;
            }
            done = true;
            return true;
        } finally {
            if (!done) {
                clear(address, mapped);
            }
        }
    }

    /** Maps what lies in one table of the lowest level. */
    private int mapSome(long address, long[] pfns, int from, int count, int gfp) {
        long middle = table(address, 1, gfp);
        if (middle == NONE) {
            return 0;
        }
        long place = at(middle, address, 1);
        if (isHugeBlock(address, pfns, from, count) && entryAcquire(place) == PageTableEntry.NONE) {
            setEntryRelease(
                    place, PageTableEntry.ofHuge(pfns[from])); // [pagetable.R1] the frames' owner has written them
            return ENTRIES;
        }
        long leaf = table(address, 0, gfp);
        if (leaf == NONE) {
            return 0;
        }
        int first = index(address, 0);
        int pagesNow = Math.min(count - from, ENTRIES - first);
        for (int page = 0; page < pagesNow; page++) {
            long entry = PageTableEntry.of(pfns[from + page]);
            setEntryRelease(place(leaf, first + page), entry); // [pagetable.R1]
        }
        return pagesNow;
    }

    private static boolean isHugeBlock(long address, long[] pfns, int from, int count) {
        boolean isAligned = (address >>> PAGE_SHIFT) % ENTRIES == 0 && pfns[from] % ENTRIES == 0;
        if (!isAligned || count - from < ENTRIES) {
            return false;
        }
        for (int page = 1; page < ENTRIES; page++) {
            if (pfns[from + page] != pfns[from] + page) {
                return false;
            }
        }
        return true;
    }

    /** The table of a level that holds the address's entry, made if it is missing; NONE when there is no frame for it. */
    private long table(long address, int level, int gfp) {
        long table = root;
        for (int above = ROOT_LEVEL; above > level; above--) {
            long place = at(table, address, above);
            long entry = entryAcquire(place); // [pagetable.A1]
            table = PageTableEntry.isPresent(entry) ? PageTableEntry.pfn(entry) : makeTable(place, gfp);
            if (table == NONE) {
                return NONE;
            }
        }
        return table;
    }

    /** Puts a table in place, unless a neighbour did so just now. */
    private long makeTable(long place, int gfp) {
        long made = newTable(gfp);
        if (made == NONE) {
            return NONE;
        }
        if (casEntry(place, PageTableEntry.NONE, PageTableEntry.of(made))) { // [pagetable.R1] the table is zeroed
            return made;
        }
        freeTable(made);
        return PageTableEntry.pfn(entryAcquire(place)); // [pagetable.A1] an entry for a table never goes
    }

    // Clearing.

    /** Unmaps pages; huge entries as a whole. In Linux: vunmap_range_noflush(). */
    void clear(long address, long count) {
        long end = address + (count << PAGE_SHIFT);
        for (long at = address; at < end; ) {
            long next = Math.min(end, (at | ((long) ENTRIES << PAGE_SHIFT) - 1) + 1);
            clearSome(at, next);
            at = next;
        }
    }

    private void clearSome(long from, long to) {
        long table = root;
        for (int level = ROOT_LEVEL; level > 0; level--) {
            long place = at(table, from, level);
            long entry = entryAcquire(place);
            if (!PageTableEntry.isPresent(entry)) {
                return;
            }
            if (PageTableEntry.isHuge(entry)) {
                assert to - from == (long) ENTRIES << PAGE_SHIFT : "a part of a huge entry is cleared";
                setEntryRelease(place, PageTableEntry.NONE);
                return;
            }
            table = PageTableEntry.pfn(entry);
        }
        for (long at = from; at < to; at += PAGE_SIZE) {
            setEntryRelease(at(table, at, 0), PageTableEntry.NONE);
        }
    }

    /** Gives all tables back. Nobody may use the page table any more. */
    void close() {
        freeTables(root, ROOT_LEVEL);
    }

    private void freeTables(long table, int level) {
        for (int index = 0; level > 0 && index < ENTRIES; index++) {
            long entry = entryAcquire(place(table, index));
            if (PageTableEntry.isPresent(entry) && !PageTableEntry.isHuge(entry)) {
                freeTables(PageTableEntry.pfn(entry), level - 1);
            }
        }
        freeTable(table);
    }

    private long newTable(int gfp) {
        long pfn = pages.allocPages(gfp, 0);
        if (pfn != NONE) {
            map.asSlice(pfn << PAGE_SHIFT, PAGE_SIZE).fill((byte) 0);
            tables.incrementAndGet();
        }
        return pfn;
    }

    private void freeTable(long pfn) {
        tables.decrementAndGet();
        pages.freePages(pfn, 0);
    }

    // Places of entries, in bytes of the direct map. Stress tests break one accessor at a time.

    private static long at(long table, long address, int level) {
        return place(table, index(address, level));
    }

    private static long place(long table, int index) {
        return (table << PAGE_SHIFT) + ((long) index << 3);
    }

    private static int index(long address, int level) {
        return (int) (address >>> (PAGE_SHIFT + LEVEL_BITS * level)) & (ENTRIES - 1);
    }

    long entryAcquire(long place) {
        return (long) WORD.getAcquire(map, place);
    }

    void setEntryRelease(long place, long entry) {
        WORD.setRelease(map, place, entry);
    }

    boolean casEntry(long place, long expected, long next) {
        return WORD.compareAndSet(map, place, expected, next);
    }
}
