package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mm4j.api.PageFrame;

/**
 * How the lines of a file look, as the kernel's printf formats. A line has a layout when it comes out the same after its
 * values were read and printed with the format again: then every field has its width, and every blank its place.
 */
final class ProcLayout {
    private static final Pattern CONVERSION = Pattern.compile("%-?\\d*([ds])");
    private static final String ORDERS = "%6d ".repeat(PageFrame.NR_PAGE_ORDERS);

    /** By path: the formats of the lines of which a file may have any. */
    private static final Map<String, List<String>> FORMATS = Map.of(
            "/proc/buddyinfo",
            List.of("Node %d, zone %8s " + ORDERS),
            "/proc/pagetypeinfo",
            pageTypeInfo(),
            "/proc/zoneinfo",
            zoneInfo(),
            "/proc/slabinfo",
            List.of(
                    "slabinfo - version: %s",
                    "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> "
                            + "<batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>",
                    "%-17s %6d %6d %6d %4d %4d : tunables %4d %4d %4d : slabdata %6d %6d %6d"),
            "/proc/meminfo",
            List.of("%-16s%8d kB", "%-16s%8d"),
            "/proc/vmstat",
            List.of("%s %d"),
            "/sys/kernel/debug/percpu_stats",
            List.of(
                    "Percpu Memory Statistics",
                    "Allocation Info:",
                    "Global Stats:",
                    "Per Chunk Stats:",
                    "----------------------------------------",
                    "",
                    "  %-20s: %12d",
                    "Chunk: <- First Chunk",
                    "Chunk (to_depopulate)",
                    "Chunk (sidelined):",
                    "Chunk:"));

    private static final Pattern VMALLOC = Pattern.compile(
            "0x[0-9a-f]{16}-0x[0-9a-f]{16} (?:(?=[ \\d]{7}(?: |$)) *\\d+|\\d{8,})( \\S+\\+0x\\S+)?( pages=\\d+)?"
                    + "( phys=0x[0-9a-f]+)?( ioremap| sparse| vmalloc| vmap| user| dma-coherent| vpages)*( N\\d+=\\d+)*"
                    + "( vm_map_ram| unpurged vm_area)?");

    private ProcLayout() {}

    private static List<String> pageTypeInfo() {
        List<String> formats = new ArrayList<>(List.of(
                "",
                "Page block order: %d",
                "Pages per block:  %d",
                "Free pages count per migrate type at order  " + ORDERS,
                "Node %4d, zone %8s, type %12s " + ORDERS));
        for (int types = 4; types <= 6; types++) {
            formats.add("Number of blocks type  " + "%12s ".repeat(types));
            formats.add("Node %d, zone %8s " + "%12d ".repeat(types));
        }
        return formats;
    }

    private static List<String> zoneInfo() {
        List<String> formats = new ArrayList<>(List.of(
                "Node %d, zone %8s",
                "  per-node stats",
                "  pagesets",
                "  pages free     %d",
                "        protection: (%s %s %s %s %s",
                "        %-8s %d",
                "      %-12s %d",
                "    cpu: %d",
                "              %-9s %d",
                "  vm stats threshold: %d",
                "  node_unreclaimable:  %d",
                "  start_pfn:           %d"));
        return Collections.unmodifiableList(formats);
    }

    /** The paths of the files whose layout is known. */
    static Stream<String> paths() {
        return Stream.concat(FORMATS.keySet().stream(), Stream.of("/proc/vmallocinfo"))
                .sorted();
    }

    /** The lines of a file that do not look as they should. */
    static List<String> wrongLines(String path, String text) {
        return text.lines().filter(line -> !isRight(path, line)).toList();
    }

    private static boolean isRight(String path, String line) {
        return path.equals("/proc/vmallocinfo")
                ? VMALLOC.matcher(line).matches()
                : FORMATS.get(path).stream()
                        .anyMatch(format -> again(format, line).equals(Optional.of(line)));
    }

    /** The values of a line, printed again; empty when the line has other words than the format. */
    private static Optional<String> again(String format, String line) {
        Matcher conversions = CONVERSION.matcher(format);
        StringBuilder regex = new StringBuilder();
        List<Boolean> isNumber = new ArrayList<>();
        int end = 0;
        while (conversions.find()) {
            regex.append(Pattern.quote(format.substring(end, conversions.start())));
            isNumber.add(conversions.group(1).equals("d"));
            regex.append(isNumber.getLast() ? " *+(\\d++)" : " *(\\S+?) *");
            end = conversions.end();
        }
        Matcher values =
                Pattern.compile(regex + Pattern.quote(format.substring(end))).matcher(line);
        if (!values.matches()) {
            return Optional.empty();
        }
        Object[] all = new Object[isNumber.size()];
        for (int at = 0; at < all.length; at++) {
            all[at] = isNumber.get(at) ? (Object) Long.valueOf(values.group(at + 1)) : values.group(at + 1);
        }
        return Optional.of(String.format(Locale.ROOT, format, all));
    }

    /** The first word of each line, numbers aside: what a file tells, in its order. */
    static List<String> names(String text) {
        return text.lines()
                .map(line -> line.strip().split("[ :]")[0])
                .filter(name -> !name.isEmpty())
                .toList();
    }
}
