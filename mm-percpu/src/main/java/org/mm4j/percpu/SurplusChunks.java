package org.mm4j.percpu;

import org.jspecify.annotations.Nullable;

/**
 * Takes away free chunks: one is enough to find room in at once. Needs the mutex.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_balance_free().
 */
final class SurplusChunks {
    private final Chunks chunks;
    private final ChunkSlots slots;

    SurplusChunks(Chunks chunks) {
        this.chunks = chunks;
        slots = chunks.slots();
    }

    /** Takes away all free chunks but the first on the list, or those of them that have no populated pages. */
    void takeAway(boolean onlyUnpopulated) {
        PcpuChunk chunk = nextSurplus(onlyUnpopulated);
        while (chunk != null) {
            takeAway(chunk);
            chunk = nextSurplus(onlyUnpopulated);
        }
    }

    private void takeAway(PcpuChunk chunk) {
        boolean depopulated = false;
        try {
            depopulateAll(chunk);
            depopulated = true;
        } finally {
            if (!depopulated) {
                restore(chunk);
            }
        }
        chunks.destroy(chunk);
    }

    private void restore(PcpuChunk chunk) {
        chunks.lock().lock();
        try {
            slots.restore(chunk);
        } finally {
            chunks.lock().unlock();
        }
    }

    /** A free chunk that goes out of reach for requests. */
    private @Nullable PcpuChunk nextSurplus(boolean onlyUnpopulated) {
        chunks.lock().lock();
        try {
            PcpuChunk spared = slots.first(slots.freeSlot());
            PcpuChunk chunk = spared == null ? null : spared.next;
            while (chunk != null && onlyUnpopulated && chunk.pagesEmpty() > 0) {
                chunk = chunk.next;
            }
            if (chunk != null) {
                slots.remove(chunk);
            }
            return chunk;
        } finally {
            chunks.lock().unlock();
        }
    }

    private void depopulateAll(PcpuChunk chunk) {
        int from = chunk.populated().nextSet(0, chunk.pages()); // only holders of the mutex change it
        while (from < chunk.pages()) {
            int end = chunk.populated().nextClear(from, chunk.pages());
            chunks.depopulate(chunk, from, end);
            from = chunk.populated().nextSet(end, chunk.pages());
        }
    }
}
