package org.mm4j.kernel.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.mm4j.memory.SegmentScopes;

/** Arenas that share one scope of the JDK, and the chunks behind it. */
final class ScopeBatch {
    /*
     * Invariants
     *   B1  the scope lives while a member is open, unless the kernel closes.
     *   B2  chunks go back only after the scope has ended: no thread can reach them any more.
     *   B3  the batch ends once; the one whom BatchMembers tells so ends it, or the kernel's close.
     */
    private static final long CHUNK_BYTES = 32 << 10;

    private final BatchMembers<KernelArena> members;
    private final ChunkSource source;
    private final long bytesMax;
    private final boolean isConfined;

    /** Made with the first chunk, under this object's lock. */
    private @Nullable Region region;

    /** Of the region, the one with room; written under this object's lock. */
    private volatile @Nullable ArenaChunk current;

    /** Under this object's lock. */
    private boolean isEnded;

    ScopeBatch(int places, ChunkSource source, long bytesMax, boolean isConfined) {
        this.isConfined = isConfined;
        members = new BatchMembers<>(places);
        this.source = source;
        this.bytesMax = bytesMax;
    }

    /** Whether its members are confined: then it only counts them, and never has chunks. */
    boolean isConfined() {
        return isConfined;
    }

    BatchMembers<KernelArena> members() {
        return members;
    }

    /**
     * A piece of the shared chunks, or null when they are full; then the batch takes no more members, so that memory
     * which one open arena keeps from being used again is bounded.
     *
     * @throws IllegalStateException when the batch has ended
     * @throws org.mm4j.api.AllocationFailure when there is no memory
     */
    @Nullable
    MemorySegment take(long bytes, long align) {
        ArenaChunk chunk = current;
        MemorySegment piece = chunk == null ? null : chunk.takeShared(bytes, align);
        return piece != null ? piece : takeOfNew(bytes, align);
    }

    private synchronized @Nullable MemorySegment takeOfNew(long bytes, long align) {
        ArenaChunk chunk = current;
        MemorySegment piece = chunk == null ? null : chunk.takeShared(bytes, align); // somebody may have made one
        if (piece != null) {
            return piece;
        }
        Region here = region();
        if (here.bytesHeld() >= bytesMax) {
            members.seal(); // it is not over: the caller belongs to it
            return null;
        }
        ArenaChunk made = here.addChunk(bytes, align);
        piece = made.takeShared(bytes, align);
        current = made;
        return piece;
    }

    private Region region() {
        checkNotEnded();
        Region here = region;
        if (here == null) {
            here = new Region(source, Arena.ofShared(), CHUNK_BYTES, CHUNK_BYTES);
            region = here;
        }
        return here;
    }

    /** The scope, made if need be. */
    synchronized MemorySegment.Scope scope() {
        Region here = region;
        return (here == null ? region() : here).scope().scope();
    }

    private void checkNotEnded() {
        if (isEnded) {
            throw new IllegalStateException("the arena is closed");
        }
    }

    /**
     * Ends the scope, and gives the chunks back. Costs some 50 µs if there are any. Again is allowed.
     *
     * @return false when a native call or a channel uses a segment: then nothing happens, and it is tried again later
     */
    synchronized boolean end() {
        Region here = region;
        if (isEnded || here == null) {
            isEnded = true;
            return true;
        }
        try {
            SegmentScopes.end(here.scope());
        } catch (IllegalStateException e) {
            return false;
        }
        isEnded = true;
        current = null;
        here.giveBack();
        return true;
    }

    /** Whether one of its chunks begins from one address to another. */
    synchronized boolean hasChunkWithin(long start, long end) {
        Region here = region;
        return here != null && here.hasChunkWithin(start, end);
    }

    /** Bytes of its chunks. */
    synchronized long bytesHeld() {
        Region here = region;
        return here == null ? 0 : here.bytesHeld();
    }
}
