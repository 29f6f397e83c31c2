package org.mm4j.percpu;

import org.jspecify.annotations.Nullable;

/**
 * Gives pages back of the chunks to be depopulated, which no request reaches. Such a chunk is sidelined then; it is one
 * like all others again when it has become free, or when empty pages are few elsewhere. Needs the mutex.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_reclaim_populated().
 */
final class Depopulation {
    private final Chunks chunks;
    private final ChunkSlots slots;

    Depopulation(Chunks chunks) {
        this.chunks = chunks;
        slots = chunks.slots();
    }

    /** Goes through all chunks to be depopulated. */
    void run() {
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
                if (slots.pagesEmpty() < Balance.PAGES_EMPTY_HIGH) {
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
}
