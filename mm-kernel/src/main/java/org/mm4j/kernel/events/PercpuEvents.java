package org.mm4j.kernel.events;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The tracepoints of areas of the percpu allocator. Pointers are handles; a base is the handle of a chunk's first byte, as events of the flight recorder.
 *
 * <p>In Linux 6.18: include/trace/events/percpu.h.
 */
final class PercpuEvents {
    private PercpuEvents() {}

    /** Off until a recording switches it on. */
    @Category({"mm4j", "percpu"})
    @Enabled(false)
    @StackTrace
    abstract static class PercpuEvent extends Event {}

    /** An area was given out. */
    @Name("org.mm4j.percpu_alloc_percpu")
    @Label("Percpu Allocation")
    static final class AllocPercpu extends PercpuEvent {
        @Label("From the Reserved Chunk")
        boolean reserved;

        @Name("is_atomic")
        @Label("Cannot Wait")
        boolean isAtomic;

        @Label("Bytes")
        long size;

        @Label("Alignment")
        long align;

        @Name("base_addr")
        @Label("Base of the Chunk")
        @MemoryAddress
        long baseAddr;

        @Label("Offset in the Chunk")
        int off;

        @Label("Address")
        @MemoryAddress
        long ptr;

        @Name("bytes_alloc")
        @Label("Bytes of All Copies")
        long bytesAlloc;

        @Name("gfp_flags")
        @Label("Flags")
        String gfpFlags = "";
    }

    /** An area was taken back. */
    @Name("org.mm4j.percpu_free_percpu")
    @Label("Percpu Free")
    static final class FreePercpu extends PercpuEvent {
        @Name("base_addr")
        @Label("Base of the Chunk")
        @MemoryAddress
        long baseAddr;

        @Label("Offset in the Chunk")
        int off;

        @Label("Address")
        @MemoryAddress
        long ptr;
    }

    /** A request for an area was in vain. */
    @Name("org.mm4j.percpu_alloc_percpu_fail")
    @Label("Percpu Failure")
    static final class AllocPercpuFail extends PercpuEvent {
        @Label("From the Reserved Chunk")
        boolean reserved;

        @Name("is_atomic")
        @Label("Cannot Wait")
        boolean isAtomic;

        @Label("Bytes")
        long size;

        @Label("Alignment")
        long align;
    }

    /** A chunk was made. */
    @Name("org.mm4j.percpu_create_chunk")
    @Label("Percpu Chunk Made")
    static final class CreateChunk extends PercpuEvent {
        @Name("base_addr")
        @Label("Base of the Chunk")
        @MemoryAddress
        long baseAddr;
    }

    /** A chunk was given up. */
    @Name("org.mm4j.percpu_destroy_chunk")
    @Label("Percpu Chunk Given Up")
    static final class DestroyChunk extends PercpuEvent {
        @Name("base_addr")
        @Label("Base of the Chunk")
        @MemoryAddress
        long baseAddr;
    }
}
