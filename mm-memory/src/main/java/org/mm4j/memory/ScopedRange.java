package org.mm4j.memory;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the ranges of all reserves share: the state, and segments that end with the mapping. */
abstract sealed class ScopedRange implements VirtualRange permits HostRange, TranslatedRange {
    /*
     * Invariants
     *   I1  there is an arena only while MAPPED: whoever accesses a segment finds the frames behind it, as the JDK
     *       excludes an access and the arena's end from each other.
     *   I2  the arena ends before the frames are unmapped, and nothing changes when it cannot end.
     */
    private final long address;
    private final long bytes;
    private boolean isMapped;
    private @Nullable Arena arena;
    private List<MemorySegment> segments = List.of();

    ScopedRange(long address, long bytes) {
        this.address = address;
        this.bytes = bytes;
    }

    /** Maps all of the frames. Runs while unmapped, on checked frames. */
    abstract void mapFrames(long[] pfns, int count);

    /** Unmaps everything. Runs while mapped, with no segment alive. */
    abstract void unmapFrames();

    /** The mapped bytes, as segments of {@code arena}. */
    abstract List<MemorySegment> segments(Arena arena);

    /** Frames of the memory. */
    abstract long frames();

    /** A half of a mapping could not be undone. Called by {@link #mapFrames} before it throws. */
    final void leaveMapped() {
        isMapped = true;
    }

    @Override
    public final long address() {
        return address;
    }

    @Override
    public final long bytes() {
        return bytes;
    }

    @Override
    public final synchronized void map(long[] pfns, int count) {
        if (isMapped) {
            throw new IllegalStateException(this + " is mapped already");
        }
        check(pfns, count);
        mapFrames(pfns, count);
        isMapped = true;
    }

    @Override
    public final synchronized boolean isMapped() {
        return isMapped;
    }

    @Override
    public final synchronized List<MemorySegment> segments() {
        if (!isMapped) {
            throw new IllegalStateException(this + " is not mapped");
        }
        if (arena == null) {
            Arena made = Arena.ofShared();
            try {
                segments = List.copyOf(segments(made));
            } catch (IllegalCallerException e) {
                throw new UnsupportedOperationException(
                        "segments of virtual addresses need native access; start Java with --enable-native-access="
                                + NativeCalls.module(),
                        e);
            }
            arena = made;
        }
        return segments;
    }

    @Override
    public final synchronized void unmap() {
        if (!isMapped) {
            return;
        }
        endSegments();
        unmapFrames();
        isMapped = false;
    }

    private void endSegments() {
        if (arena != null) {
            try {
                SegmentScopes.end(arena);
            } catch (IllegalStateException e) {
                throw new IllegalStateException(
                        this + " cannot be unmapped while a native call or a channel uses a segment of it", e);
            }
            arena = null;
            segments = List.of();
        }
    }

    private void check(long[] pfns, int count) {
        if (count < 1 || count > pfns.length || count > bytes >>> PAGE_SHIFT) {
            throw new IllegalArgumentException(this + " has " + (bytes >>> PAGE_SHIFT) + " pages, and cannot take "
                    + count + " frames out of " + pfns.length);
        }
        for (int at = 0; at < count; at++) {
            if (pfns[at] < 0 || pfns[at] >= frames()) {
                throw new IllegalArgumentException(
                        "pfn " + pfns[at] + " is refused: the memory has frames 0 to " + (frames() - 1));
            }
        }
    }

    @Override
    public final String toString() {
        return "the range of " + bytes + " bytes at address 0x" + Long.toHexString(address);
    }
}
