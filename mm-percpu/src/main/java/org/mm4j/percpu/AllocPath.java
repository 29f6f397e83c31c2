package org.mm4j.percpu;

import static org.mm4j.percpu.ChunkMap.BYTES_PER_BIT;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.PerCpuAllocator;

/**
 * How areas are taken: from the fullest chunk that has room; for requests that can wait, from a new chunk if none has.
 * Whatever fails on the way, and whoever throws, the area is given back.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_alloc_noprof(). Differs: an interrupted thread goes on waiting for the mutex; a
 * request that reclaim makes while the same thread populates is served like one that cannot wait.
 */
final class AllocPath {
    private static final long NONE = PerCpuAllocator.NONE;

    /** Fewer empty populated pages than that are a reason to balance. PCPU_EMPTY_POP_PAGES_LOW. */
    private static final int PAGES_EMPTY_LOW = 2;

    private final Chunks chunks;
    private final Balance balance;
    private final FailedRequests failed;

    AllocPath(Chunks chunks, Balance balance) {
        this.chunks = chunks;
        this.balance = balance;
        failed = new FailedRequests(chunks.config().log());
    }

    /** The handle of an area of zeroes, or {@link PerCpuAllocator#NONE}. */
    long alloc(long anySize, long anyAlign, boolean isReserved, int gfp) {
        long size = AreaRequest.roundedSize(anySize);
        long align = AreaRequest.roundedAlign(anyAlign);
        if (!AreaRequest.isLegal(size, align)) {
            failed.illegal(size, align, gfp);
            return NONE;
        }
        boolean isAtomic = !Gfp.allowsBlocking(gfp) || chunks.mutex().isHeldByCurrentThread();
        int pageGfp = chunks.config().context().effective(gfp);
        AreaRequest request = new AreaRequest((int) size, (int) align, isReserved, isAtomic, pageGfp);
        return isAtomic ? allocAtomic(request) : allocBlocking(request);
    }

    private long allocAtomic(AreaRequest request) {
        long handle = search(request);
        if (handle == NONE) {
            failed.write(request, why(request, FailedRequests.Why.ATOMIC));
            tellFailure(request);
            balance.wantAfterFailure();
            return NONE;
        }
        return zeroed(handle, request);
    }

    private long allocBlocking(AreaRequest request) {
        long handle;
        FailedRequests.Why why = FailedRequests.Why.NO_CHUNK;
        chunks.mutex().lock();
        try {
            handle = take(request);
            if (handle != NONE && !populated(handle, request)) {
                handle = NONE;
                why = FailedRequests.Why.NOT_POPULATED;
            }
        } finally {
            chunks.mutex().unlock();
        }
        if (handle == NONE) {
            failed.write(request, why(request, why));
            tellFailure(request);
        }
        return finished(handle, request);
    }

    private long finished(long handle, AreaRequest request) {
        boolean done = false;
        try {
            balance.runIfWanted();
            done = true;
        } finally {
            if (!done && handle != NONE) {
                giveBack(chunkOf(handle), handle, request);
            }
        }
        return handle == NONE ? NONE : zeroed(handle, request);
    }

    private FailedRequests.Why why(AreaRequest request, FailedRequests.Why why) {
        boolean isAskedOnce = isFromReserved(request) && why != FailedRequests.Why.NOT_POPULATED;
        return isAskedOnce ? FailedRequests.Why.RESERVED : why;
    }

    private boolean isFromReserved(AreaRequest request) {
        return request.isReserved() && chunks.reserved() != null;
    }

    /** An area that is found, or in a new chunk. */
    private long take(AreaRequest request) {
        long handle = search(request);
        boolean isMore = !isFromReserved(request);
        while (handle == NONE && isMore) {
            isMore = chunks.create(request.pageGfp());
            handle = search(request);
        }
        return handle;
    }

    /** Takes an area from the chunks that there are. */
    private long search(AreaRequest request) {
        chunks.lock().lock();
        try {
            chunks.checkOpen();
            PcpuChunk reserved = request.isReserved() ? chunks.reserved() : null;
            return reserved != null ? takeIn(reserved, request) : searchSlots(request);
        } finally {
            chunks.lock().unlock();
        }
    }

    private long searchSlots(AreaRequest request) {
        ChunkSlots slots = chunks.slots();
        for (int slot = ChunkSlots.slotOf(request.bytes()); slot <= slots.freeSlot(); slot++) {
            PcpuChunk next;
            for (PcpuChunk chunk = slots.first(slot); chunk != null; chunk = next) {
                next = chunk.next; // a chunk that fails is moved
                long handle = takeIn(chunk, request);
                if (handle != NONE) {
                    slots.reintegrate(chunk);
                    return handle;
                }
                slots.searchFailed(chunk);
            }
        }
        return NONE;
    }

    private long takeIn(PcpuChunk chunk, AreaRequest request) {
        @Nullable Bitmap populated = request.isAtomic() ? chunk.populated() : null;
        int bit = chunk.map().find(request.bits(), request.alignBits(), populated);
        if (bit == ChunkMap.NONE) {
            return NONE;
        }
        chunks.take(chunk, bit, bit + request.bits());
        if (chunks.slots().pagesEmpty() < PAGES_EMPTY_LOW) {
            balance.want();
        }
        return chunk.handle(bit);
    }

    /** Populates the pages of an area, or gives it back. */
    private boolean populated(long handle, AreaRequest request) {
        PcpuChunk chunk = chunkOf(handle);
        int from = chunk.bit(handle) / BlockHints.BITS;
        int end = (chunk.bit(handle) + request.bits() - 1) / BlockHints.BITS + 1;
        boolean done = false;
        try {
            int hole = chunk.populated().nextClear(from, end); // only holders of the mutex change it
            while (hole < end) {
                int holeEnd = chunk.populated().nextSet(hole, end);
                if (!chunks.populate(chunk, hole, holeEnd, request.pageGfp())) {
                    return false;
                }
                hole = chunk.populated().nextClear(holeEnd, end);
            }
            done = true;
            return true;
        } finally {
            if (!done) {
                giveBack(chunk, handle, request);
            }
        }
    }

    /** Zeroes an area on every CPU, or gives it back. */
    private long zeroed(long handle, AreaRequest request) {
        PcpuChunk chunk = chunkOf(handle);
        boolean done = false;
        try {
            chunk.units().zero(PcpuHandle.offset(handle), request.bytes());
            tell(chunk, handle, request);
            done = true;
            return handle;
        } finally {
            if (!done) {
                giveBack(chunk, handle, request);
            }
        }
    }

    private void tell(PcpuChunk chunk, long handle, AreaRequest request) {
        PercpuConfig config = chunks.config();
        config.trace()
                .percpuAllocPercpu(
                        request.isReserved(),
                        request.isAtomic(),
                        request.bytes(),
                        request.align(),
                        PcpuHandle.base(handle),
                        chunk.bit(handle) * BYTES_PER_BIT,
                        handle,
                        config.bytesAllocated(request.bytes()),
                        request.gfp());
    }

    private void tellFailure(AreaRequest request) {
        chunks.config()
                .trace()
                .percpuAllocPercpuFail(request.isReserved(), request.isAtomic(), request.bytes(), request.align());
    }

    private void giveBack(PcpuChunk chunk, long handle, AreaRequest request) {
        chunks.lock().lock();
        try {
            int bit = chunk.bit(handle);
            chunks.give(chunk, bit, bit + request.bytes() / BYTES_PER_BIT);
        } finally {
            chunks.lock().unlock();
        }
    }

    /** The chunk of an area that was just taken: it cannot go away. */
    private PcpuChunk chunkOf(long handle) {
        PcpuChunk chunk = chunks.table().find(handle);
        if (chunk == null) {
            throw new AssertionError("the chunk of " + PcpuHandle.format(handle) + " is gone with an area in it");
        }
        return chunk;
    }
}
