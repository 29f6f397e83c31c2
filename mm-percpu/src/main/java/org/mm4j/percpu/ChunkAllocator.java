package org.mm4j.percpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.Gfp;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.PerCpuChunkSnapshot;
import org.mm4j.api.PerCpuChunkSnapshot.Place;
import org.mm4j.api.PerCpuStats;

/**
 * The percpu allocator: areas in chunks, of which every CPU has its unit.
 *
 * <p>Any thread may call any method. Requests that can wait come one after another, since they may take pages; others,
 * and frees, take one spinning lock for a moment. {@link #address} takes none.
 *
 * <p>Whatever a request or a free finds to balance is done before it returns, if it can wait; what those that cannot
 * wait have found is done by the next that can, or by {@link #balance}. So one thread alone sees the same every time.
 *
 * <p>In Linux 6.18: mm/percpu.c. Differs: areas that are no areas are refused; see the parts.
 */
public final class ChunkAllocator implements PerCpuAllocator, AutoCloseable {
    private final PercpuConfig config;
    private final Chunks chunks;
    private final Balance balance;
    private final AllocPath allocPath;
    private final FreePath freePath;

    /**
     * Makes the first units.
     *
     * @throws org.mm4j.api.AllocationFailure when there is no memory for them
     */
    public ChunkAllocator(PercpuConfig config, PercpuMemory memory) {
        this.config = config;
        chunks = new Chunks(config, memory);
        balance = new Balance(chunks);
        allocPath = new AllocPath(chunks, balance);
        freePath = new FreePath(chunks, balance);
    }

    @Override
    public int cpus() {
        return config.cpus();
    }

    @Override
    public long allocPercpu(long size, long align, int gfp) {
        return allocPath.alloc(size, align, false, gfp);
    }

    @Override
    public long allocReservedPercpu(long size, long align) {
        return allocPath.alloc(size, align, true, Gfp.GFP_KERNEL);
    }

    @Override
    public void freePercpu(long handle) {
        freePath.free(handle);
    }

    @Override
    public long address(long handle, int cpu) {
        checkCpu(cpu);
        return chunk(handle).units().address(cpu) + PcpuHandle.offset(handle);
    }

    @Override
    public MemorySegment segment(long handle, int cpu, long size) {
        checkCpu(cpu);
        chunks.lock().lock();
        try {
            PcpuChunk chunk = chunk(handle);
            int bit = chunk.bit(handle);
            ChunkMap map = chunk.map();
            boolean isArea = bit >= map.firstBit() && bit < map.endBit() && map.isTaken(bit);
            long bytes = isArea ? chunk.handle(map.allocationEnd(bit)) - handle : 0;
            if (!isArea || size < 0 || size > bytes) {
                throw refused(handle, "there are " + bytes + " bytes of an area from there on, not " + size);
            }
            return chunk.units().segment(cpu).asSlice(PcpuHandle.offset(handle), size);
        } finally {
            chunks.lock().unlock();
        }
    }

    /**
     * Where in its chunk's map an allocation begins, in bytes: the number that traces print as {@code off}.
     *
     * @throws IllegalArgumentException when the handle is in no chunk
     */
    public int offset(long handle) {
        return chunk(handle).bit(handle) * ChunkMap.BYTES_PER_BIT;
    }

    /**
     * What an allocation of {@code size} bytes costs: its copies, and where cgroups are charged a pointer for each 4 of
     * its bytes. The number that traces print as {@code bytes_alloc}. In Linux 6.18: pcpu_obj_full_size().
     */
    public long bytesAllocated(long size) {
        return config.bytesAllocated(size);
    }

    // Balance.

    /** Whether there is something to balance. A worker that waits for it may look at any time. */
    public boolean isBalanceWanted() {
        return balance.isWanted();
    }

    /** Takes away free chunks but one, gives back pages of chunks that have many empty ones, and populates some. */
    public void balance() {
        balance.run();
    }

    // Looking.

    @Override
    public PerCpuStats stats() {
        chunks.mutex().lock();
        chunks.lock().lock();
        try {
            return new PerCpuStats(
                    chunks.layout(),
                    chunks.counts(),
                    chunks.slots().pagesEmpty(),
                    chunks.pagesPopulated() * config.cpus(),
                    chunkSnapshots());
        } finally {
            chunks.lock().unlock();
            chunks.mutex().unlock();
        }
    }

    private List<PerCpuChunkSnapshot> chunkSnapshots() {
        List<PerCpuChunkSnapshot> snapshots = new ArrayList<>();
        PcpuChunk reserved = chunks.reserved();
        if (reserved != null) {
            snapshots.add(new ChunkWalk(reserved).snapshot(Place.RESERVED));
        }
        ChunkSlots slots = chunks.slots();
        for (int slot = 0; slot < slots.count(); slot++) {
            for (PcpuChunk chunk = slots.first(slot); chunk != null; chunk = chunk.next) {
                snapshots.add(new ChunkWalk(chunk).snapshot(place(chunk)));
            }
        }
        return snapshots;
    }

    private Place place(PcpuChunk chunk) {
        if (chunk == chunks.first()) {
            return Place.FIRST;
        }
        if (chunk.slot == chunks.slots().toDepopulateSlot()) {
            return Place.TO_DEPOPULATE;
        }
        return chunk.slot == chunks.slots().sidelinedSlot() ? Place.SIDELINED : Place.LISTED;
    }

    /** Walks the whole state, and says what is broken, one sentence each. Others may run meanwhile: they wait. */
    public List<String> validate() {
        return new PercpuCheck(chunks).findings();
    }

    /**
     * Gives all memory back. Areas that are still in use are told to the log. A request or free behind it throws {@link
     * IllegalStateException}; closing twice is allowed. In Linux: nothing, the machine goes down.
     */
    @Override
    public void close() {
        long areas = chunks.close();
        if (areas > 0) {
            config.log().warn("percpu: closed with " + areas + " areas in use");
        }
    }

    private PcpuChunk chunk(long handle) {
        PcpuChunk chunk = chunks.table().find(handle);
        if (chunk == null) {
            throw refused(handle, "it is in no chunk");
        }
        return chunk;
    }

    private void checkCpu(int cpu) {
        if (cpu < 0 || cpu >= config.cpus()) {
            throw new IllegalArgumentException("there are CPUs 0 to " + (config.cpus() - 1) + ", and no CPU " + cpu);
        }
    }

    private static IllegalArgumentException refused(long handle, String why) {
        return new IllegalArgumentException("percpu handle " + PcpuHandle.format(handle) + " is refused: " + why);
    }
}
