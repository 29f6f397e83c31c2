package org.mm4j.memory;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.PhysicalMemory;

/**
 * Memory whose host takes no pages back now and then, in front of another one. Whoever gives pages back is given it.
 *
 * <p>In Linux 6.18: nothing; memory that goes offline belongs to nobody else.
 *
 * @param memory what is behind it
 * @param punch which calls the host refuses, by their bytes
 */
public record FaultyMemory(PhysicalMemory memory, FaultInjection punch) implements PhysicalMemory {
    private static final int ENOSYS = 38;

    @Override
    public long bytes() {
        return memory.bytes();
    }

    @Override
    public MemorySegment directMap() {
        return memory.directMap();
    }

    @Override
    public long directMapAddress() {
        return memory.directMapAddress();
    }

    @Override
    public String kind() {
        return memory.kind();
    }

    @Override
    public void zero(long offset, long bytes) {
        memory.zero(offset, bytes);
    }

    @Override
    public boolean punchHole(long offset, long bytes) {
        if (punch.shouldFail(bytes)) {
            throw new HostMemoryException("fallocate was made to fail", ENOSYS);
        }
        return memory.punchHole(offset, bytes);
    }

    @Override
    public boolean adviseHugePages(long offset, long bytes) {
        return memory.adviseHugePages(offset, bytes);
    }

    @Override
    public long bytesCommitted() {
        return memory.bytesCommitted();
    }

    @Override
    public long bytesReturned() {
        return memory.bytesReturned();
    }

    @Override
    public void close() {
        memory.close();
    }
}
