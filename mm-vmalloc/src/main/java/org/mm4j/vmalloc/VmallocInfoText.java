package org.mm4j.vmalloc;

import java.util.List;
import org.mm4j.api.VirtualAreaSnapshot;

/**
 * The text of /proc/vmallocinfo.
 *
 * <p>Any thread may call it. In Linux 6.18: mm/vmalloc.c, vmalloc_info_show(). Differs: addresses are not hashed.
 */
public final class VmallocInfoText {
    private static final int SIZE_WIDTH = 7;

    private VmallocInfoText() {}

    /** The text of snapshots, a line each. */
    public static String of(List<VirtualAreaSnapshot> areas) {
        StringBuilder text = new StringBuilder();
        areas.forEach(area -> line(text, area));
        return text.toString();
    }

    private static void line(StringBuilder text, VirtualAreaSnapshot area) {
        String size = Long.toString(area.bytes());
        text.append(address(area.address())).append('-').append(address(area.address() + area.bytes()));
        text.append(' ')
                .append(" ".repeat(Math.max(SIZE_WIDTH - size.length(), 0)))
                .append(size);
        if (!area.caller().isEmpty()) {
            text.append(' ').append(area.caller());
        }
        if (area.pages() > 0) {
            text.append(" pages=").append(area.pages());
        }
        area.words().forEach(word -> text.append(' ').append(word));
        for (int nid = 0; nid < area.pagesByNode().size(); nid++) {
            if (area.pagesByNode().get(nid) > 0) {
                text.append(" N")
                        .append(nid)
                        .append('=')
                        .append(area.pagesByNode().get(nid));
            }
        }
        text.append('\n');
    }

    private static String address(long address) {
        String digits = Long.toHexString(address);
        return "0x" + "0".repeat(16 - digits.length()) + digits;
    }
}
