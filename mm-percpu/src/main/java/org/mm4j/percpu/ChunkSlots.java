package org.mm4j.percpu;

import static org.mm4j.percpu.PcpuChunk.NO_SLOT;

import org.jspecify.annotations.Nullable;

/**
 * The chunks by how much fits into them, and how many empty pages there are to serve requests that cannot wait. Guarded
 * by the lock of {@link Chunks}.
 *
 * <pre>
 *   slot 0      nothing fits, or little and a request failed
 *        1 …    by contig bytes: 4 to 15, 16 to 31, 32 to 63, …                    a search goes
 *   sidelined   pages were taken from it; used when nothing else fits                  |
 *   free        nothing is allocated in it                                             v
 *   to depopulate   pages are about to be taken from it: out of reach for requests
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>S1: a chunk that is not isolated is in the slot of its contig bytes, or in slot 0 if that is a low one,
 * <li>S2: an isolated chunk is sidelined or to be depopulated,
 * <li>S3: the reserved chunk is in no slot,
 * <li>S4: {@code pagesEmpty} is the sum over all chunks in slots that are not isolated, and over those on their way out.
 * </ul>
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_size_to_slot(), pcpu_chunk_relocate(), pcpu_isolate_chunk(),
 * pcpu_reintegrate_chunk(). Differs: a first chunk that is free as a whole unit is kept with those that are not.
 */
final class ChunkSlots {
    private static final int BASE_SHIFT = 5;
    private static final int FAIL_THRESHOLD = 3;

    private final int unitBytes;
    private final int sidelinedSlot;
    private final ChunkList[] lists;
    private int pagesEmpty;

    /** No chunks, whose units will have that many bytes. */
    ChunkSlots(int unitBytes) {
        this.unitBytes = unitBytes;
        sidelinedSlot = slotOf(unitBytes) + 1;
        lists = new ChunkList[sidelinedSlot + 3];
        for (int slot = 0; slot < lists.length; slot++) {
            lists[slot] = new ChunkList();
        }
    }

    /** The slot of chunks that have a free run of so many bytes, and where the search for such begins. */
    static int slotOf(int bytes) {
        int highestBit = Integer.SIZE - Integer.numberOfLeadingZeros(bytes);
        return Math.max(highestBit - BASE_SHIFT + 2, 1);
    }

    int sidelinedSlot() {
        return sidelinedSlot;
    }

    int freeSlot() {
        return sidelinedSlot + 1;
    }

    int toDepopulateSlot() {
        return sidelinedSlot + 2;
    }

    int count() {
        return lists.length;
    }

    /** The slot that a chunk belongs into by what fits. */
    int slotOf(PcpuChunk chunk) {
        int bytes = chunk.bytesContig();
        if (bytes == 0) {
            return 0;
        }
        return bytes == unitBytes && chunk.isFree() ? freeSlot() : slotOf(bytes);
    }

    /** The first chunk of a slot; the others follow by {@code next}. */
    @Nullable
    PcpuChunk first(int slot) {
        return lists[slot].first();
    }

    int pagesEmpty() {
        return pagesEmpty;
    }

    /** A chunk's empty pages have become so many more. */
    void addEmptyPages(PcpuChunk chunk, int pages) {
        if (chunk.kind() != PcpuChunk.Kind.RESERVED && !chunk.isIsolated()) {
            pagesEmpty += pages;
        }
    }

    /** A new chunk. */
    void add(PcpuChunk chunk) {
        addEmptyPages(chunk, chunk.pagesEmpty());
        move(chunk, slotOf(chunk), true);
    }

    /** A chunk goes out of reach; its empty pages are still counted. */
    void remove(PcpuChunk chunk) {
        lists[chunk.slot].remove(chunk);
        chunk.slot = NO_SLOT;
    }

    /** A chunk that went out of reach stays after all. */
    void restore(PcpuChunk chunk) {
        move(chunk, slotOf(chunk), false);
    }

    /** What fits has changed: up goes to the front, down to the end. */
    void relocate(PcpuChunk chunk, int oldSlot) {
        int slot = slotOf(chunk);
        if (slot != oldSlot && !chunk.isIsolated()) {
            move(chunk, slot, oldSlot < slot);
        }
    }

    /** A request failed although the chunk's slot promised room: with a low slot it is not asked again. */
    void searchFailed(PcpuChunk chunk) {
        if (chunk.slot < FAIL_THRESHOLD) {
            move(chunk, 0, true);
        }
    }

    /** Whether a chunk in slot 0 would belong into {@code slot}, but for requests that failed. */
    static boolean canFailFrom(int slot) {
        return slot < FAIL_THRESHOLD;
    }

    /** A chunk goes out of reach, so that its pages can be taken. */
    void isolate(PcpuChunk chunk) {
        if (!chunk.isIsolated()) {
            pagesEmpty -= chunk.pagesEmpty();
            chunk.setIsolated(true);
        }
        move(chunk, toDepopulateSlot(), true);
    }

    /** An isolated chunk is one like all others again. */
    void reintegrate(PcpuChunk chunk) {
        if (chunk.isIsolated()) {
            chunk.setIsolated(false);
            pagesEmpty += chunk.pagesEmpty();
            move(chunk, slotOf(chunk), true);
        }
    }

    /** An isolated chunk is kept for when nothing else fits. */
    void sideline(PcpuChunk chunk) {
        move(chunk, sidelinedSlot, false);
    }

    private void move(PcpuChunk chunk, int slot, boolean toFront) {
        if (chunk.kind() == PcpuChunk.Kind.RESERVED) {
            return;
        }
        if (chunk.slot != NO_SLOT) {
            lists[chunk.slot].remove(chunk);
        }
        chunk.slot = slot;
        if (toFront) {
            lists[slot].addFirst(chunk);
        } else {
            lists[slot].addLast(chunk);
        }
    }
}
