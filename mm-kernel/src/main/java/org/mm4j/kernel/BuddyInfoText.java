package org.mm4j.kernel;

import java.util.List;
import java.util.Locale;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;

/**
 * The text of /proc/buddyinfo: how many free blocks of each order a zone has.
 *
 * <p>In Linux 6.18: mm/vmstat.c, frag_show_print().
 */
public final class BuddyInfoText {
    private BuddyInfoText() {}

    /** A line for each populated zone; like the kernel's, it ends in a blank and a line feed. */
    public static String of(List<NodeSnapshot> nodes) {
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
