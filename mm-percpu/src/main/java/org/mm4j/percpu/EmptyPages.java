package org.mm4j.percpu;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;

/**
 * Populates empty pages for requests that cannot wait, in the fullest chunks that have room for it. Needs the mutex.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_balance_populated(). Differs: pages that are populated in a sidelined chunk make it
 * one like all others, since they would not be counted otherwise.
 */
final class EmptyPages {
    private static final int GFP = Gfp.GFP_KERNEL | Gfp.__GFP_NORETRY | Gfp.__GFP_NOWARN;

    private final Chunks chunks;
    private final ChunkSlots slots;

    EmptyPages(Chunks chunks) {
        this.chunks = chunks;
        slots = chunks.slots();
    }

    /**
     * Populates pages until enough are empty.
     *
     * @param hasAtomicFailed a request that cannot wait has failed: as many more as there should be, however many are
     */
    void run(boolean hasAtomicFailed) {
        int wanted = hasAtomicFailed ? Balance.PAGES_EMPTY_HIGH : pagesWanted();
        while (true) {
            for (int slot = ChunkSlots.slotOf(PAGE_SIZE); slot <= slots.freeSlot() && wanted > 0; slot++) {
                wanted = populateIn(slot, wanted);
            }
            if (wanted == 0 || !chunks.create(GFP)) {
                return;
            }
            wanted = pagesWanted();
        }
    }

    private int pagesWanted() {
        chunks.lock().lock();
        try {
            return Math.clamp(Balance.PAGES_EMPTY_HIGH - slots.pagesEmpty(), 0, Balance.PAGES_EMPTY_HIGH);
        } finally {
            chunks.lock().unlock();
        }
    }

    /** Populates pages of the first chunk of a slot that has room for it. Returns how many are still wanted. */
    private int populateIn(int slot, int pages) {
        PcpuChunk chunk = firstWithHoles(slot);
        if (chunk == null) {
            return pages;
        }
        int wanted = pages;
        int hole = chunk.populated().nextClear(0, chunk.pages()); // only holders of the mutex change it
        while (hole < chunk.pages() && wanted > 0) {
            int end = Math.min(chunk.populated().nextSet(hole, chunk.pages()), hole + wanted);
            if (!chunks.populate(chunk, hole, end, GFP)) {
                return 0;
            }
            wanted -= end - hole;
            hole = chunk.populated().nextClear(end, chunk.pages());
        }
        return wanted;
    }

    private @Nullable PcpuChunk firstWithHoles(int slot) {
        chunks.lock().lock();
        try {
            PcpuChunk chunk = slots.first(slot);
            while (chunk != null && chunk.pagesPopulated() == chunk.pages()) {
                chunk = chunk.next;
            }
            if (chunk != null) {
                slots.reintegrate(chunk);
            }
            return chunk;
        } finally {
            chunks.lock().unlock();
        }
    }
}
