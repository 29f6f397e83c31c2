package org.mm4j.vmalloc;

import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Areas one behind the other, linked by {@link VmapArea#next}: an area is on one list at a time, and nothing here allocates
 * memory. Not thread-safe.
 *
 * <p>In Linux 6.18: include/linux/list.h; lib/list_sort.c.
 */
final class AreaList {
    private @Nullable VmapArea first;
    private @Nullable VmapArea last;
    private int count;

    int count() {
        return count;
    }

    @Nullable
    VmapArea first() {
        return first;
    }

    void addLast(VmapArea area) {
        assert area.next == null : "on a list already";
        if (last == null) {
            first = area;
        } else {
            last.next = area;
        }
        last = area;
        count++;
    }

    /** Takes the first one off, or returns null. */
    @Nullable
    VmapArea pollFirst() {
        VmapArea area = first;
        if (area != null) {
            first = area.next;
            area.next = null;
            last = first == null ? null : last;
            count--;
        }
        return area;
    }

    /** Moves all of another list to the end of this one. */
    void takeAll(AreaList other) {
        if (other.first == null) {
            return;
        }
        if (last == null) {
            first = other.first;
        } else {
            last.next = other.first;
        }
        last = other.last;
        count += other.count;
        other.clear();
    }

    /** Moves the first areas of another list, up to so many, to the end of this one. */
    void takeFirst(AreaList other, int areas) {
        for (int i = 0; i < areas; i++) {
            VmapArea area = other.pollFirst();
            if (area == null) {
                return;
            }
            addLast(area);
        }
    }

    /** Forgets all; they stay linked. */
    private void clear() {
        first = null;
        last = null;
        count = 0;
    }

    void forEach(Consumer<VmapArea> visitor) {
        for (VmapArea area = first; area != null; area = area.next) {
            visitor.accept(area);
        }
    }

    /** Sorts by address: merges runs of 1, 2, 4, … areas, in O(n log n). */
    void sort() {
        for (int run = 1; run < count && run > 0; run <<= 1) {
            mergeRuns(run);
        }
    }

    /** Each run of {@code run} areas is sorted; afterwards each of twice as many is. */
    private void mergeRuns(int run) {
        VmapArea rest = first;
        int areas = count;
        clear();
        while (rest != null) {
            VmapArea a = rest;
            VmapArea b = skip(a, run);
            rest = skip(b, run);
            append(a, b, run);
        }
        assert count == areas;
    }

    private static @Nullable VmapArea skip(@Nullable VmapArea from, int areas) {
        VmapArea area = from;
        for (int i = 0; i < areas && area != null; i++) {
            area = area.next;
        }
        return area;
    }

    /** Appends up to {@code run} areas from each of two places, the lower address first. */
    private void append(@Nullable VmapArea a, @Nullable VmapArea b, int run) {
        int ofA = run;
        int ofB = run;
        while ((ofA > 0 && a != null) || (ofB > 0 && b != null)) {
            VmapArea lower;
            if (ofB == 0 || b == null || (ofA > 0 && a != null && a.start() < b.start())) {
                lower = Objects.requireNonNull(a);
                a = a.next;
                ofA--;
            } else {
                lower = b;
                b = b.next;
                ofB--;
            }
            lower.next = null;
            addLast(lower);
        }
    }
}
