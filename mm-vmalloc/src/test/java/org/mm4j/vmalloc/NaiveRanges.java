package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.ArrayList;
import java.util.List;

/** Free ranges as a sorted list that is looked through from its start: what {@link FreeRanges} is to do, said plainly. */
final class NaiveRanges {
    private record Gap(long start, long end) {}

    private final List<Gap> gaps = new ArrayList<>();

    NaiveRanges(long start, long end) {
        gaps.add(new Gap(start, end));
    }

    int gaps() {
        return gaps.size();
    }

    long bytesFree() {
        return gaps.stream().mapToLong(gap -> gap.end - gap.start).sum();
    }

    long bytesLargestGap() {
        return gaps.stream().mapToLong(gap -> gap.end - gap.start).max().orElse(0);
    }

    long allocate(long bytes, long align, long from, long until) {
        long address = find(bytes, align, from, until, true);
        if (address == FreeRanges.NONE) {
            address = find(bytes, align, from, until, false);
        }
        if (address != FreeRanges.NONE) {
            take(address, address + bytes);
        }
        return address;
    }

    private long find(long bytes, long align, long from, long until, boolean isSure) {
        for (Gap gap : gaps) {
            long first = Math.max(gap.start, from);
            long address = (first + align - 1) / align * align;
            boolean fits = address + bytes <= Math.min(gap.end, until);
            boolean isLong = gap.end - gap.start >= bytes + align - PAGE_SIZE;
            if (fits && (!isSure || isLong || gap.start <= from)) {
                return address;
            }
        }
        return FreeRanges.NONE;
    }

    private void take(long from, long until) {
        for (int i = 0; i < gaps.size(); i++) {
            Gap gap = gaps.get(i);
            if (gap.start <= from && until <= gap.end) {
                gaps.remove(i);
                if (until < gap.end) {
                    gaps.add(i, new Gap(until, gap.end));
                }
                if (gap.start < from) {
                    gaps.add(i, new Gap(gap.start, from));
                }
                return;
            }
        }
        throw new AssertionError("not free");
    }

    void free(long from, long until) {
        int i = 0;
        while (i < gaps.size() && gaps.get(i).start < from) {
            i++;
        }
        long start = from;
        long end = until;
        if (i < gaps.size() && gaps.get(i).start == until) {
            end = gaps.remove(i).end;
        }
        if (i > 0 && gaps.get(i - 1).end == from) {
            start = gaps.remove(--i).start;
        }
        gaps.add(i, new Gap(start, end));
    }
}
