package org.mm4j.kernel.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An arena for the thread that opened it. */
final class ConfinedArena extends KernelArena {
    private static final long CHUNK_BYTES = 1024;
    private static final long CHUNK_BYTES_MAX = 256 << 10;

    private final ScopeBatch batch;
    private final int place;
    private final Thread owner = Thread.currentThread();
    private final Region region;
    private boolean isClosed;
    private long bytesAllocated;

    /**
     * Opens it.
     *
     * @param batch only counts it
     */
    ConfinedArena(KernelArenas home, ScopeBatch batch, int place, String label) {
        super(home, label);
        this.batch = batch;
        this.place = place;
        region = new Region(home.source(), Arena.ofConfined(), CHUNK_BYTES, CHUNK_BYTES_MAX);
    }

    @Override
    MemorySegment take(long bytes, long align) {
        check();
        MemorySegment piece = region.take(bytes, align);
        bytesAllocated += bytes;
        return piece;
    }

    private void check() {
        if (!owner.equals(Thread.currentThread())) {
            throw new WrongThreadException("arena '" + label() + "' is confined to " + owner);
        }
        if (isClosed) {
            throw new IllegalStateException("arena '" + label() + "' is closed");
        }
    }

    @Override
    public MemorySegment.Scope scope() {
        return region.scope().scope();
    }

    @Override
    public boolean isOpen() {
        return !isClosed && region.scope().scope().isAlive();
    }

    @Override
    public long bytesAllocated() {
        return bytesAllocated;
    }

    @Override
    public void close() {
        check();
        region.scope().close();
        isClosed = true;
        region.giveBack();
        home().leftConfined(batch, place);
    }

    /** Whether the thread that opened it has ended: then nobody can allocate, nor reach its segments, nor close it. */
    boolean isOrphaned() {
        return !owner.isAlive();
    }

    /** Gives the memory of an orphaned arena back. In the Java memory model, all that its thread did was before. */
    void closeOrphan() {
        if (isOrphaned() && !isClosed) {
            isClosed = true;
            region.giveBack();
            home().leftConfined(batch, place);
        }
    }

    @Override
    boolean hasChunkWithin(long start, long end) {
        return region.hasChunkWithin(start, end);
    }

    @Override
    String kind() {
        return "confined to " + owner.getName() + (isOrphaned() ? ", which has ended" : "");
    }
}
