package org.mm4j.lab.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.ZoneSnapshot;

/** Sums over the zones of a kernel. */
public final class FreeMemory {
    private FreeMemory() {}

    /** Pages that are free, whether in free lists or in per-CPU caches. */
    public static long pages(List<NodeSnapshot> nodes) {
        return sum(nodes, ZoneSnapshot::pagesFree) + pagesCached(nodes);
    }

    /** Free pages in per-CPU caches. */
    public static long pagesCached(List<NodeSnapshot> nodes) {
        return sum(
                nodes,
                zone -> zone.pageSets().stream()
                        .mapToLong(PageSetSnapshot::count)
                        .sum());
    }

    /** Pages that the allocator hands out. */
    public static long pagesManaged(List<NodeSnapshot> nodes) {
        return sum(nodes, ZoneSnapshot::pagesManaged);
    }

    /** Free pages in blocks of order 0, 1, …, 10. */
    public static List<Long> pagesByOrder(List<NodeSnapshot> nodes) {
        List<Long> pages = new ArrayList<>();
        for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
            int each = order;
            pages.add(sum(nodes, zone -> zone.freeBlocks().blocks(each) << each));
        }
        return pages;
    }

    private static long sum(List<NodeSnapshot> nodes, ToLongFunction<ZoneSnapshot> value) {
        return nodes.stream()
                .flatMap(node -> node.zones().stream())
                .mapToLong(value)
                .sum();
    }
}
