package org.mm4j.kernel.events;

import org.mm4j.api.Gfp;
import org.mm4j.api.trace.ObjectTracepoints;
import org.mm4j.kernel.events.ObjectEvents.Kfree;
import org.mm4j.kernel.events.ObjectEvents.Kmalloc;
import org.mm4j.kernel.events.ObjectEvents.KmemCacheAlloc;
import org.mm4j.kernel.events.ObjectEvents.KmemCacheFree;

/** The part of {@link FlightRecorderTrace} that tells of objects. */
interface ObjectTrace extends ObjectTracepoints {
    // Asked whether somebody records; to make an event for that would cost Java heap.
    Kmalloc KMALLOC = new Kmalloc();
    Kfree KFREE = new Kfree();
    KmemCacheAlloc KMEM_CACHE_ALLOC = new KmemCacheAlloc();
    KmemCacheFree KMEM_CACHE_FREE = new KmemCacheFree();

    @Override
    default void kmalloc(long ptr, long bytesReq, long bytesAlloc, int gfp, int node, boolean accounted) {
        if (KMALLOC.isEnabled()) {
            var event = new Kmalloc();
            event.ptr = ptr;
            event.bytesReq = bytesReq;
            event.bytesAlloc = bytesAlloc;
            event.gfpFlags = Gfp.format(gfp);
            event.node = node;
            event.accounted = accounted;
            event.commit();
        }
    }

    @Override
    default void kfree(long ptr) {
        if (KFREE.isEnabled()) {
            var event = new Kfree();
            event.ptr = ptr;
            event.commit();
        }
    }

    @Override
    default void kmemCacheAlloc(
            long ptr, String name, long bytesReq, long bytesAlloc, int gfp, int node, boolean accounted) {
        if (KMEM_CACHE_ALLOC.isEnabled()) {
            var event = new KmemCacheAlloc();
            event.ptr = ptr;
            event.name = name;
            event.bytesReq = bytesReq;
            event.bytesAlloc = bytesAlloc;
            event.gfpFlags = Gfp.format(gfp);
            event.node = node;
            event.accounted = accounted;
            event.commit();
        }
    }

    @Override
    default void kmemCacheFree(long ptr, String name) {
        if (KMEM_CACHE_FREE.isEnabled()) {
            var event = new KmemCacheFree();
            event.ptr = ptr;
            event.name = name;
            event.commit();
        }
    }
}
