package org.mm4j.kernel.reclaim;

import org.jspecify.annotations.Nullable;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * What some shrinkers did in one run of reclaim, and what they were to spare.
 *
 * <p>For one thread. In Linux 6.18: {@code struct scan_control}.
 */
final class Freed {
    private final CgroupScan cgroups;
    private long objects;
    private long scanned;
    private long pages;

    /** Nothing yet, as the machine lacks memory. */
    Freed() {
        this(null);
    }

    /** Nothing yet, as a group is at its limit; null: as the machine lacks memory. */
    Freed(@Nullable MemoryCgroup target) {
        cgroups = new CgroupScan(target);
    }

    CgroupScan cgroups() {
        return cgroups;
    }

    void add(long objectsFreed, long objectsScanned, long pagesFreed) {
        objects += Math.max(0, objectsFreed);
        scanned += objectsScanned;
        pages += Math.max(0, pagesFreed);
    }

    long objects() {
        return objects;
    }

    long scanned() {
        return scanned;
    }

    long pages() {
        return pages;
    }
}
