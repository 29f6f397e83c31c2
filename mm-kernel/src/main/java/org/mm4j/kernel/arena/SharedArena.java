package org.mm4j.kernel.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.mm4j.memory.SegmentScopes;

/** An arena for all threads: one of many that share a scope. */
final class SharedArena extends KernelArena {
    private static final long CHUNK_BYTES = 64 << 10;
    private static final long CHUNK_BYTES_MAX = 1 << 20;

    private final ScopeBatch batch;
    private final int place;

    /** What is too large to be shared, with its own scope. Under this object's lock. */
    private @Nullable Region own;

    /** Written under this object's lock. */
    private volatile boolean isClosed;

    /** Racy: threads may overwrite each other's sums. */
    private long bytesAllocated;

    SharedArena(KernelArenas home, ScopeBatch batch, int place, String label) {
        super(home, label);
        this.batch = batch;
        this.place = place;
    }

    @Override
    MemorySegment take(long bytes, long align) {
        checkOpen();
        long small = home().bytesSmall();
        MemorySegment piece = bytes <= small && align <= small ? batch.take(bytes, align) : null;
        if (piece == null) {
            piece = takeOwn(bytes, align);
        }
        bytesAllocated += bytes;
        return piece;
    }

    private synchronized MemorySegment takeOwn(long bytes, long align) {
        checkOpen();
        Region here = own;
        if (here == null) {
            here = new Region(home().source(), Arena.ofShared(), CHUNK_BYTES, CHUNK_BYTES_MAX);
            own = here;
        }
        return here.take(bytes, align);
    }

    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("arena '" + label() + "' is closed");
        }
    }

    @Override
    public MemorySegment.Scope scope() {
        return batch.scope();
    }

    @Override
    public boolean isOpen() {
        return !isClosed;
    }

    @Override
    public long bytesAllocated() {
        return bytesAllocated;
    }

    @Override
    public void close() {
        end();
        home().left(batch, place);
    }

    private synchronized void end() {
        checkOpen();
        endOwn();
        isClosed = true;
    }

    private void endOwn() {
        Region here = own;
        if (here != null) {
            SegmentScopes.end(here.scope());
            own = null;
            here.giveBack();
        }
    }

    /**
     * The kernel closes.
     *
     * @throws IllegalStateException while a native call or a channel uses a segment
     */
    synchronized void endWithKernel() {
        if (!isClosed) {
            endOwn();
            isClosed = true;
        }
    }

    @Override
    synchronized boolean hasChunkWithin(long start, long end) {
        Region here = own;
        return here != null && here.hasChunkWithin(start, end);
    }

    @Override
    String kind() {
        return "shared";
    }
}
