package org.mm4j.kernel.arena;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Memory from which pieces are cut, one behind the other, and never given back singly.
 *
 * <pre>
 *   | piece | piece |. alignment .| piece |            free            |
 *   0                                      cursor                      bytes
 * </pre>
 */
final class ArenaChunk {
    private static final VarHandle CURSOR = cursorHandle();

    private final MemorySegment segment;
    private final long address;
    private final long bytes;

    /** Only grows. It orders nothing but itself: what is written to a piece is published by whoever hands it on. */
    private long cursor;

    ArenaChunk(MemorySegment segment) {
        this.segment = segment;
        address = segment.address();
        bytes = segment.byteSize();
    }

    private static VarHandle cursorHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(ArenaChunk.class, "cursor", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** A piece, or null when there is no room; any thread may ask. */
    @Nullable
    MemorySegment takeShared(long pieceBytes, long align) {
        while (true) {
            long seen = cursorOpaque();
            long start = start(seen, align);
            if (isTooFar(start, pieceBytes)) {
                return null;
            }
            if (casCursor(seen, start + pieceBytes)) {
                return segment.asSlice(start, pieceBytes);
            }
        }
    }

    /** {@link #takeShared} for one thread at a time. */
    @Nullable
    MemorySegment takeAlone(long pieceBytes, long align) {
        long start = start(cursor, align);
        if (isTooFar(start, pieceBytes)) {
            return null;
        }
        cursor = start + pieceBytes;
        return segment.asSlice(start, pieceBytes);
    }

    /** How many bytes are left. Racy. */
    long bytesFree() {
        return bytes - cursorOpaque();
    }

    private long start(long from, long align) {
        return (address + from + align - 1 & -align) - address;
    }

    /** Also when the sum is beyond all numbers. */
    private boolean isTooFar(long start, long pieceBytes) {
        return start < 0 || pieceBytes > bytes - start;
    }

    private long cursorOpaque() {
        return (long) CURSOR.getOpaque(this);
    }

    private boolean casCursor(long expected, long next) {
        return CURSOR.compareAndSet(this, expected, next);
    }
}
