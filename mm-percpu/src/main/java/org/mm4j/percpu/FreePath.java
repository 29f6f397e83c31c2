package org.mm4j.percpu;

import org.mm4j.api.PerCpuAllocator;

/**
 * How areas are given back, and how what is no area is refused.
 *
 * <p>In Linux 6.18: mm/percpu.c, free_percpu(), pcpu_should_reclaim_chunk(). Differs: a handle where no area ever began
 * is refused; the kernel gives back what follows it.
 */
final class FreePath {
    private final Chunks chunks;
    private final Balance balance;

    FreePath(Chunks chunks, Balance balance) {
        this.chunks = chunks;
        this.balance = balance;
    }

    void free(long handle) {
        if (handle == PerCpuAllocator.NONE) {
            return;
        }
        boolean isGiven;
        chunks.lock().lock();
        try {
            chunks.checkOpen();
            isGiven = giveBack(handle);
        } finally {
            chunks.lock().unlock();
        }
        if (isGiven) {
            balance.runIfWanted();
        } else {
            chunks.config()
                    .log()
                    .warnOnce("free_percpu", "percpu: " + PcpuHandle.format(handle) + " is given back already");
        }
    }

    /** False when it is given back already. */
    private boolean giveBack(long handle) {
        PcpuChunk chunk = chunks.table().find(handle);
        if (chunk == null) {
            if (!chunks.table().wasThere(handle)) {
                throw refused(handle, "is in no chunk");
            }
            return false;
        }
        int bit = chunk.bit(handle);
        ChunkMap map = chunk.map();
        if (bit < map.firstBit() || bit >= map.endBit()) {
            throw refused(handle, "is outside of the part of its chunk that is handed out");
        }
        if (!map.isTaken(bit)) {
            return false;
        }
        if (!map.isAllocation(bit) || !PcpuChunk.isAtBit(handle)) {
            long start = chunk.handle(map.allocationStart(bit));
            throw refused(
                    handle, "lies " + (handle - start) + " bytes behind the start of " + PcpuHandle.format(start));
        }
        chunks.give(chunk, bit, map.allocationEnd(bit));
        chunks.config().trace().percpuFreePercpu(PcpuHandle.base(handle), bit * ChunkMap.BYTES_PER_BIT, handle);
        wantBalance(chunk);
        return true;
    }

    /** A second free chunk, or one with many empty pages, is a reason to balance. */
    private void wantBalance(PcpuChunk chunk) {
        ChunkSlots slots = chunks.slots();
        if (!chunk.isIsolated() && chunk.isFree()) {
            PcpuChunk first = slots.first(slots.freeSlot());
            if (first != chunk || chunk.next != null) {
                balance.want();
            }
        } else if (isWorthDepopulating(chunk, slots.pagesEmpty())) {
            slots.isolate(chunk);
            balance.want();
        }
    }

    private static boolean isWorthDepopulating(PcpuChunk chunk, int pagesEmpty) {
        if (chunk.kind() != PcpuChunk.Kind.ORDINARY) {
            return false;
        }
        if (chunk.isIsolated()) {
            return chunk.pagesEmpty() > 0;
        }
        return pagesEmpty > Balance.PAGES_EMPTY_HIGH + chunk.pagesEmpty() && chunk.pagesEmpty() >= chunk.pages() / 4;
    }

    private static IllegalArgumentException refused(long handle, String why) {
        return new IllegalArgumentException("percpu handle " + PcpuHandle.format(handle) + " is refused: it " + why);
    }
}
