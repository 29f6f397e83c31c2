package org.mm4j.kernel.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AllocationFailure;

/** The chunks behind one scope of the JDK. One thread at a time calls it. */
final class Region {
    private static final int CHUNKS_FIRST = 4;
    private static final long PAGE_BYTES = 4096;

    private final ChunkSource source;
    private final Arena scope;
    private final long chunkBytesMax;

    /** The size of the next chunk, if no piece needs a larger one. */
    private long chunkBytes;

    private long[] addresses = new long[CHUNKS_FIRST];
    private int chunks;
    private long bytesHeld;
    private @Nullable ArenaChunk current;

    /**
     * Nothing yet.
     *
     * @param chunkBytes of the first chunk; the next ones double
     * @param chunkBytesMax where doubling ends
     */
    Region(ChunkSource source, Arena scope, long chunkBytes, long chunkBytesMax) {
        this.source = source;
        this.scope = scope;
        this.chunkBytes = chunkBytes;
        this.chunkBytesMax = chunkBytesMax;
    }

    Arena scope() {
        return scope;
    }

    long bytesHeld() {
        return bytesHeld;
    }

    /**
     * A piece of the current chunk, or of a new one.
     *
     * @throws AllocationFailure when there is no memory
     */
    MemorySegment take(long bytes, long align) {
        ArenaChunk chunk = current;
        MemorySegment piece = chunk == null ? null : chunk.takeAlone(bytes, align);
        return piece != null ? piece : takeOfNew(bytes, align);
    }

    private MemorySegment takeOfNew(long bytes, long align) {
        ArenaChunk made = addChunk(bytes, align);
        MemorySegment piece = made.takeAlone(bytes, align);
        ArenaChunk chunk = current;
        if (chunk == null || chunk.bytesFree() < made.bytesFree()) {
            current = made;
        }
        if (piece == null) {
            throw new AssertionError("a chunk for " + bytes + " bytes at a multiple of " + align + " has no room");
        }
        return piece;
    }

    /**
     * A chunk with room for such a piece.
     *
     * @throws AllocationFailure when there is no memory
     */
    ArenaChunk addChunk(long bytes, long align) {
        if (chunks == addresses.length) {
            addresses = Arrays.copyOf(addresses, 2 * chunks);
        }
        long needed = Math.max(chunkBytes, room(bytes, align));
        long address = source.take(needed);
        if (address == ChunkSource.NONE) {
            throw new AllocationFailure("there are no " + bytes + " bytes for an arena");
        }
        boolean isKept = false;
        try {
            ArenaChunk chunk = new ArenaChunk(source.segment(address, needed, scope));
            isKept = true;
            addresses[chunks++] = address;
            bytesHeld += needed;
            chunkBytes = Math.min(chunkBytesMax, 2 * chunkBytes);
            return chunk;
        } finally {
            if (!isKept) {
                source.giveBack(address);
            }
        }
    }

    /** Bytes of a chunk in which a piece fits: a multiple of the alignment is aligned already, up to a page. */
    private static long room(long bytes, long align) {
        long room = align <= PAGE_BYTES ? bytes + align - 1 & -align : bytes + align;
        if (room < bytes) {
            throw new AllocationFailure("there are no " + bytes + " bytes at a multiple of " + align);
        }
        return room;
    }

    /** Whether a chunk begins from one address to another. Any thread may ask; racy. */
    boolean hasChunkWithin(long start, long end) {
        long[] seen = addresses;
        for (int chunk = 0; chunk < Math.min(chunks, seen.length); chunk++) {
            if (seen[chunk] >= start && seen[chunk] < end) {
                return true;
            }
        }
        return false;
    }

    /** Gives all chunks back; the scope has ended. */
    void giveBack() {
        current = null;
        bytesHeld = 0;
        while (chunks > 0) {
            source.giveBack(addresses[--chunks]);
        }
    }
}
