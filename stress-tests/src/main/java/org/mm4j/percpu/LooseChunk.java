package org.mm4j.percpu;

import org.mm4j.api.PerCpuAllocator;

/** Takes as the shipped allocator does, and forgets its lock; dawdles between finding and taking. */
final class LooseChunk extends OneChunk {
    private static final int BITS = BYTES / ChunkMap.BYTES_PER_BIT;

    @Override
    long take() {
        try {
            PcpuChunk chunk = chunks.first();
            int bit = chunk.map().find(BITS, BITS, chunk.populated());
            if (bit == ChunkMap.NONE) {
                return PerCpuAllocator.NONE;
            }
            Thread.onSpinWait();
            chunks.take(chunk, bit, bit + BITS);
            return chunk.handle(bit);
        } catch (IndexOutOfBoundsException torn) {
            return PerCpuAllocator.NONE; // a hint that somebody else broke
        }
    }
}
