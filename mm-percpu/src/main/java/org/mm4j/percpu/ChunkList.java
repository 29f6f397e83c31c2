package org.mm4j.percpu;

import org.jspecify.annotations.Nullable;

/**
 * A list of chunks, linked through the chunks themselves: one is taken out from the middle, and nothing is allocated.
 *
 * <p>In Linux 6.18: include/linux/list.h.
 */
final class ChunkList {
    private @Nullable PcpuChunk first;
    private @Nullable PcpuChunk last;

    @Nullable
    PcpuChunk first() {
        return first;
    }

    void addFirst(PcpuChunk chunk) {
        PcpuChunk second = first;
        chunk.previous = null;
        chunk.next = second;
        first = chunk;
        if (second == null) {
            last = chunk;
        } else {
            second.previous = chunk;
        }
    }

    void addLast(PcpuChunk chunk) {
        PcpuChunk secondLast = last;
        chunk.previous = secondLast;
        chunk.next = null;
        last = chunk;
        if (secondLast == null) {
            first = chunk;
        } else {
            secondLast.next = chunk;
        }
    }

    void remove(PcpuChunk chunk) {
        PcpuChunk before = chunk.previous;
        PcpuChunk after = chunk.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        chunk.previous = null;
        chunk.next = null;
    }
}
