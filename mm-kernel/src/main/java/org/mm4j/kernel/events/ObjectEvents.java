package org.mm4j.kernel.events;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The tracepoints of objects of kmalloc and of caches, as events of the flight recorder.
 *
 * <p>In Linux 6.18: include/trace/events/kmem.h.
 */
final class ObjectEvents {
    private ObjectEvents() {}

    /** Off until a recording switches it on. */
    @Category({"mm4j", "kmem"})
    @Enabled(false)
    @StackTrace
    abstract static class ObjectEvent extends Event {}

    /** A request of kmalloc. */
    @Name("org.mm4j.kmalloc")
    @Label("Kmalloc")
    static final class Kmalloc extends ObjectEvent {
        @Label("Address")
        @MemoryAddress
        long ptr;

        @Name("bytes_req")
        @Label("Bytes Asked For")
        long bytesReq;

        @Name("bytes_alloc")
        @Label("Bytes Taken")
        long bytesAlloc;

        @Name("gfp_flags")
        @Label("Flags")
        String gfpFlags = "";

        @Label("Node")
        int node;

        @Label("Charged to a Cgroup")
        boolean accounted;
    }

    /** Memory of kmalloc is given back. */
    @Name("org.mm4j.kfree")
    @Label("Kfree")
    static final class Kfree extends ObjectEvent {
        @Label("Address")
        @MemoryAddress
        long ptr;
    }

    /** A request of an object. */
    @Name("org.mm4j.kmem_cache_alloc")
    @Label("Object Allocation")
    static final class KmemCacheAlloc extends ObjectEvent {
        @Label("Address")
        @MemoryAddress
        long ptr;

        @Label("Cache")
        String name = "";

        @Name("bytes_req")
        @Label("Bytes Asked For")
        long bytesReq;

        @Name("bytes_alloc")
        @Label("Bytes Taken")
        long bytesAlloc;

        @Name("gfp_flags")
        @Label("Flags")
        String gfpFlags = "";

        @Label("Node")
        int node;

        @Label("Charged to a Cgroup")
        boolean accounted;
    }

    /** An object is given back. */
    @Name("org.mm4j.kmem_cache_free")
    @Label("Object Free")
    static final class KmemCacheFree extends ObjectEvent {
        @Label("Address")
        @MemoryAddress
        long ptr;

        @Label("Cache")
        String name = "";
    }
}
