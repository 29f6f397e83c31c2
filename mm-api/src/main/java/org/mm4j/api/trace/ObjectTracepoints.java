package org.mm4j.api.trace;

/**
 * Tracepoints of objects of kmalloc and of caches. See {@link Tracepoints}.
 *
 * <p>In Linux 6.18: include/trace/events/kmem.h.
 */
public interface ObjectTracepoints {
    /** A request of kmalloc, also one in vain. {@code node}: -1 for any; {@code accounted}: charged to a cgroup. */
    default void kmalloc(long ptr, long bytesReq, long bytesAlloc, int gfp, int node, boolean accounted) {}

    /** A call of kfree, also of nothing. Before it happens. */
    default void kfree(long ptr) {}

    /** A request of an object of a cache, also one in vain. {@code node}: -1 for any; {@code accounted}: charged to a cgroup. */
    default void kmemCacheAlloc(
            long ptr, String name, long bytesReq, long bytesAlloc, int gfp, int node, boolean accounted) {}

    /** An object is given back to its cache. Before it happens. */
    default void kmemCacheFree(long ptr, String name) {}
}
