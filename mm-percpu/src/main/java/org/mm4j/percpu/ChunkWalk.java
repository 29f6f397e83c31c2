package org.mm4j.percpu;

import static org.mm4j.percpu.ChunkMap.BYTES_PER_BIT;

import java.util.Arrays;
import org.mm4j.api.PerCpuChunkSnapshot;
import org.mm4j.api.PerCpuChunkSnapshot.Place;

/**
 * The areas and the free runs between them, in a chunk up to its last area. Needs the lock of {@link Chunks}.
 *
 * <p>In Linux 6.18: mm/percpu-stats.c, chunk_map_stats(). Differs: an area at the very end of a chunk is counted in
 * full; the kernel leaves out its last 4 bytes, and an area of just those.
 */
final class ChunkWalk {
    private final PcpuChunk chunk;

    /** Sizes of areas in bytes, and of free runs as negative numbers; sorted, so that free runs come first. */
    private final int[] sizes;

    private int freeRuns;

    ChunkWalk(PcpuChunk chunk) {
        this.chunk = chunk;
        sizes = sizes(chunk);
        Arrays.sort(sizes);
        while (freeRuns < sizes.length && sizes[freeRuns] < 0) {
            freeRuns++;
        }
    }

    private static int[] sizes(PcpuChunk chunk) {
        ChunkMap map = chunk.map();
        int last = map.allocationsEnd();
        int[] sizes = new int[2 * chunk.allocations() + 1];
        int count = 0;
        for (int bit = map.firstBit(); bit < last; ) {
            boolean isArea = map.isTaken(bit);
            int end = isArea ? map.allocationEnd(bit) : map.runEnd(bit);
            sizes[count++] = (isArea ? end - bit : bit - end) * BYTES_PER_BIT;
            bit = end;
        }
        return Arrays.copyOf(sizes, count);
    }

    PerCpuChunkSnapshot snapshot(Place place) {
        int fragmented = 0;
        for (int index = 0; index < freeRuns; index++) {
            fragmented -= sizes[index];
        }
        int longest = freeRuns > 0 ? -sizes[0] : 0;
        return new PerCpuChunkSnapshot(
                place,
                chunk.allocations(),
                chunk.bytesAllocMax(),
                chunk.pagesEmpty(),
                chunk.map().hints().firstFree(),
                chunk.bytesFree(),
                chunk.bytesContig(),
                fragmented,
                longest,
                size(freeRuns),
                size((freeRuns + sizes.length - 1) / 2),
                size(sizes.length - 1));
    }

    private int size(int index) {
        return sizes.length == 0 ? 0 : sizes[index];
    }
}
