package org.mm4j.memory;

import static org.mm4j.memory.NativeCalls.FALLOC_FL_KEEP_SIZE;
import static org.mm4j.memory.NativeCalls.FALLOC_FL_PUNCH_HOLE;
import static org.mm4j.memory.NativeCalls.MADV_HUGEPAGE;
import static org.mm4j.memory.NativeCalls.MAP_FIXED;
import static org.mm4j.memory.NativeCalls.MAP_NORESERVE;
import static org.mm4j.memory.NativeCalls.MAP_SHARED;
import static org.mm4j.memory.NativeCalls.MFD_CLOEXEC;
import static org.mm4j.memory.NativeCalls.PROT_READ;
import static org.mm4j.memory.NativeCalls.PROT_WRITE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Physical memory in a memfd: a file without a name, whose pages the host commits when they are first touched, read or
 * written. The direct map is the whole file, mapped once and shared; byte n of the memory is byte n of the file.
 *
 * <p>Reserving costs three system calls whatever the size. A host that runs out of memory when a page is touched ends
 * the process, as it does for any other memory. Advice splits the mapping where advised and other pages meet, and a
 * process has 65,530 mappings by default: advise large ranges.
 *
 * <p>In Linux 6.18: mm/memfd.c memfd_create(), mm/shmem.c shmem_fallocate().
 */
final class MemfdMemory extends MappedMemory {
    /** Seen in /proc/self/maps and /proc/self/fd. */
    static final String NAME = "mm4j";

    private final NativeCalls calls;
    private final int fd;
    private final long address;

    /** What went back to the host; some of it may be committed again. Guarded by itself, as is the punching. */
    private final ReturnedRanges returned = new ReturnedRanges();

    private MemfdMemory(NativeCalls calls, int fd, Arena arena, MemorySegment map) {
        super(arena, map);
        this.calls = calls;
        this.fd = fd;
        this.address = map.address();
    }

    /**
     * Reserves a memfd and maps it; all or nothing.
     *
     * @throws UnsupportedOperationException when the host forbids memfds
     * @throws HostMemoryException when the host refuses this one
     */
    static MemfdMemory reserve(NativeCalls calls, long bytes) {
        int fd = create(calls);
        try {
            calls.ftruncate(fd, bytes);
            return map(calls, fd, bytes);
        } catch (Throwable e) {
            undo(() -> calls.close(fd), e);
            throw e;
        }
    }

    private static int create(NativeCalls calls) {
        try {
            return calls.memfdCreate(NAME, MFD_CLOEXEC);
        } catch (HostMemoryException e) {
            throw switch (e.errno()) {
                case Errno.ENOSYS, Errno.EPERM, Errno.EACCES ->
                    NativeCalls.noMemfd("it forbids them with " + Errno.text(e.errno()), e);
                default -> e;
            };
        }
    }

    private static MemfdMemory map(NativeCalls calls, int fd, long bytes) {
        long address = calls.mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
        try {
            Arena arena = Arena.ofShared();
            MemorySegment map = MemorySegment.ofAddress(address)
                    .reinterpret(bytes, arena, ended -> release(calls, fd, ended.address(), bytes));
            return new MemfdMemory(calls, fd, arena, map);
        } catch (Throwable e) {
            undo(() -> calls.munmap(address, bytes), e);
            throw e;
        }
    }

    /** The arena has ended: nobody can reach the map any more, and {@code close()} keeps all native calls out. */
    private static void release(NativeCalls calls, int fd, long address, long bytes) {
        try {
            SegmentScopes.awaitLastAccess();
        } finally {
            try {
                calls.munmap(address, bytes);
            } finally {
                calls.close(fd);
            }
        }
    }

    /** Runs what takes a failed step back; its own failure becomes a part of the first one. */
    static void undo(Runnable step, Throwable failure) {
        try {
            step.run();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public String kind() {
        return "memfd";
    }

    /** Addresses into which frames of this memory can be mapped. */
    AddressReserve reserveAddresses(long bytes, MappingBudget budget) {
        return HostReserve.reserve(calls, this, bytes, budget);
    }

    /** Maps a part of the file over addresses of the caller, in one call of the host. */
    void mapOver(long at, long offset, long bytes) {
        whileOpen(() -> calls.mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, offset));
    }

    @Override
    boolean giveBack(long offset, long bytes) {
        if (bytes > 0) { // the host refuses an empty hole
            synchronized (returned) {
                List<OffsetRange> kept = dataWithin(offset, offset + bytes);
                calls.fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes);
                kept.forEach(returned::add);
            }
        }
        return true;
    }

    /** The rows of pages that the host keeps there. */
    private List<OffsetRange> dataWithin(long start, long end) {
        List<OffsetRange> rows = new ArrayList<>();
        for (long at = calls.nextData(fd, start, end); at < end; at = calls.nextData(fd, at, end)) {
            long hole = calls.nextHole(fd, at, end);
            rows.add(new OffsetRange(at, hole));
            at = hole;
        }
        return rows;
    }

    /** What was written since it went back is forgotten: it is the host's to count, until it goes back again. */
    @Override
    long returned() {
        synchronized (returned) {
            for (OffsetRange range : returned.list()) {
                dataWithin(range.start(), range.end()).forEach(returned::remove);
            }
            return returned.bytes();
        }
    }

    /** True says that the host took the advice; whether it follows is its own affair, see shmem_enabled of its THP. */
    @Override
    boolean advise(long offset, long bytes) {
        try {
            calls.madvise(address + offset, bytes, MADV_HUGEPAGE);
            return true;
        } catch (HostMemoryException e) {
            if (e.errno() == Errno.EINVAL) { // a kernel built without huge pages
                return false;
            }
            throw e;
        }
    }

    @Override
    long committed() {
        return calls.statxBytes(fd);
    }
}
