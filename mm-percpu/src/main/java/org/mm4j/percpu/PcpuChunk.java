package org.mm4j.percpu;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.percpu.ChunkMap.BYTES_PER_BIT;

import org.jspecify.annotations.Nullable;

/**
 * A chunk: one unit for each CPU, all of them divided alike by one map.
 *
 * <pre>
 *            startByte                       0         an ordinary chunk: its map covers whole units
 *   unit 0   |--map---------------|          |--map-----------------------------------|
 *   unit 1   |--map---------------|          |--map-----------------------------------|
 *            first or reserved chunk
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>C1: an allocation lies in populated pages once it is handed out,
 * <li>C2: while the mutex is free, {@code pagesEmpty} is how many pages are populated and empty. A request counts its
 * pages as not empty before it populates them.
 * </ul>
 *
 * <p>All fields that change are guarded by the lock of {@link Chunks}. In Linux 6.18: mm/percpu-internal.h, struct
 * pcpu_chunk.
 */
final class PcpuChunk {
    /** What a chunk is for. Only an ordinary one goes away, or has pages that are not populated. */
    enum Kind {
        FIRST,
        RESERVED,
        ORDINARY
    }

    static final int NO_SLOT = -1;

    private final Kind kind;
    private final PercpuMemory.Units units;
    private final long base;
    private final int startByte;
    private final ChunkMap map;
    private final Bitmap populated;

    private int pagesPopulated;
    private int pagesEmpty;
    private boolean isIsolated;
    private int allocations;
    private int bytesAllocMax;

    /** The list that it is on, and its neighbours there; kept by {@link ChunkList} and {@link ChunkSlots}. */
    int slot = NO_SLOT;

    @Nullable
    PcpuChunk previous;

    @Nullable
    PcpuChunk next;

    private PcpuChunk(Kind kind, PercpuMemory.Units units, long base, int startByte, ChunkMap map) {
        this.kind = kind;
        this.units = units;
        this.base = base;
        this.startByte = startByte;
        this.map = map;
        populated = new Bitmap(pages());
    }

    /** A chunk of whole units, of which no page is populated. */
    static PcpuChunk ordinary(PercpuMemory.Units units, long base, int unitBytes) {
        int pages = unitBytes >>> PAGE_SHIFT;
        return new PcpuChunk(Kind.ORDINARY, units, base, 0, new ChunkMap(pages, 0, pages * BlockHints.BITS));
    }

    /** A chunk over the bytes from {@code from} to {@code end} − 1 of units whose pages are all populated. */
    static PcpuChunk populated(Kind kind, PercpuMemory.Units units, long base, int from, int end) {
        int startByte = from & -(1 << PAGE_SHIFT);
        int pages = (end - startByte + (1 << PAGE_SHIFT) - 1) >>> PAGE_SHIFT;
        ChunkMap map = new ChunkMap(pages, (from - startByte) / BYTES_PER_BIT, (end - startByte) / BYTES_PER_BIT);
        PcpuChunk chunk = new PcpuChunk(kind, units, base, startByte, map);
        chunk.populated.set(0, pages);
        chunk.pagesPopulated = pages;
        chunk.pagesEmpty = map.blocks().empty(0, map.bits());
        return chunk;
    }

    Kind kind() {
        return kind;
    }

    PercpuMemory.Units units() {
        return units;
    }

    long base() {
        return base;
    }

    ChunkMap map() {
        return map;
    }

    Bitmap populated() {
        return populated;
    }

    int pages() {
        return map.blocks().count();
    }

    int pagesPopulated() {
        return pagesPopulated;
    }

    int pagesEmpty() {
        return pagesEmpty;
    }

    int allocations() {
        return allocations;
    }

    int bytesAllocMax() {
        return bytesAllocMax;
    }

    int bytesFree() {
        return map.bitsFree() * BYTES_PER_BIT;
    }

    int bytesContig() {
        return map.hints().contig() * BYTES_PER_BIT;
    }

    boolean isIsolated() {
        return isIsolated;
    }

    void setIsolated(boolean next) {
        isIsolated = next;
    }

    /** Whether nothing in it is allocated, and it could go away for that. */
    boolean isFree() {
        return kind == Kind.ORDINARY && map.bitsFree() == map.bits();
    }

    /** The handle of a bit. */
    long handle(int bit) {
        return base + startByte + (long) bit * BYTES_PER_BIT;
    }

    /** The bit that a handle into this chunk names, rounded down; it may lie outside of the map. */
    int bit(long handle) {
        return Math.floorDiv(PcpuHandle.offset(handle) - startByte, BYTES_PER_BIT);
    }

    /** Whether a handle names the first of a bit's bytes. */
    static boolean isAtBit(long handle) {
        return handle % BYTES_PER_BIT == 0;
    }

    /** The page of a unit where the map begins. */
    int startPage() {
        return startByte >>> PAGE_SHIFT;
    }

    /** An area is taken. Returns by how much fewer pages are empty. */
    int take(int from, int end) {
        int emptied = map.blocks().empty(from, end);
        map.take(from, end);
        allocations++;
        bytesAllocMax = Math.max(bytesAllocMax, (end - from) * BYTES_PER_BIT);
        pagesEmpty -= emptied;
        return emptied;
    }

    /** An area is given back. Returns by how much more pages are empty. */
    int give(int from, int end) {
        map.give(from, end);
        allocations--;
        int emptied = map.blocks().empty(from, end);
        pagesEmpty += emptied;
        return emptied;
    }

    /** Pages are populated now. */
    void setPopulated(int from, int end) {
        populated.set(from, end);
        pagesPopulated += end - from;
        pagesEmpty += end - from;
    }

    /** Pages, empty ones, are not populated any more. */
    void setDepopulated(int from, int end) {
        populated.clear(from, end);
        pagesPopulated -= end - from;
        pagesEmpty -= end - from;
    }
}
