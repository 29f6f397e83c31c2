package org.mm4j.kernel.arena;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AllocationFailure;

/**
 * A lifetime of memory of a kernel: what is allocated from it ends together, when it is closed.
 *
 * <pre>
 *               used by              close() costs                     a segment behind close()
 *   confined    the opener alone     some ten ns                       is refused at once
 *   shared      any thread           some ten ns, and of some           is refused when the scope that it shares with other
 *                                    hundred one 50 µs                 arenas has ended; until then its bytes are nobody's
 * </pre>
 *
 * <p>In no case does a segment of a closed arena reach memory that somebody else has: memory is used again only after the
 * JDK has ended all segments over it. With {@link ArenaOptions#CHECKED} shared arenas refuse at once too, at 50 µs each.
 * A native call that uses a segment keeps the whole scope until it returns. Large segments of a shared arena have a scope of their own, which ends with the arena.
 *
 * <p><b>Zeroes.</b> {@link #allocate} gives zeroes, as every {@link Arena} does; {@link #allocateUninitialized} gives what the
 * last owner left, and is for callers who write all bytes before they read any.
 *
 * <p>As with the JDK's arenas, every call on a closed arena, a second {@link #close()} too, throws {@link
 * IllegalStateException}, and calls of other threads on a confined one {@link WrongThreadException}. When there is no memory,
 * {@link AllocationFailure} is thrown.
 *
 * <p>In Linux 6.18: none; the nearest is drivers/base/devres.c.
 */
public abstract sealed class KernelArena implements Arena permits ConfinedArena, SharedArena {
    private final KernelArenas home;
    private final String label;
    private final @Nullable Throwable opener;

    KernelArena(KernelArenas home, String label) {
        this.home = home;
        this.label = label;
        opener = home.options().tracksOwners() ? new Throwable("opened here") : null;
    }

    /** Zeroed memory. */
    @Override
    public final MemorySegment allocate(long byteSize, long byteAlignment) {
        return allocateUninitialized(byteSize, byteAlignment).fill((byte) 0);
    }

    /**
     * Memory with whatever is in it.
     *
     * @param byteSize 0 or more
     * @param byteAlignment a power of two
     * @throws IllegalArgumentException when a number is out of its range
     */
    public final MemorySegment allocateUninitialized(long byteSize, long byteAlignment) {
        if (byteSize < 0) {
            throw new IllegalArgumentException("a segment has 0 bytes or more, not " + byteSize);
        }
        if (byteAlignment <= 0 || (byteAlignment & byteAlignment - 1) != 0) {
            throw new IllegalArgumentException("an alignment is a power of two, not " + byteAlignment);
        }
        MemorySegment piece = takeOrTrim(Math.max(byteSize, 1), byteAlignment);
        return byteSize == 0 ? piece.asSlice(0, 0) : piece;
    }

    /** If there is no memory, closed arenas give back theirs, and it is tried again. */
    private MemorySegment takeOrTrim(long bytes, long align) {
        try {
            return take(bytes, align);
        } catch (AllocationFailure e) {
            home.trim();
            return take(bytes, align);
        }
    }

    /** {@link #allocateUninitialized(long, long)} for one who does not care where it begins: at a multiple of 16. */
    public final MemorySegment allocateUninitialized(long byteSize) {
        return allocateUninitialized(byteSize, 16);
    }

    /**
     * At least 1 byte.
     *
     * @throws AllocationFailure when there is no memory
     */
    abstract MemorySegment take(long bytes, long align);

    /** What its opener called it. */
    public final String label() {
        return label;
    }

    /** Whether it can be allocated from. */
    public abstract boolean isOpen();

    /** Bytes that were asked of it so far. Exact for its opener if it is confined, else racy. */
    public abstract long bytesAllocated();

    /** Where it was opened, if that is remembered. */
    final @Nullable Throwable opener() {
        return opener;
    }

    /** What it is, for reports. */
    @Override
    public final String toString() {
        return "arena '" + label + "', " + kind() + ", " + bytesAllocated() + " bytes";
    }

    final KernelArenas home() {
        return home;
    }

    abstract String kind();

    /** Whether a chunk of its own begins from one address to another. Racy. */
    abstract boolean hasChunkWithin(long start, long end);
}
