package org.mm4j.memory;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.memory.NativeCalls.MAP_ANONYMOUS;
import static org.mm4j.memory.NativeCalls.MAP_FIXED;
import static org.mm4j.memory.NativeCalls.MAP_NORESERVE;
import static org.mm4j.memory.NativeCalls.MAP_PRIVATE;
import static org.mm4j.memory.NativeCalls.PROT_NONE;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Real addresses: one inaccessible anonymous mapping of the host, over which pages of a memfd are mapped, and which
 * is mapped again over them to take them away.
 *
 * <pre>
 *   reserve   ......................................................   1 mapping
 *
 *   a range   ....AAAABBC...........................................   A, B, C: runs of adjacent frames
 *             '--''--'''''-----------------------------------------'   2 holes and 3 runs: 4 more than before
 * </pre>
 *
 * <p>So a range of n runs costs n + 1 mappings at most, whatever lies next to it; the host merges where it can.
 *
 * <p>In Linux 6.18: mmap(2) with MAP_FIXED; vm.max_map_count.
 */
final class HostReserve extends Reserve {
    private final NativeCalls calls;
    private final MemfdMemory memory;
    private final long address;
    private final MappingBudget budget;
    private final AtomicLong rangesMapped = new AtomicLong();

    /** Keeps native calls, which know only numbers, and the end of the reserve apart. */
    private final ReentrantReadWriteLock ends = new ReentrantReadWriteLock(true);

    private boolean isClosed;

    private HostReserve(NativeCalls calls, MemfdMemory memory, long address, long bytes, MappingBudget budget) {
        super(bytes);
        this.calls = calls;
        this.memory = memory;
        this.address = address;
        this.budget = budget;
    }

    /** Reserves addresses aligned to {@link #ALIGN_BYTES}; all or nothing. */
    static HostReserve reserve(NativeCalls calls, MemfdMemory memory, long bytes, MappingBudget budget) {
        long slack = ALIGN_BYTES;
        if (bytes > Long.MAX_VALUE - slack) {
            throw new HostMemoryException("no host has " + bytes + " bytes of addresses", Errno.ENOMEM);
        }
        long got = calls.mmap(0, bytes + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        try {
            long address = got + slack - 1 & -slack;
            HostReserve reserve = new HostReserve(calls, memory, address, bytes, budget);
            trim(calls, got, address);
            trim(calls, address + bytes, got + bytes + slack);
            memory.addReserve();
            return reserve;
        } catch (Throwable e) {
            MemfdMemory.undo(() -> calls.munmap(got, bytes + slack), e); // what is gone already does not matter
            throw e;
        }
    }

    private static void trim(NativeCalls calls, long from, long to) {
        if (from < to) {
            calls.munmap(from, to - from);
        }
    }

    @Override
    public long address() {
        return address;
    }

    @Override
    public boolean isReal() {
        return true;
    }

    @Override
    VirtualRange checkedRange(long offset, long bytes) {
        return new HostRange(this, address + offset, bytes);
    }

    @Override
    public long mappings() {
        return budget.used();
    }

    @Override
    public long mappingsMax() {
        return budget.max();
    }

    long frames() {
        return memory.bytes() >>> PAGE_SHIFT;
    }

    /** Counts a range that is about to be mapped; all or nothing. */
    void begin(int cost, int pages) {
        ends.readLock().lock();
        try {
            checkOpen();
            if (!budget.tryTake(cost)) {
                throw new HostMemoryException(
                        "mapping " + pages + " pages costs up to " + cost + " mappings of the host, and " + budget,
                        Errno.ENOMEM);
            }
            rangesMapped.incrementAndGet();
        } finally {
            ends.readLock().unlock();
        }
    }

    /** A range that is mapped no more. */
    void end(int cost) {
        budget.give(cost);
        rangesMapped.decrementAndGet();
    }

    /** Maps a run of frames. */
    void show(long at, long pfn, int pages) {
        memory.mapOver(at, pfn << PAGE_SHIFT, (long) pages << PAGE_SHIFT);
    }

    /** Makes addresses inaccessible. The reserve is open, for a range is mapped. */
    void hide(long at, long bytes) {
        calls.mmap(at, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    }

    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("the address reserve is closed");
        }
    }

    @Override
    public void close() {
        ends.writeLock().lock();
        try {
            if (isClosed) {
                return;
            }
            long ranges = rangesMapped.get();
            if (ranges > 0) {
                throw new IllegalStateException(
                        "the address reserve cannot close while " + ranges + " ranges are mapped");
            }
            calls.munmap(address, bytes());
            isClosed = true;
            memory.removeReserve();
        } finally {
            ends.writeLock().unlock();
        }
    }
}
