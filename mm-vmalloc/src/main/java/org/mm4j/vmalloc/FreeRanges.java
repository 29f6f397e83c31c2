package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SIZE;
import static org.mm4j.vmalloc.RangeTree.NIL;

import java.util.ArrayList;
import java.util.List;

/**
 * The free address ranges, the <em>gaps</em>, of an address space. Hands out the lowest one that fits, and merges what comes
 * back with its neighbours. Not thread-safe.
 *
 * <pre>
 *   take from a gap                               give back
 *   full fit     |#########|   gone                ...####...    a new gap
 *   left edge    |####-----|   starts later        ---####...    the gap before it ends later
 *   right edge   |-----####|   ends earlier        ...####---    the gap behind it starts earlier
 *   middle       |--####---|   one gap more        ---####---    one gap less
 * </pre>
 *
 * <p>All addresses and lengths are multiples of 4096. Every operation is O(log n), but for one: where no gap is so long
 * that a request fits at any alignment, those that are long enough are tried one after the other.
 *
 * <p>Invariants: <ul>
 * <li>G1: gaps do not touch: between two of them something is taken,
 * <li>G2: {@code bytesFree} is what the gaps hold together,
 * <li>G3: there are at most {@code rangesTaken} + 1 gaps, and room for as many: giving back needs no memory.
 * </ul>
 *
 * <p>In Linux 6.18: mm/vmalloc.c, __alloc_vmap_area(), find_vmap_lowest_match(), va_clip(), merge_or_add_vmap_area().
 * Differs: the kernel looks only for a gap of size + align − 1 and fails although an aligned one would do; here such a
 * gap is found in the end, and one page less is enough, as all gaps begin at pages.
 */
final class FreeRanges {
    /** No address. */
    static final long NONE = 0;

    private final RangeTree tree = new RangeTree();
    private final long start;
    private final long end;
    private long bytesFree;
    private int rangesTaken;

    /**
     * All of a space is free.
     *
     * @param start the first address; a multiple of 4096
     * @param end the address behind the last; a multiple of 4096. Address 0 lies before or behind the space, not in it
     */
    FreeRanges(long start, long end) {
        boolean isPageAligned = ((start | end) & (PAGE_SIZE - 1)) == 0;
        if (!isPageAligned || start >= end || (start <= 0 && end > 0)) {
            throw new IllegalArgumentException("no address space: " + name(start, end));
        }
        this.start = start;
        this.end = end;
        tree.add(start, end);
        bytesFree = end - start;
    }

    RangeTree tree() {
        return tree;
    }

    long end() {
        return end;
    }

    long bytesFree() {
        return bytesFree;
    }

    /** The length of the longest gap, 0 when nothing is free. */
    long bytesLargestGap() {
        return tree.longest(tree.root());
    }

    int gaps() {
        return tree.count();
    }

    /** How many ranges are handed out. */
    int rangesTaken() {
        return rangesTaken;
    }

    /**
     * Takes {@code bytes} at a multiple of {@code align}, all of it between {@code from} and {@code until}: in the lowest
     * gap that holds the request wherever it begins, or that {@code from} lies in; if there is none, at the lowest address
     * where it fits. For {@code align} up to 4096 that is always the lowest address.
     *
     * @param bytes above 0, a multiple of 4096
     * @param align a power of two
     * @return the address, or {@link #NONE} when it fits nowhere
     * @throws OutOfMemoryError when there is no room to note one gap more; then nothing is taken
     */
    long allocate(long bytes, long align, long from, long until) {
        long address = find(bytes, align, Math.max(from, start), Math.min(until, end));
        if (address != NONE) {
            tree.reserve(rangesTaken + 2);
            take(address, address + bytes);
        }
        return address;
    }

    private long find(long bytes, long align, long from, long until) {
        if (from >= until || bytes > until - from) {
            return NONE;
        }
        long alignPages = align < 0 ? align : Math.max(align, PAGE_SIZE);
        long address = findSure(bytes, alignPages, from, until);
        return address == NONE && alignPages != PAGE_SIZE ? findAny(bytes, alignPages, from, until) : address;
    }

    /** In the gap where {@code from} lies, or in one that is long enough for any alignment. */
    private long findSure(long bytes, long align, long from, long until) {
        int gap = tree.floor(from);
        if (gap != NIL) {
            long address = place(gap, bytes, align, from, until);
            if (address != NONE) {
                return address;
            }
        }
        long bytesSure = bytes + (align - PAGE_SIZE);
        gap = bytesSure < bytes ? NIL : tree.lowest(bytesSure, from); // an overflow: no gap is that long
        return gap == NIL ? NONE : place(gap, bytes, align, from, until);
    }

    /** At the lowest address of all; from each gap that has no such place on to the next place that is aligned. */
    private long findAny(long bytes, long align, long from, long until) {
        long at = alignUp(from, align);
        while (at >= from && holds(at, until, bytes)) {
            int gap = gapAt(at);
            if (gap == NIL || tree.bytes(gap) < bytes) {
                gap = tree.lowest(bytes, at);
            }
            if (gap == NIL) {
                return NONE;
            }
            long address = place(gap, bytes, align, at, until);
            if (address != NONE) {
                return address;
            }
            at = alignUp(tree.end(gap), align);
        }
        return NONE;
    }

    /** The gap in which an address lies, or NIL. */
    private int gapAt(long address) {
        int gap = tree.floor(address);
        return gap != NIL && tree.end(gap) > address ? gap : NIL;
    }

    /** Where in a gap a request fits, or NONE. */
    private long place(int gap, long bytes, long align, long from, long until) {
        long first = Math.max(tree.start(gap), from);
        long address = alignUp(first, align);
        return address >= first && holds(address, Math.min(tree.end(gap), until), bytes) ? address : NONE;
    }

    private static boolean holds(long from, long until, long bytes) {
        return from < until && until - from >= bytes;
    }

    /** The next multiple; below the address when there is none. */
    private static long alignUp(long address, long align) {
        return (address + (align - 1)) & -align;
    }

    private void take(long from, long until) {
        int gap = tree.floor(from);
        long gapStart = tree.start(gap);
        long gapEnd = tree.end(gap);
        if (gapStart == from && gapEnd == until) {
            tree.remove(gap);
        } else if (gapStart == from) {
            tree.resize(gap, until, gapEnd);
        } else {
            tree.resize(gap, gapStart, from);
            if (until != gapEnd) {
                tree.add(until, gapEnd);
            }
        }
        bytesFree -= until - from;
        rangesTaken++;
    }

    /**
     * Gives back what lies between two addresses. Allocates no memory.
     *
     * @param ranges of how many {@link #allocate}s it is; they follow one another without a gap
     * @throws IllegalArgumentException when some of it is free already, or lies outside; then nothing has changed
     */
    void free(long from, long until, int ranges) {
        int before = tree.floor(from);
        int behind = tree.ceiling(from);
        boolean isFreeBefore = before != NIL && tree.end(before) > from;
        boolean isFreeBehind = behind != NIL && tree.start(behind) < until;
        if (isFreeBefore || isFreeBehind || from < start || until > end || from >= until) {
            throw new IllegalArgumentException("not taken, or not all of it: " + name(from, until));
        }
        if (ranges < 1 || ranges > rangesTaken) {
            throw new IllegalArgumentException(ranges + " ranges given back, of " + rangesTaken + " that are taken");
        }
        merge(before, behind, from, until);
        bytesFree += until - from;
        rangesTaken -= ranges;
    }

    private void merge(int before, int behind, long from, long until) {
        boolean touchesBefore = before != NIL && tree.end(before) == from;
        boolean touchesBehind = behind != NIL && tree.start(behind) == until;
        if (touchesBefore && touchesBehind) {
            long newEnd = tree.end(behind);
            tree.remove(behind);
            tree.resize(before, tree.start(before), newEnd);
        } else if (touchesBefore) {
            tree.resize(before, tree.start(before), until);
        } else if (touchesBehind) {
            tree.resize(behind, from, tree.end(behind));
        } else {
            assert tree.count() < tree.capacity() : "G3: giving back needs memory";
            tree.add(from, until);
        }
    }

    /** Walks all gaps and names what is broken, one sentence each. */
    List<String> validate() {
        List<String> findings = new ArrayList<>(new RangeTreeCheck(tree).findings());
        long sum = 0;
        long previousEnd = NONE;
        for (int gap = tree.ceiling(start); gap != NIL; gap = tree.ceiling(tree.end(gap))) {
            if (sum > 0 && tree.start(gap) == previousEnd) {
                findings.add("G1: two gaps touch at 0x" + Long.toHexString(previousEnd));
            }
            sum += tree.bytes(gap);
            previousEnd = tree.end(gap);
        }
        if (sum != bytesFree) {
            findings.add("G2: " + sum + " bytes are free, and " + bytesFree + " are counted");
        }
        if (tree.count() > rangesTaken + 1 || tree.capacity() < rangesTaken + 1) {
            findings.add("G3: " + tree.count() + " gaps, room for " + tree.capacity() + ", and " + rangesTaken
                    + " ranges taken");
        }
        return findings;
    }

    /** Calls for each gap, from the lowest on. */
    void forEach(GapVisitor visitor) {
        for (int gap = tree.ceiling(start); gap != NIL; gap = tree.ceiling(tree.end(gap))) {
            visitor.visit(tree.start(gap), tree.end(gap));
        }
    }

    /** Is shown a gap. */
    @FunctionalInterface
    interface GapVisitor {
        void visit(long start, long end);
    }

    static String name(long from, long until) {
        return "0x" + Long.toHexString(from) + "-0x" + Long.toHexString(until);
    }
}
