package org.mm4j.api.trace;

/** The part of {@link GuardedTracepoints} that guards the tracepoints of areas of the percpu allocator. */
interface GuardedPercpuTracepoints extends PercpuTracepoints {
    /** Who is told. */
    PercpuTracepoints told();

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
        try {
            told().percpuAllocPercpu(reserved, isAtomic, size, align, baseAddr, off, ptr, bytesAlloc, gfp);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void percpuFreePercpu(long baseAddr, int off, long ptr) {
        try {
            told().percpuFreePercpu(baseAddr, off, ptr);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void percpuAllocPercpuFail(boolean reserved, boolean isAtomic, long size, long align) {
        try {
            told().percpuAllocPercpuFail(reserved, isAtomic, size, align);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void percpuCreateChunk(long baseAddr) {
        try {
            told().percpuCreateChunk(baseAddr);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void percpuDestroyChunk(long baseAddr) {
        try {
            told().percpuDestroyChunk(baseAddr);
        } catch (Throwable _) {
            // the event is lost
        }
    }
}
