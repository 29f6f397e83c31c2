package org.mm4j.percpu;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.FaultyLock;
import org.mm4j.api.Gfp;
import org.mm4j.api.LockRank;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PerCpuCounts;
import org.mm4j.api.PerCpuLayout;
import org.mm4j.api.SpinLock;

/**
 * The chunks of an allocator, the two locks, and what is counted.
 *
 * <p>The <em>mutex</em> is held by whoever makes, populates, depopulates or takes away: it is taken first, and for as
 * long as it takes to get pages. The <em>lock</em> guards all maps and lists, for moments; nobody takes pages under it.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_alloc_mutex, pcpu_lock, pcpu_create_chunk(), pcpu_destroy_chunk(),
 * pcpu_setup_first_chunk().
 */
final class Chunks {
    private final PercpuMemory memory;
    private final PercpuConfig config;
    private final PerCpuLayout layout;
    private final ReentrantLock mutex;
    private final SpinLock lock = new SpinLock(LockRank.PERCPU);

    private final ChunkSlots slots;
    private final ChunkTable table = new ChunkTable();
    private final PcpuChunk first;
    private final @Nullable PcpuChunk reserved;

    private boolean isClosed;
    private final Tally tally;
    private long pagesPopulated;

    /**
     * Makes the first units, all of them populated.
     *
     * @throws AllocationFailure when there is no memory for them
     */
    Chunks(PercpuConfig config, PercpuMemory memory) {
        this.memory = memory;
        this.config = config;
        mutex = FaultyLock.of(config.trylock());
        layout = config.layout();
        slots = new ChunkSlots(layout.unitBytes());
        tally = new Tally(layout.unitBytes());

        int staticEnd = RunHints.alignUp(layout.staticBytes(), ChunkMap.BYTES_PER_BIT);
        int dynStart = staticEnd + layout.reservedBytes();
        int end = layout.staticBytes() + layout.reservedBytes() + layout.dynBytes();
        PercpuMemory.Units units = firstUnits(end);
        reserved = dynStart == staticEnd ? null : part(PcpuChunk.Kind.RESERVED, units, staticEnd, dynStart);
        first = part(PcpuChunk.Kind.FIRST, units, dynStart, end);
        lock.lock();
        try {
            addLocked(first);
            pagesPopulated = PageFrame.pagesFor(end);
        } finally {
            lock.unlock();
        }
    }

    private PercpuMemory.Units firstUnits(int bytes) {
        PercpuMemory.Units units = memory.reserve(config.cpus(), bytes, Gfp.GFP_KERNEL);
        boolean populated = false;
        try {
            populated = units != null && units.populate(0, bytes >>> PAGE_SHIFT, Gfp.GFP_KERNEL);
        } finally {
            if (units != null && !populated) {
                units.release();
            }
        }
        if (units == null || !populated) {
            throw new AllocationFailure(
                    "there is no memory for the first percpu units, " + config.cpus() + " of " + bytes + " bytes");
        }
        return units;
    }

    private PcpuChunk part(PcpuChunk.Kind kind, PercpuMemory.Units units, int from, int end) {
        PcpuChunk chunk = PcpuChunk.populated(kind, units, table.nextBase(), from, end);
        table.put(chunk);
        return chunk;
    }

    // Chunks that come and go. They need the mutex, and take the lock.

    /** Makes a chunk without populated pages. Returns whether there was room for it. */
    boolean create(int gfp) {
        assert mutex.isHeldByCurrentThread();
        long base = table.nextBase(); // nobody else changes the table
        PercpuMemory.Units units = base == 0 ? null : memory.reserve(config.cpus(), layout.unitBytes(), gfp);
        if (units == null) {
            return false;
        }
        boolean added = false;
        try {
            add(PcpuChunk.ordinary(units, base, layout.unitBytes()));
            added = true;
            config.trace().percpuCreateChunk(base);
        } finally {
            if (!added) {
                units.release();
            }
        }
        return true;
    }

    private void add(PcpuChunk chunk) {
        lock.lock();
        try {
            table.put(chunk);
            addLocked(chunk);
        } finally {
            lock.unlock();
        }
    }

    private void addLocked(PcpuChunk chunk) {
        slots.add(chunk);
        tally.chunkAdded();
    }

    /** Takes away a chunk that is in no slot and has no populated pages. */
    void destroy(PcpuChunk chunk) {
        assert mutex.isHeldByCurrentThread();
        assert chunk.slot == PcpuChunk.NO_SLOT && chunk.pagesPopulated() == 0;
        lock.lock();
        try {
            table.remove(chunk);
            tally.chunkRemoved();
        } finally {
            lock.unlock();
        }
        config.trace().percpuDestroyChunk(chunk.base());
        chunk.units().release();
    }

    /** Populates pages of all units. Returns whether there were enough. */
    boolean populate(PcpuChunk chunk, int from, int end, int gfp) {
        assert mutex.isHeldByCurrentThread();
        if (!chunk.units().populate(chunk.startPage() + from, chunk.startPage() + end, gfp)) {
            return false;
        }
        lock.lock();
        try {
            chunk.setPopulated(from, end);
            slots.addEmptyPages(chunk, end - from);
            pagesPopulated += end - from;
        } finally {
            lock.unlock();
        }
        return true;
    }

    /** Gives back empty pages of a chunk that no request reaches. */
    void depopulate(PcpuChunk chunk, int from, int end) {
        assert mutex.isHeldByCurrentThread();
        chunk.units().depopulate(chunk.startPage() + from, chunk.startPage() + end);
        lock.lock();
        try {
            chunk.setDepopulated(from, end);
            slots.addEmptyPages(chunk, from - end);
            pagesPopulated -= end - from;
        } finally {
            lock.unlock();
        }
    }

    // Areas. They need the lock.

    /** An area of a chunk is taken. */
    void take(PcpuChunk chunk, int from, int end) {
        int slot = slots.slotOf(chunk);
        slots.addEmptyPages(chunk, -chunk.take(from, end));
        slots.relocate(chunk, slot);
        tally.taken((end - from) * ChunkMap.BYTES_PER_BIT);
    }

    /** An area of a chunk is given back. */
    void give(PcpuChunk chunk, int from, int end) {
        int slot = slots.slotOf(chunk);
        slots.addEmptyPages(chunk, chunk.give(from, end));
        slots.relocate(chunk, slot);
        tally.given();
    }

    /** Gives all units back; nothing is handed out from now on. Returns how many areas were in use. */
    long close() {
        mutex.lock();
        try {
            @Nullable PcpuChunk[] all = closeLocked();
            for (PcpuChunk chunk : all) {
                if (chunk != null && chunk != reserved) { // its units are those of the first chunk
                    chunk.units().release();
                }
            }
            return all.length == 0 ? 0 : tally.counts().allocationsNow();
        } finally {
            mutex.unlock();
        }
    }

    /** The chunks that there were. */
    private @Nullable PcpuChunk[] closeLocked() {
        lock.lock();
        try {
            isClosed = true;
            return table.removeAll();
        } finally {
            lock.unlock();
        }
    }

    /** Refuses to go on behind the end. */
    void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("the percpu allocator is closed");
        }
    }

    boolean isClosed() {
        return isClosed;
    }

    // What there is.

    PercpuConfig config() {
        return config;
    }

    PerCpuLayout layout() {
        return layout;
    }

    ReentrantLock mutex() {
        return mutex;
    }

    SpinLock lock() {
        return lock;
    }

    ChunkSlots slots() {
        return slots;
    }

    ChunkTable table() {
        return table;
    }

    PcpuChunk first() {
        return first;
    }

    @Nullable
    PcpuChunk reserved() {
        return reserved;
    }

    long pagesPopulated() {
        return pagesPopulated;
    }

    PerCpuCounts counts() {
        return tally.counts();
    }
}
