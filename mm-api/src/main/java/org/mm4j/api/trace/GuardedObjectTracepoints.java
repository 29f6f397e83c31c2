package org.mm4j.api.trace;

/** The part of {@link GuardedTracepoints} that guards the tracepoints of objects. */
interface GuardedObjectTracepoints extends ObjectTracepoints {
    /** Who is told. */
    ObjectTracepoints told();

    @Override
    default void kmalloc(long ptr, long bytesReq, long bytesAlloc, int gfp, int node, boolean accounted) {
        try {
            told().kmalloc(ptr, bytesReq, bytesAlloc, gfp, node, accounted);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void kfree(long ptr) {
        try {
            told().kfree(ptr);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void kmemCacheAlloc(
            long ptr, String name, long bytesReq, long bytesAlloc, int gfp, int node, boolean accounted) {
        try {
            told().kmemCacheAlloc(ptr, name, bytesReq, bytesAlloc, gfp, node, accounted);
        } catch (Throwable _) {
            // the event is lost
        }
    }

    @Override
    default void kmemCacheFree(long ptr, String name) {
        try {
            told().kmemCacheFree(ptr, name);
        } catch (Throwable _) {
            // the event is lost
        }
    }
}
