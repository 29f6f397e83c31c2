package org.mm4j.kernel;

import static org.mm4j.api.PageFrame.NR_PAGE_ORDERS;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.ZoneSnapshot;

/**
 * The text of /proc/pagetypeinfo: the free blocks of each order and migrate type, and the pageblocks of each type.
 *
 * <p>In Linux 6.18: mm/vmstat.c, pagetypeinfo_show(). Differs: the kernel has the type CMA or has it not, as it was
 * built; here it is shown when a pageblock or a free block of any zone has it.
 */
public final class PageTypeInfoText {
    /** The kernel counts no further, as it holds the zone lock; what it cut has a {@code >} in front. */
    private static final long COUNTED_MAX = 100_000;

    private final StringBuilder text = new StringBuilder();
    private final Formatter out = new Formatter(text, Locale.ROOT);
    private final List<MigrateType> types;

    private PageTypeInfoText(List<NodeSnapshot> nodes) {
        boolean hasCma = nodes.stream().flatMap(PageTypeInfoText::populated).anyMatch(PageTypeInfoText::hasCma);
        types = Stream.of(MigrateType.values())
                .filter(type -> hasCma || type != MigrateType.CMA)
                .toList();
    }

    /** Two tables, with the page block size above them, for each node that has memory. */
    public static String of(List<NodeSnapshot> nodes) {
        PageTypeInfoText info = new PageTypeInfoText(nodes);
        nodes.stream().filter(node -> populated(node).findAny().isPresent()).forEach(info::node);
        return info.text.toString();
    }

    private static Stream<ZoneSnapshot> populated(NodeSnapshot node) {
        return node.zones().stream().filter(ZoneSnapshot::isPopulated);
    }

    private static boolean hasCma(ZoneSnapshot zone) {
        boolean isFree = false;
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            isFree |= zone.freeBlocks().blocks(order, MigrateType.CMA) > 0;
        }
        return isFree || zone.pageblocks().get(MigrateType.CMA.ordinal()) > 0;
    }

    private void node(NodeSnapshot node) {
        out.format("Page block order: %d\n", PAGEBLOCK_ORDER);
        out.format("Pages per block:  %d\n\n", PAGEBLOCK_NR_PAGES);
        out.format("%-43s ", "Free pages count per migrate type at order");
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            out.format("%6d ", order);
        }
        text.append('\n');
        populated(node).forEach(zone -> types.forEach(type -> freeBlocks(zone, type)));
        out.format("\n%-23s", "Number of blocks type ");
        types.forEach(type -> out.format("%12s ", type.kernelName()));
        text.append('\n');
        populated(node).forEach(this::pageblocks);
    }

    private void freeBlocks(ZoneSnapshot zone, MigrateType type) {
        out.format("Node %4d, zone %8s, type %12s ", zone.nid(), zone.type().kernelName(), type.kernelName());
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            long blocks = zone.freeBlocks().blocks(order, type);
            out.format("%s%6d ", blocks < COUNTED_MAX ? "" : ">", Math.min(blocks, COUNTED_MAX));
        }
        text.append('\n');
    }

    private void pageblocks(ZoneSnapshot zone) {
        out.format("Node %d, zone %8s ", zone.nid(), zone.type().kernelName());
        types.forEach(type -> out.format("%12d ", zone.pageblocks().get(type.ordinal())));
        text.append('\n');
    }
}
