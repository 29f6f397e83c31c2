package org.mm4j.vmalloc;

import java.util.function.Consumer;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * The areas of a {@link VmapNode} that are freed, but may still be seen by a CPU that has not been told: nobody gets their
 * addresses before the next purge. Behind a lock of their own; nothing here allocates memory.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, vmap_node-&gt;lazy. Differs: a list, which a purge sorts where it needs to; the kernel
 * keeps a tree.
 */
final class LazyAreas {
    private final SpinLock lock = new SpinLock(LockRank.VMAP_LAZY);
    private final AreaList areas = new AreaList();

    void add(VmapArea area) {
        lock.lock();
        try {
            areas.addLast(area);
        } finally {
            lock.unlock();
        }
    }

    /** Moves all of them to the end of a list. */
    void moveTo(AreaList to) {
        lock.lock();
        try {
            to.takeAll(areas);
        } finally {
            lock.unlock();
        }
    }

    /** Takes all of a list. */
    void takeBack(AreaList from) {
        lock.lock();
        try {
            areas.takeAll(from);
        } finally {
            lock.unlock();
        }
    }

    /** Calls for each area, under the lock. */
    void forEach(Consumer<VmapArea> visitor) {
        lock.lock();
        try {
            areas.forEach(visitor);
        } finally {
            lock.unlock();
        }
    }
}
