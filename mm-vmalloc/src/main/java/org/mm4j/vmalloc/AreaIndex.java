package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which area lies at an address, found in three steps or fewer, however many areas there are.
 *
 * <pre>
 *   offset in the space   ..       30 29      21 20      12 11         0
 *                        +-----------+----------+----------+------------+
 *                        | level 2   | level 1  | level 0  | in a page  |
 *                        +----|------+----|-----+----|-----+------------+
 *                             v           v          v
 *                   root --> [..] -----> [512] ---> [512] ---> area
 *                              `-----------`-------------------> area, when it has all that the entry stands for
 * </pre>
 *
 * <p>An entry is nothing, a table, or an area. An area is in the entry of each of its pages; where it has all pages of an
 * entry, and no table is there yet, that one entry does.
 *
 * <p>Any thread may look at any time, without a lock. Who writes owns the addresses: from when they were allocated until
 * they are given back. So invariants: <ul>
 * <li>X1: an entry for an area is written by the owner of all addresses that the entry stands for, and by nobody else,
 * <li>X2: an entry for a table is shared, is set once, by a compare-and-set, and never goes,
 * <li>X3: an entry is cleared before its addresses are given back: it never leads to an area of earlier days.
 * </ul>
 *
 * <p>Entries are read and written without order, each by itself. That suffices: an array is made of nothings and an area's
 * bounds are final, so that both are right whoever finds them; whether the area is in use its own state tells, with the
 * order that makes the rest of it visible; and who was told of an area finds it, as it was put there before.
 *
 * <p>In Linux 6.18: lib/xarray.c, entries of many indices, for the shape. Differs: mm/vmalloc.c, find_vmap_area(), searches
 * a tree under the lock of each node.
 */
class AreaIndex {
    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final int LEVEL_BITS = 9;
    private static final int ENTRIES = 1 << LEVEL_BITS;
    private static final int ROOT_LEVEL = 2;

    private final long start;
    private final long pages;
    private final @Nullable Object[] root;

    /** Nothing lies anywhere from {@code start} to {@code end}, two multiples of 4096. */
    AreaIndex(long start, long end) {
        this.start = start;
        pages = (end - start) >>> PAGE_SHIFT;
        root = new Object[entry(pages - 1, ROOT_LEVEL) + 1];
    }

    /** The area that was last put where an address lies, published or not; null when none is there. */
    @Nullable
    VmapArea at(long address) {
        long page = (address - start) >>> PAGE_SHIFT;
        if (page >= pages) {
            return null;
        }
        Object entry = entryOpaque(root, entry(page, ROOT_LEVEL));
        for (int level = ROOT_LEVEL - 1; entry instanceof Object[] table; level--) {
            entry = entryOpaque(table, entry(page, level));
        }
        return (VmapArea) entry;
    }

    /**
     * Puts an area where it lies.
     *
     * @throws OutOfMemoryError when there is no Java heap for tables; then it is nowhere
     */
    void put(VmapArea area) {
        boolean isDone = false;
        try {
            fill(area, area);
            isDone = true;
        } finally {
            if (!isDone) {
                remove(area);
            }
        }
    }

    /** Takes an area out, of which any part may be there. Allocates no memory. */
    void remove(VmapArea area) {
        fill(area, null);
    }

    private void fill(VmapArea area, @Nullable VmapArea value) {
        long first = (area.start() - start) >>> PAGE_SHIFT;
        fill(root, ROOT_LEVEL, first, first + area.pages(), value);
    }

    /** The entries of one table that stand for pages {@code from} to {@code until}, which lie in that table. */
    private void fill(@Nullable Object[] table, int level, long from, long until, @Nullable VmapArea value) {
        int shift = LEVEL_BITS * level;
        for (long page = from; page < until; ) {
            long next = Math.min(until, ((page >>> shift) + 1) << shift);
            int index = entry(page, level);
            boolean isWhole = next - page == 1L << shift;
            Object entry = entryOpaque(table, index);
            if (entry instanceof Object[] below) {
                fill(below, level - 1, page, next, value);
            } else if (isWhole) {
                setEntryOpaque(table, index, value);
            } else if (value != null) {
                fill(tableAt(table, index), level - 1, page, next, value);
            }
            page = next;
        }
    }

    /** The table of an entry that is shared with neighbours, made unless one of them did so just now. */
    private @Nullable Object[] tableAt(@Nullable Object[] table, int index) {
        @Nullable Object[] made = new Object[ENTRIES];
        if (casEntry(table, index, made)) {
            return made;
        }
        return (Object[]) Objects.requireNonNull(entryOpaque(table, index));
    }

    /** Calls for every entry that is an area. Nobody writes meanwhile. */
    void forEach(EntryVisitor visitor) {
        visit(root, ROOT_LEVEL, start, visitor);
    }

    private void visit(@Nullable Object[] table, int level, long from, EntryVisitor visitor) {
        long bytes = 1L << (PAGE_SHIFT + LEVEL_BITS * level);
        for (int index = 0; index < table.length; index++) {
            Object entry = entryOpaque(table, index);
            long at = from + index * bytes;
            if (entry instanceof Object[] below) {
                visit(below, level - 1, at, visitor);
            } else if (entry instanceof VmapArea area) {
                visitor.visit(area, at, at + bytes);
            }
        }
    }

    /** Is told that all of an entry's addresses are an area's. */
    interface EntryVisitor {
        void visit(VmapArea area, long from, long until);
    }

    private static int entry(long page, int level) {
        int index = (int) (page >>> (LEVEL_BITS * level));
        return level == ROOT_LEVEL ? index : index & (ENTRIES - 1);
    }

    // Stress tests break one accessor at a time.

    @Nullable
    Object entryOpaque(@Nullable Object[] table, int index) {
        return ENTRY.getOpaque(table, index);
    }

    void setEntryOpaque(@Nullable Object[] table, int index, @Nullable VmapArea area) {
        ENTRY.setOpaque(table, index, area);
    }

    /** From nothing to a table. */
    boolean casEntry(@Nullable Object[] table, int index, @Nullable Object[] made) {
        return ENTRY.compareAndSet(table, index, null, made);
    }
}
