package org.mm4j.slab;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.PhysicalMemory;

/** Memory of Java longs, for tests. */
final class HeapMemory implements PhysicalMemory {
    static final long ADDRESS = 0x7000_0000_0000L;

    private final MemorySegment segment;

    HeapMemory(long frames) {
        segment = MemorySegment.ofArray(new long[Math.toIntExact(frames * 512)]);
    }

    @Override
    public long bytes() {
        return segment.byteSize();
    }

    @Override
    public MemorySegment directMap() {
        return segment;
    }

    @Override
    public long directMapAddress() {
        return ADDRESS;
    }

    @Override
    public String kind() {
        return "heap";
    }

    @Override
    public void zero(long offset, long bytes) {
        segment.asSlice(offset, bytes).fill((byte) 0);
    }

    @Override
    public boolean punchHole(long offset, long bytes) {
        zero(offset, bytes);
        return false;
    }

    @Override
    public boolean adviseHugePages(long offset, long bytes) {
        return false;
    }

    @Override
    public long bytesCommitted() {
        return bytes();
    }

    @Override
    public void close() {}
}
