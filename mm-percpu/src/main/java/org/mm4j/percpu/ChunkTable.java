package org.mm4j.percpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The chunks by the index in their handles. Looking one up takes no lock; the other methods need the lock of {@link
 * Chunks}.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_chunk_addr_search(), which finds the chunk by the page.
 */
final class ChunkTable {
    /** Replaced as a whole. Empty places are null. */
    private volatile @Nullable PcpuChunk[] chunks = new PcpuChunk[0];

    /** The generation of the chunk at each index, or of the one that was there last. */
    private int[] generations = new int[0];

    /** The base of the next chunk, or 0 when there are as many as there can be. */
    long nextBase() {
        @Nullable PcpuChunk[] now = chunks;
        int index = 0;
        while (index < now.length && now[index] != null) {
            index++;
        }
        if (index == PcpuHandle.CHUNKS_MAX) {
            return 0;
        }
        int generation = index < generations.length ? generations[index] : 0;
        return PcpuHandle.baseOf(index, PcpuHandle.nextGeneration(generation));
    }

    /** Puts a chunk to the index of its base. */
    void put(PcpuChunk chunk) {
        int index = PcpuHandle.index(chunk.base());
        int length = Math.max(chunks.length, index + 1);
        generations = Arrays.copyOf(generations, length);
        generations[index] = (int) PcpuHandle.generation(chunk.base());
        @Nullable PcpuChunk[] next = Arrays.copyOf(chunks, length);
        next[index] = chunk;
        chunks = next;
    }

    /** Takes a chunk out. */
    void remove(PcpuChunk chunk) {
        @Nullable PcpuChunk[] next = chunks.clone();
        next[PcpuHandle.index(chunk.base())] = null;
        chunks = next;
    }

    /** Takes all chunks out, and returns them. */
    @Nullable
    PcpuChunk[] removeAll() {
        @Nullable PcpuChunk[] all = chunks;
        chunks = new PcpuChunk[0];
        return all;
    }

    /** The chunk that a handle points into; null when there is none. */
    @Nullable
    PcpuChunk find(long handle) {
        @Nullable PcpuChunk[] now = chunks;
        int index = PcpuHandle.index(handle);
        PcpuChunk chunk = index < now.length ? now[index] : null;
        return chunk != null && chunk.base() == PcpuHandle.base(handle) ? chunk : null;
    }

    /** Whether a handle may be of a chunk that is gone. */
    boolean wasThere(long handle) {
        int index = PcpuHandle.index(handle);
        long generation = PcpuHandle.generation(handle);
        return index < generations.length && generation > 0 && generation <= generations[index];
    }

    /** All of them, null where there is none. */
    @Nullable
    PcpuChunk[] all() {
        return chunks;
    }
}
