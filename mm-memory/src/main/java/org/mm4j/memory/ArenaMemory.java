package org.mm4j.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.mm4j.api.PageFrame;

/**
 * Physical memory in one allocation of an arena: works on any host and needs no native access.
 *
 * <p>The JDK zeroes the whole at once, so all of it is committed from the start, and stays committed until it is
 * closed: a hole is only zeroed. The size counts against {@code -XX:MaxDirectMemorySize}, which is by default the
 * largest size of the Java heap.
 *
 * <p>In Linux 6.18: none; it stands in for {@link MemfdMemory}.
 */
final class ArenaMemory extends MappedMemory {
    private ArenaMemory(Arena arena, MemorySegment map) {
        super(arena, map);
    }

    /**
     * Allocates the memory; all or nothing. Costs the zeroing of all its bytes.
     *
     * @throws HostMemoryException when the JDK refuses
     */
    static ArenaMemory reserve(long bytes) {
        Arena arena = Arena.ofShared();
        try {
            return new ArenaMemory(arena, arena.allocate(bytes, PageFrame.PAGE_SIZE));
        } catch (OutOfMemoryError e) {
            arena.close();
            throw new HostMemoryException(
                    "an arena of " + bytes + " bytes was refused, see -XX:MaxDirectMemorySize: " + e.getMessage(), e);
        }
    }

    @Override
    public String kind() {
        return "arena";
    }

    @Override
    boolean giveBack(long offset, long bytes) {
        fill(offset, bytes);
        return false;
    }

    @Override
    boolean advise(long offset, long bytes) {
        return false;
    }

    @Override
    long committed() {
        return bytes();
    }

    @Override
    long returned() {
        return 0;
    }
}
