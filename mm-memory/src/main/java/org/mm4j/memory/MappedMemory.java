package org.mm4j.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/**
 * A physical memory with a direct map whose life is that of an arena. What both back ends share: the bounds, the
 * zeroing and the end.
 *
 * <p>Any thread may call anything. Zeroing takes no lock and, once compiled, allocates no Java objects; the
 * calls that ask the host take a shared lock, and only closing waits for them.
 *
 * <p>In Linux 6.18: clear_page(), and the bounds of pfn_valid().
 */
abstract sealed class MappedMemory implements PhysicalMemory permits MemfdMemory, ArenaMemory {
    /*
     * State
     *
     *            close()
     *   OPEN -------------> CLOSED          OPEN is: the arena is alive. There is no second flag to disagree with it.
     *    |  ^
     *    `--'  close() while somebody else's native call or channel holds the arena: refused, nothing changed
     *
     * Invariants
     *   I1  while OPEN, the whole map is mapped; once CLOSED, no byte is reached through the segment. The JDK keeps
     *       this: an access and the arena's end exclude each other, but for what SegmentScopes says.
     *   I2  a back end's native call, which knows only numbers (an address, a file descriptor), runs while OPEN.
     *       After the end the same numbers may belong to someone else. Kept by `ends`: such calls hold it shared,
     *       close() holds it alone.
     *   I3  there are address reserves only while OPEN: close() is refused while there is one.
     */

    /** Bytes zeroed at a stretch: the JVM cannot stop for a garbage collection within one. */
    private static final long STRETCH_BYTES = 2L << 20;

    /** Fair, so that closing waits for the calls that run already and for no others. */
    private final ReentrantReadWriteLock ends = new ReentrantReadWriteLock(true);

    private final AtomicInteger reserves = new AtomicInteger();
    private final Arena arena;
    private final MemorySegment map;

    /** A memory whose {@code map} lives and dies with {@code arena}, a shared one. */
    MappedMemory(Arena arena, MemorySegment map) {
        assert map.address() % PageFrame.PAGE_SIZE == 0;
        this.arena = arena;
        this.map = map;
    }

    /** Gives whole pages back. Runs while open, on a checked range, which may be empty. */
    abstract boolean giveBack(long offset, long bytes);

    /** Advises huge pages. Runs while open, on a checked range, which may be empty. */
    abstract boolean advise(long offset, long bytes);

    /** Bytes committed. Runs while open. */
    abstract long committed();

    /** Bytes given back and not committed again. Runs while open. */
    abstract long returned();

    @Override
    public final long bytes() {
        return map.byteSize();
    }

    @Override
    public final MemorySegment directMap() {
        checkOpen();
        return map;
    }

    @Override
    public final long directMapAddress() {
        checkOpen();
        return map.address();
    }

    @Override
    public final void zero(long offset, long bytes) {
        checkOpen();
        checkRange(offset, bytes);
        try {
            fill(offset, bytes);
        } catch (IllegalStateException e) { // closed since the check: the JDK refused the access
            throw closed(e);
        }
    }

    @Override
    public final boolean punchHole(long offset, long bytes) {
        checkPages(offset, bytes);
        ends.readLock().lock();
        try {
            checkOpen();
            return giveBack(offset, bytes);
        } finally {
            ends.readLock().unlock();
        }
    }

    @Override
    public final boolean adviseHugePages(long offset, long bytes) {
        checkPages(offset, bytes);
        ends.readLock().lock();
        try {
            checkOpen();
            return advise(offset, bytes);
        } finally {
            ends.readLock().unlock();
        }
    }

    @Override
    public final long bytesCommitted() {
        ends.readLock().lock();
        try {
            checkOpen();
            return committed();
        } finally {
            ends.readLock().unlock();
        }
    }

    @Override
    public final long bytesReturned() {
        ends.readLock().lock();
        try {
            checkOpen();
            return returned();
        } finally {
            ends.readLock().unlock();
        }
    }

    /** Runs a native call while the memory is open. */
    final void whileOpen(Runnable call) {
        ends.readLock().lock();
        try {
            checkOpen();
            call.run();
        } finally {
            ends.readLock().unlock();
        }
    }

    /** There is one more address reserve, which ends before the memory does. */
    final void addReserve() {
        whileOpen(reserves::incrementAndGet);
    }

    final void removeReserve() {
        reserves.decrementAndGet();
    }

    @Override
    public final void close() {
        ends.writeLock().lock();
        try {
            if (isOpen()) {
                checkReserves();
                end();
            }
        } finally {
            ends.writeLock().unlock();
        }
    }

    private void end() {
        try {
            arena.close();
        } catch (IllegalStateException e) {
            throw isOpen() ? inUse(e) : e;
        }
    }

    /** Zeroes without asking. */
    final void fill(long offset, long bytes) {
        long end = offset + bytes;
        for (long at = offset; at < end; at += STRETCH_BYTES) {
            map.asSlice(at, Math.min(STRETCH_BYTES, end - at)).fill((byte) 0);
        }
    }

    private boolean isOpen() {
        return map.scope().isAlive();
    }

    private void checkReserves() {
        int open = reserves.get();
        if (open > 0) {
            throw new IllegalStateException(
                    "the memory cannot close while " + open + " address reserves of it are open");
        }
    }

    private void checkOpen() {
        if (!isOpen()) {
            throw closed(null);
        }
    }

    private void checkRange(long offset, long bytes) {
        if (offset < 0 || bytes < 0 || offset > bytes() - bytes) {
            throw new IndexOutOfBoundsException("the range of " + bytes + " bytes from offset " + offset
                    + " is not within the memory of " + bytes() + " bytes");
        }
    }

    private void checkPages(long offset, long bytes) {
        checkRange(offset, bytes);
        if ((offset | bytes) % PageFrame.PAGE_SIZE != 0) {
            throw new IllegalArgumentException("the range of " + bytes + " bytes from offset " + offset
                    + " is not made of whole pages of " + PageFrame.PAGE_SIZE + " bytes");
        }
    }

    private static IllegalStateException closed(@Nullable Throwable cause) {
        return new IllegalStateException("the memory is closed", cause);
    }

    private static IllegalStateException inUse(Throwable cause) {
        return new IllegalStateException(
                "the memory cannot close while a native call or a channel uses a part of its direct map", cause);
    }
}
