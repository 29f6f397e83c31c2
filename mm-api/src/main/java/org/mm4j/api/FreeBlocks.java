package org.mm4j.api;

import java.util.Arrays;

/**
 * How many free blocks a zone has, by order and migrate type. Exact: counted under the zone lock. Immutable.
 *
 * <p>In Linux 6.18: {@code struct free_area}, /proc/buddyinfo and /proc/pagetypeinfo.
 */
public final class FreeBlocks {
    /** Row: order; column: migrate type. */
    private final long[] counts;

    /** A copy of counts at index {@code order · 6 + type}. */
    public FreeBlocks(long[] counts) {
        if (counts.length != PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT) {
            throw new IllegalArgumentException(
                    "a zone has " + PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT + " free lists, not " + counts.length);
        }
        this.counts = counts.clone();
    }

    /** Free blocks of one order and one type. */
    public long blocks(int order, MigrateType type) {
        return counts[order * MigrateType.COUNT + type.ordinal()];
    }

    /** Free blocks of one order, of all types. */
    public long blocks(int order) {
        long blocks = 0;
        for (int type = 0; type < MigrateType.COUNT; type++) {
            blocks += counts[order * MigrateType.COUNT + type];
        }
        return blocks;
    }

    /** Free pages, those of isolated blocks included. */
    public long pages() {
        long pages = 0;
        for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
            pages += blocks(order) << order;
        }
        return pages;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FreeBlocks that && Arrays.equals(counts, that.counts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(counts);
    }

    /** The blocks of orders 0 to 10, as in /proc/buddyinfo. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
            text.append(order == 0 ? "" : " ").append(blocks(order));
        }
        return text.toString();
    }
}
