package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import org.mm4j.api.Gfp;
import org.mm4j.api.trace.Tracepoints;

/**
 * A kmalloc that tells of every request and every free, those within krealloc too. See {@link TracedKmemCache} for what it
 * costs where there is none.
 *
 * <p>In Linux 6.18: mm/slub.c, trace_kmalloc(), trace_kfree().
 */
final class TracedKmalloc extends Kmalloc {
    private final Tracepoints trace;
    private final boolean hasCgroups;

    TracedKmalloc(SlabAllocator slabs, SizeClasses sizes, boolean hasRandomCopies) {
        super(slabs, sizes, hasRandomCopies);
        trace = slabs.parts().config().trace();
        hasCgroups = slabs.parts().config().accounting() != null;
    }

    private long told(long address, long bytes, int gfp, int nid) {
        boolean isAccounted = hasCgroups && (gfp & Gfp.__GFP_ACCOUNT) != 0;
        trace.kmalloc(address, bytes, address == 0 ? 0 : bytesAllocated(address), gfp, nid, isAccounted);
        return address;
    }

    @Override
    public long kmalloc(long bytes, int gfp) {
        return told(super.kmalloc(bytes, gfp), bytes, gfp, NO_NODE);
    }

    @Override
    public long kmallocNode(long bytes, int gfp, int nid) {
        return told(super.kmallocNode(bytes, gfp, nid), bytes, gfp, nid);
    }

    @Override
    public long kmallocTrackCaller(long bytes, int gfp, int caller) {
        return told(super.kmallocTrackCaller(bytes, gfp, caller), bytes, gfp, NO_NODE);
    }

    @Override
    public long kmallocLarge(long bytes, int gfp) {
        return told(super.kmallocLarge(bytes, gfp), bytes, gfp, NO_NODE);
    }

    @Override
    public void kfree(long address) {
        trace.kfree(address);
        super.kfree(address);
    }

    @Override
    public void kfreeSensitive(long address) {
        trace.kfree(address);
        super.kfreeSensitive(address);
    }

    @Override
    public void kfreeBulk(long[] addresses, int count) {
        for (int i = 0; i < count; i++) {
            trace.kfree(addresses[i]);
        }
        super.kfreeBulk(addresses, count);
    }

    @Override
    public void kfreeRcu(long address) {
        trace.kfree(address);
        super.kfreeRcu(address);
    }

    @Override
    public void kfreeRcuMightSleep(long address) {
        trace.kfree(address);
        super.kfreeRcuMightSleep(address);
    }
}
