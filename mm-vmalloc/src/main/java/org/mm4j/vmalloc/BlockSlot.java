package org.mm4j.vmalloc;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * The blocks of a CPU: those with free pages first, the oldest of them in front, and behind them those without.
 *
 * <p>One lock guards the list and the blocks on it, wherever they are freed from. In Linux 6.18: mm/vmalloc.c, struct
 * vmap_block_queue. Differs: no lock for each block, as there are as many slots as CPUs and a section is a few stores; full
 * blocks stay on the list, so that all are found without the table.
 */
final class BlockSlot {
    private final SpinLock lock = new SpinLock(LockRank.VMAP_BLOCKS);
    private @Nullable VmapBlock first;
    private @Nullable VmapBlock last;

    /** The last of those that have free pages. */
    private @Nullable VmapBlock lastOpen;

    BlockSlot() {}

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    @Nullable
    VmapBlock first() {
        return first;
    }

    /** Makes a mapping in the first block that has room, and returns its address, or NONE. */
    long take(int count) {
        VmapBlock block = first;
        while (block != null && block.pagesFree() > 0) {
            if (block.canTake(count)) {
                return takeFrom(block, count);
            }
            block = block.next;
        }
        return FreeRanges.NONE;
    }

    private long takeFrom(VmapBlock block, int count) {
        if (block.pagesFree() > VmapBlock.pagesTaken(count)) {
            return block.take(count);
        }
        remove(block);
        long address = block.take(count);
        insertBehind(last, block);
        return address;
    }

    /** Adds a block behind those with free pages. */
    void add(VmapBlock block) {
        insertBehind(lastOpen, block);
        if (block.pagesFree() > 0) {
            lastOpen = block;
        }
    }

    private void insertBehind(@Nullable VmapBlock before, VmapBlock block) {
        VmapBlock behind = before == null ? first : before.next;
        block.previous = before;
        block.next = behind;
        if (before == null) {
            first = block;
        } else {
            before.next = block;
        }
        if (behind == null) {
            last = block;
        } else {
            behind.previous = block;
        }
    }

    void remove(VmapBlock block) {
        VmapBlock before = block.previous;
        VmapBlock behind = block.next;
        if (lastOpen == block) {
            lastOpen = before;
        }
        if (before == null) {
            first = behind;
        } else {
            before.next = behind;
        }
        if (behind == null) {
            last = before;
        } else {
            behind.previous = before;
        }
        block.previous = null;
        block.next = null;
    }

    /** Takes out the blocks that are not worth keeping; returns the first of them, linked by {@code next}. */
    @Nullable
    VmapBlock removeFragmented(boolean isForced) {
        VmapBlock removed = null;
        VmapBlock block = first;
        while (block != null) {
            VmapBlock behind = block.next;
            if (block.isFragmented(isForced)) {
                remove(block);
                block.setDirty();
                block.next = removed;
                removed = block;
            }
            block = behind;
        }
        return removed;
    }
}
