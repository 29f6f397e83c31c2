package org.mm4j.lab.replay;

import java.util.List;
import java.util.Locale;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;

/**
 * The free blocks of each order, as text.
 *
 * <p>In Linux 6.18: mm/vmstat.c, frag_show_print(), /proc/buddyinfo.
 */
public final class BuddyInfo {
    private BuddyInfo() {}

    /** A line for each populated zone; like the kernel's, it ends in a blank and a line feed. */
    public static String format(List<NodeSnapshot> nodes) {
        StringBuilder text = new StringBuilder();
        for (NodeSnapshot node : nodes) {
            node.zones().stream().filter(ZoneSnapshot::isPopulated).forEach(zone -> append(text, zone));
        }
        return text.toString();
    }

    private static void append(StringBuilder text, ZoneSnapshot zone) {
        text.append(String.format(
                Locale.ROOT, "Node %d, zone %8s ", zone.nid(), zone.type().kernelName()));
        for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
            text.append(String.format(Locale.ROOT, "%6d ", zone.freeBlocks().blocks(order)));
        }
        text.append('\n');
    }
}
