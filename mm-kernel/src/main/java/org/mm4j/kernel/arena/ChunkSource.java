package org.mm4j.kernel.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Where arenas get their memory, chunk by chunk. Any thread may call it; no lock of the caller is a {@code
 * SpinLock}.
 *
 * <p>In Linux 6.18: nothing; arenas are the JDK's.
 */
public interface ChunkSource {
    /** No chunk. */
    long NONE = 0;

    /**
     * Takes a chunk, with whatever bytes are in it, aligned to the largest power of two that divides {@code bytes}, at most
     * 4096.
     *
     * @return its address, or {@link #NONE}
     */
    long take(long bytes);

    /** Gives a chunk back. Nobody can reach it any more. */
    void giveBack(long address);

    /**
     * The bytes of a chunk, to be reached as long as {@code scope} lives.
     *
     * @throws UnsupportedOperationException when they cannot be shown as one segment
     */
    MemorySegment segment(long address, long bytes, Arena scope);
}
