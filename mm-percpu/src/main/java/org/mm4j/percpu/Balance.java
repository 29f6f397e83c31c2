package org.mm4j.percpu;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;

/**
 * The work that keeps some empty pages populated, and not too many: free chunks but one are taken away, pages of chunks
 * to be depopulated are given back, and pages are populated for requests that cannot wait.
 *
 * <p>It is wanted by those who have just the lock, and done by whoever can take the mutex: by a worker, by the next
 * request that can wait, by the next free. Nothing wanted is lost: who finds the mutex taken leaves it to the holder,
 * who looks again behind its unlock.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_balance_workfn(). Differs: pages that are populated in a sidelined chunk make it
 * one like all others, since they would not be counted otherwise.
 */
final class Balance {
    /** So many empty populated pages are kept. PCPU_EMPTY_POP_PAGES_HIGH. */
    static final int PAGES_EMPTY_HIGH = 4;

    private static final int GFP = Gfp.GFP_KERNEL | Gfp.__GFP_NORETRY | Gfp.__GFP_NOWARN;

    private final Chunks chunks;
    private final ChunkSlots slots;
    private volatile boolean isWanted;
    private volatile boolean hasAtomicFailed;

    Balance(Chunks chunks) {
        this.chunks = chunks;
        slots = chunks.slots();
    }

    boolean isWanted() {
        return isWanted;
    }

    void want() {
        isWanted = true;
    }

    /** A request that cannot wait has failed: pages are populated however many are empty. */
    void wantAfterFailure() {
        hasAtomicFailed = true;
        isWanted = true;
    }

    /** Does the work if it is wanted and nobody has the mutex. */
    void runIfWanted() {
        while (isWanted
                && !chunks.mutex().isHeldByCurrentThread()
                && chunks.mutex().tryLock()) {
            try {
                if (isWanted) {
                    work();
                }
            } finally {
                chunks.mutex().unlock();
            }
        }
    }

    /** Does the work. */
    void run() {
        chunks.mutex().lock();
        try {
            work();
        } finally {
            chunks.mutex().unlock();
        }
        runIfWanted();
    }

    private void work() {
        isWanted = false;
        if (isClosed()) {
            return;
        }
        takeAwayFree(false);
        depopulate();
        populate();
        takeAwayFree(true);
    }

    private boolean isClosed() {
        chunks.lock().lock();
        try {
            return chunks.isClosed();
        } finally {
            chunks.lock().unlock();
        }
    }

    // Free chunks.

    /** Takes away all free chunks but the first on the list, or those of them that have no populated pages. */
    private void takeAwayFree(boolean onlyUnpopulated) {
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

    // Pages of chunks that are in use.

    private void depopulate() {
        PcpuChunk chunk = firstToDepopulate();
        while (chunk != null) {
            boolean isShort = depopulate(chunk);
            chunks.lock().lock();
            try {
                if (isShort || chunk.isFree()) {
                    slots.reintegrate(chunk);
                } else {
                    slots.sideline(chunk);
                }
            } finally {
                chunks.lock().unlock();
            }
            chunk = firstToDepopulate();
        }
    }

    private @Nullable PcpuChunk firstToDepopulate() {
        chunks.lock().lock();
        try {
            return slots.first(slots.toDepopulateSlot());
        } finally {
            chunks.lock().unlock();
        }
    }

    /** Gives back empty pages from the end on. Returns whether it stopped since there are too few elsewhere. */
    private boolean depopulate(PcpuChunk chunk) {
        int end = chunk.pages();
        while (end > 0) {
            int from;
            chunks.lock().lock();
            try {
                if (chunk.pagesEmpty() == 0) {
                    return false;
                }
                if (slots.pagesEmpty() < PAGES_EMPTY_HIGH) {
                    return true;
                }
                end = emptyEnd(chunk, end);
                from = emptyStart(chunk, end);
            } finally {
                chunks.lock().unlock();
            }
            if (from < end) {
                chunks.depopulate(chunk, from, end); // no request reaches the chunk, so its empty pages stay empty
            }
            end = from;
        }
        return false;
    }

    /** Behind the last page before {@code end} that is populated and empty; 0 when there is none. */
    private static int emptyEnd(PcpuChunk chunk, int end) {
        int page = end;
        while (page > 0 && !isEmpty(chunk, page - 1)) {
            page--;
        }
        return page;
    }

    private static int emptyStart(PcpuChunk chunk, int end) {
        int page = end;
        while (page > 0 && isEmpty(chunk, page - 1)) {
            page--;
        }
        return page;
    }

    private static boolean isEmpty(PcpuChunk chunk, int page) {
        return chunk.populated().get(page) && chunk.map().blocks().get(page).isEmpty();
    }

    // Empty pages for requests that cannot wait.

    private void populate() {
        int wanted;
        do {
            wanted = pagesWanted();
            for (int slot = ChunkSlots.slotOf(PAGE_SIZE); slot <= slots.freeSlot() && wanted > 0; slot++) {
                wanted = populateIn(slot, wanted);
            }
        } while (wanted > 0 && chunks.create(GFP));
    }

    private int pagesWanted() {
        if (hasAtomicFailed) {
            hasAtomicFailed = false;
            return PAGES_EMPTY_HIGH;
        }
        chunks.lock().lock();
        try {
            return Math.clamp(PAGES_EMPTY_HIGH - slots.pagesEmpty(), 0, PAGES_EMPTY_HIGH);
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
