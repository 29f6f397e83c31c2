package org.mm4j.memory;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A range of real addresses: pages of the memfd, mapped over the inaccessible ones of the reserve. */
final class HostRange extends ScopedRange {
    private final HostReserve reserve;
    private long bytesMapped;
    private volatile int mappings;

    HostRange(HostReserve reserve, long address, long bytes) {
        super(address, bytes);
        this.reserve = reserve;
    }

    @Override
    long frames() {
        return reserve.frames();
    }

    @Override
    public int mappings() {
        return mappings;
    }

    @Override
    void mapFrames(long[] pfns, int count) {
        int cost = FrameRuns.count(pfns, count) + 1; // and a hole, where the range splits one
        reserve.begin(cost, count);
        mappings = cost;
        try {
            for (int at = 0; at < count; ) {
                int end = FrameRuns.end(pfns, at, count);
                reserve.show(address() + ((long) at << PAGE_SHIFT), pfns[at], end - at);
                at = end;
                bytesMapped = (long) at << PAGE_SHIFT;
            }
        } catch (Throwable e) {
            undo(e);
            throw e;
        }
    }

    private void undo(Throwable failure) {
        try {
            unmapFrames();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            leaveMapped();
        }
    }

    @Override
    void unmapFrames() {
        if (bytesMapped > 0) {
            reserve.hide(address(), bytesMapped);
        }
        reserve.end(mappings);
        bytesMapped = 0;
        mappings = 0;
    }

    @Override
    List<MemorySegment> segments(Arena arena) {
        return List.of(MemorySegment.ofAddress(address()).reinterpret(bytesMapped, arena, null));
    }
}
