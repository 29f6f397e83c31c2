package org.mm4j.lab.report;

import java.util.List;
import java.util.Locale;
import org.mm4j.lab.replay.SizeClassUse;

/** Tables about objects, with bars instead of plots: they need no script. */
final class ObjectTables {
    private static final int CACHES_SHOWN = 12;

    private ObjectTables() {}

    /** Of each size class, how much of what was allocated had been asked for. */
    static String sizeClasses(List<SizeClassUse> classes) {
        StringBuilder rows = new StringBuilder(head("class", "allocations", "", "wasted"));
        for (SizeClassUse use : classes) {
            double used = share(use.bytesRequested(), use.bytesAllocated());
            rows.append(row(name(use.bytes()), Html.number(use.allocations()), bar(used, 1 - used), percent(1 - used)));
        }
        return Html.table(rows.toString());
    }

    /** Of the largest caches, how large they are and how much of their slabs is in use. */
    static String caches(SlabTable table) {
        List<SlabTable.Row> largest = table.sorted(SlabTable.Order.C).caches().stream()
                .filter(row -> row.cacheKib() > 0)
                .limit(CACHES_SHOWN)
                .toList();
        double most = largest.stream().mapToLong(SlabTable.Row::cacheKib).max().orElse(1);
        StringBuilder rows = new StringBuilder(head("cache", "objects", "", "KiB"));
        for (SlabTable.Row row : largest) {
            double size = row.cacheKib() / most;
            double active = share(row.objectsActive() * row.objectBytes(), row.cacheKib() << 10);
            rows.append(row(
                    row.name(),
                    Html.number(row.objectsActive()),
                    bar(size * active, size * (1 - active)),
                    Html.number(row.cacheKib())));
        }
        return Html.table(rows.toString());
    }

    /** As the kernel names its caches: {@code 96}, {@code 4k}, {@code 2M}. */
    private static String name(long bytes) {
        return bytes % (1 << 20) == 0
                ? (bytes >> 20) + "M"
                : bytes % (1 << 10) == 0 ? (bytes >> 10) + "k" : Long.toString(bytes);
    }

    private static String head(String name, String count, String bar, String last) {
        return "<tr><th>" + name + "</th><th class=\"n\">" + count + "</th><th>" + bar + "</th><th class=\"n\">" + last
                + "</th></tr>\n";
    }

    private static String row(String name, String count, String bar, String last) {
        return "<tr><th class=\"name\">" + Html.text(name) + "</th><td class=\"n\">" + count + "</td><td class=\"bar\">"
                + bar + "</td><td class=\"n\">" + last + "</td></tr>\n";
    }

    /** Two parts of a line, as fractions of its length. */
    private static String bar(double used, double unused) {
        return String.format(
                Locale.ROOT,
                "<div><i style=\"width:%.1f%%\"></i><i class=\"un\" style=\"width:%.1f%%\"></i></div>",
                100 * used,
                100 * unused);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    private static double share(long part, long all) {
        return all == 0 ? 0 : Math.min(1, (double) part / all);
    }
}
