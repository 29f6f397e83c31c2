package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

import java.util.HashMap;
import java.util.Map;
import org.mm4j.api.MigrateType;

/** The types of all pageblocks of the naive allocator. */
final class NaivePageblocks {
    private final Map<Long, MigrateType> types = new HashMap<>();
    private final MigrateType first;

    NaivePageblocks(MigrateType first) {
        this.first = first;
    }

    MigrateType type(long pfn) {
        return types.getOrDefault(pfn / PAGEBLOCK_NR_PAGES, first);
    }

    /** Gives all pageblocks of a block, or the one that holds it, another type. */
    void set(long pfn, int order, MigrateType type) {
        for (long frame = pfn; frame < pfn + (1L << order); frame++) {
            types.put(frame / PAGEBLOCK_NR_PAGES, type);
        }
    }
}
