package org.mm4j.kernel.events;

import org.mm4j.api.Gfp;
import org.mm4j.api.trace.PercpuTracepoints;
import org.mm4j.kernel.events.PercpuEvents.AllocPercpu;
import org.mm4j.kernel.events.PercpuEvents.AllocPercpuFail;
import org.mm4j.kernel.events.PercpuEvents.CreateChunk;
import org.mm4j.kernel.events.PercpuEvents.DestroyChunk;
import org.mm4j.kernel.events.PercpuEvents.FreePercpu;

/** The part of {@link FlightRecorderTrace} that tells of areas of the percpu allocator. */
interface PercpuTrace extends PercpuTracepoints {
    // Asked whether somebody records; to make an event for that would cost Java heap.
    AllocPercpu ALLOC_PERCPU = new AllocPercpu();
    FreePercpu FREE_PERCPU = new FreePercpu();
    AllocPercpuFail ALLOC_PERCPU_FAIL = new AllocPercpuFail();
    CreateChunk CREATE_CHUNK = new CreateChunk();
    DestroyChunk DESTROY_CHUNK = new DestroyChunk();

    @Override
    default void percpuAllocPercpu(
            boolean reserved,
            boolean isAtomic,
            long size,
            long align,
            long baseAddr,
            int off,
            long ptr,
            long bytesAlloc,
            int gfp) {
        if (ALLOC_PERCPU.isEnabled()) {
            var event = new AllocPercpu();
            event.reserved = reserved;
            event.isAtomic = isAtomic;
            event.size = size;
            event.align = align;
            event.baseAddr = baseAddr;
            event.off = off;
            event.ptr = ptr;
            event.bytesAlloc = bytesAlloc;
            event.gfpFlags = Gfp.format(gfp);
            event.commit();
        }
    }

    @Override
    default void percpuFreePercpu(long baseAddr, int off, long ptr) {
        if (FREE_PERCPU.isEnabled()) {
            var event = new FreePercpu();
            event.baseAddr = baseAddr;
            event.off = off;
            event.ptr = ptr;
            event.commit();
        }
    }

    @Override
    default void percpuAllocPercpuFail(boolean reserved, boolean isAtomic, long size, long align) {
        if (ALLOC_PERCPU_FAIL.isEnabled()) {
            var event = new AllocPercpuFail();
            event.reserved = reserved;
            event.isAtomic = isAtomic;
            event.size = size;
            event.align = align;
            event.commit();
        }
    }

    @Override
    default void percpuCreateChunk(long baseAddr) {
        if (CREATE_CHUNK.isEnabled()) {
            var event = new CreateChunk();
            event.baseAddr = baseAddr;
            event.commit();
        }
    }

    @Override
    default void percpuDestroyChunk(long baseAddr) {
        if (DESTROY_CHUNK.isEnabled()) {
            var event = new DestroyChunk();
            event.baseAddr = baseAddr;
            event.commit();
        }
    }
}
