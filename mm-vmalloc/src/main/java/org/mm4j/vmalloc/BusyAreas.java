package org.mm4j.vmalloc;

import static org.mm4j.vmalloc.RangeTree.NIL;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * The areas in use of a {@link VmapNode}, in the order of their addresses, behind a lock of their own. All operations are
 * O(log n).
 *
 * <p>Those that are not published are there, so that their addresses are known to be taken, but nobody finds them. What lies
 * at an address, {@link AreaIndex} tells.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, vmap_node-&gt;busy, __find_vmap_area_exceed_addr(), unlink_va().
 */
final class BusyAreas {
    private final SpinLock lock = new SpinLock(LockRank.VMAP_BUSY);
    private final RangeTree tree = new RangeTree();

    /** By the ids of the tree. */
    private @Nullable VmapArea[] areas = new VmapArea[tree.capacity() + 1];

    /** Keeps areas from being added and unlinked until {@link #unlock}. */
    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    /**
     * Adds an area.
     *
     * @throws OutOfMemoryError when there is no room for it; then nothing has changed
     */
    void add(VmapArea area) {
        lock.lock();
        try {
            tree.reserve(tree.count() + 1);
            if (areas.length <= tree.capacity()) {
                areas = Arrays.copyOf(areas, tree.capacity() + 1);
            }
            areas[tree.add(area.start(), area.end())] = area;
        } finally {
            lock.unlock();
        }
    }

    /** The lowest published area that ends behind an address, or null. */
    @Nullable
    VmapArea next(long address) {
        lock.lock();
        try {
            return nextLocked(address);
        } finally {
            lock.unlock();
        }
    }

    /** The same, under the lock. */
    @Nullable
    VmapArea nextLocked(long address) {
        VmapArea area = at(tree.floor(address));
        if (area == null || area.end() <= address) {
            area = at(tree.ceiling(address));
        }
        while (area != null && !area.isPublished()) {
            area = at(tree.ceiling(area.end()));
        }
        return area;
    }

    /** Takes out an area, published or not; false when it is not in use any more. */
    boolean unlink(VmapArea area) {
        lock.lock();
        try {
            if (!area.toUnlinked()) {
                return false;
            }
            int id = tree.floor(area.start());
            assert at(id) == area : area + " is not where it belongs";
            remove(id);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void remove(int id) {
        tree.remove(id);
        areas[id] = null;
    }

    private @Nullable VmapArea at(int id) {
        return id == NIL ? null : areas[id];
    }

    RangeTree tree() {
        return tree;
    }

    /** Calls for each area, also for those that are not published, from the lowest address on; under the lock. */
    void forEach(Consumer<VmapArea> visitor) {
        lock.lock();
        try {
            int id = tree.ceiling(Long.MIN_VALUE);
            while (id != NIL) {
                VmapArea area = areas[id];
                assert area != null;
                visitor.accept(area);
                id = tree.ceiling(tree.end(id));
            }
        } finally {
            lock.unlock();
        }
    }

    /** What is broken, one sentence each. */
    List<String> validate() {
        lock.lock();
        try {
            return new RangeTreeCheck(tree).findings();
        } finally {
            lock.unlock();
        }
    }
}
