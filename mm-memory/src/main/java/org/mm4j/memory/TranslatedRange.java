package org.mm4j.memory;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A range of numbers, and the frames that they stand for. Its segments are parts of the direct map. */
final class TranslatedRange extends ScopedRange {
    private static final long[] NOTHING = {};

    private final TranslatedReserve reserve;
    private long[] pfns = NOTHING;

    TranslatedRange(TranslatedReserve reserve, long address, long bytes) {
        super(address, bytes);
        this.reserve = reserve;
    }

    @Override
    long frames() {
        return reserve.frames();
    }

    @Override
    public int mappings() {
        return 0;
    }

    @Override
    void mapFrames(long[] frames, int count) {
        long[] copy = Arrays.copyOf(frames, count);
        reserve.begin();
        pfns = copy;
    }

    @Override
    void unmapFrames() {
        pfns = NOTHING;
        reserve.end();
    }

    @Override
    List<MemorySegment> segments(Arena arena) {
        MemorySegment map = reserve.memory().directMap();
        List<MemorySegment> segments = new ArrayList<>();
        for (int at = 0; at < pfns.length; ) {
            int end = FrameRuns.end(pfns, at, pfns.length);
            long bytes = (long) (end - at) << PAGE_SHIFT;
            segments.add(map.asSlice(pfns[at] << PAGE_SHIFT, bytes).reinterpret(arena, null));
            at = end;
        }
        return segments;
    }
}
