package org.mm4j.api.trace;

/**
 * Who is told what the allocators do, call by call: the tracepoints of the kernel, by their names and with their fields in
 * their order. What only Linux has is left out: addresses of page structures, and call sites, which are the calling thread's
 * stack here.
 *
 * <p>An allocator that was made with {@link #NONE} tells nobody. Objects are told of by classes that are not there then, and
 * the others tell only when they are about to take a lock or to do something slow. Whoever is told must neither call an
 * allocator nor wait, as locks may be held; what he throws is dropped, see {@link GuardedTracepoints}. Any thread calls.
 * Addresses and pfns are 0 where a request was in vain.
 *
 * <p>In Linux 6.18: include/trace/events/. Differs: bulk requests of objects are told of, object by object.
 */
public interface Tracepoints
        extends ObjectTracepoints,
                PageTracepoints,
                VmallocTracepoints,
                PercpuTracepoints,
                ReclaimTracepoints,
                OomTracepoints,
                CompactionTracepoints,
                CmaTracepoints {
    /** Nobody. */
    Tracepoints NONE = new Tracepoints() {};
}
