package org.mm4j.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.arena.ChunkSource;
import org.mm4j.memory.SegmentScopes;

/**
 * Memory of a kernel for its arenas. Where the JVM allows no native access, segments of the kernel's memory cannot end before
 * the kernel does: then the JDK's memory is shown instead, of which there is as much as the kernel gives out.
 */
record KernelChunks(Kvmalloc kvmalloc, DirectMap map) implements ChunkSource {
    @Override
    public long take(long bytes) {
        return kvmalloc.kvmalloc(bytes, Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN);
    }

    @Override
    public void giveBack(long address) {
        kvmalloc.kvfreeOrDefer(address); // an arena has ended by then, and gives all its chunks back
    }

    @Override
    public MemorySegment segment(long address, long bytes, Arena scope) {
        if (!SegmentScopes.isPossible()) {
            return scope.allocate(bytes, PageFrame.PAGE_SIZE);
        }
        return SegmentScopes.rescoped(
                map.contains(address) ? map.segmentAt(address, bytes) : area(address, bytes), scope);
    }

    private MemorySegment area(long address, long bytes) {
        try {
            return kvmalloc.segment(address, bytes);
        } catch (UnsupportedOperationException e) {
            throw new AllocationFailure(
                    "there are no " + bytes + " bytes in a row for an arena: without a memfd there are 4 MiB at most");
        }
    }
}
