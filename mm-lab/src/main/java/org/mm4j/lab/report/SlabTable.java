package org.mm4j.lab.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import org.mm4j.api.PageFrame;

/**
 * What {@code slabtop} of procps makes of /proc/slabinfo: sums over all caches, and a row for each of them.
 *
 * @param caches in the order of the file
 */
public record SlabTable(List<Row> caches) {
    private static final int HEADER_LINES = 2;
    private static final double KIB = 1024;

    /**
     * One cache, under the names of {@code --json}.
     *
     * @param objects of all slabs
     * @param objectsActive of these, all that are on no node's list of free ones
     * @param usePercent how many of a hundred objects are active
     * @param objectBytes from one object to the next
     * @param slabs all slabs
     * @param objectsPerSlab objects of a slab
     * @param cacheKib what all slabs take
     * @param name of the cache
     * @param pagesPerSlab pages of a slab
     * @param slabsActive as the kernel prints them
     */
    public record Row(
            long objects,
            long objectsActive,
            int usePercent,
            long objectBytes,
            long slabs,
            long objectsPerSlab,
            long cacheKib,
            String name,
            long pagesPerSlab,
            long slabsActive) {
        /** A line of the file: {@code name active all size perslab pages : tunables 0 0 0 : slabdata active all shared}. */
        static Row of(String line) {
            String[] words = line.split(" +", -1);
            long active = Long.parseLong(words[1]);
            long objects = Long.parseLong(words[2]);
            long slabs = Long.parseLong(words[14]);
            long pages = Long.parseLong(words[5]);
            return new Row(
                    objects,
                    active,
                    objects == 0 ? 0 : (int) (100 * active / objects),
                    Long.parseLong(words[3]),
                    slabs,
                    Long.parseLong(words[4]),
                    slabs * pages * PageFrame.PAGE_SIZE / 1024,
                    words[0],
                    pages,
                    Long.parseLong(words[13]));
        }

        private String render() {
            return String.format(
                    Locale.ROOT,
                    "%6d %6d %3d%% %7sK %6d %8d %9dK %-23s\n",
                    objects,
                    objectsActive,
                    usePercent,
                    kib(objectBytes),
                    slabs,
                    objectsPerSlab,
                    cacheKib,
                    name);
        }
    }

    /** By what rows are sorted, as slabtop's letters: the largest first, but names by the alphabet. */
    public enum Order {
        /** Active objects. */
        A,
        /** Objects of a slab. */
        B,
        /** The size of the cache. */
        C,
        /** Slabs. */
        L,
        /** Active slabs. */
        V,
        /** The name. */
        N,
        /** Objects. */
        O,
        /** Pages of a slab. */
        P,
        /** The size of an object. */
        S,
        /** How many of a hundred objects are active. */
        U;

        private Comparator<Row> rows() {
            return switch (this) {
                case A -> largest(Row::objectsActive);
                case B -> largest(Row::objectsPerSlab);
                case C -> largest(Row::cacheKib);
                case L -> largest(Row::slabs);
                case V -> largest(Row::slabsActive);
                case N -> Comparator.comparing(Row::name);
                case O -> largest(Row::objects);
                case P -> largest(Row::pagesPerSlab);
                case S -> largest(Row::objectBytes);
                case U -> largest(Row::usePercent);
            };
        }

        private static Comparator<Row> largest(ToLongFunction<Row> value) {
            return Comparator.comparingLong(value).reversed();
        }
    }

    /** Copies the list. */
    public SlabTable {
        caches = List.copyOf(caches);
    }

    /** The table of a /proc/slabinfo. */
    public static SlabTable of(String slabinfo) {
        return new SlabTable(slabinfo.lines().skip(HEADER_LINES).map(Row::of).toList());
    }

    /** The same, sorted. */
    public SlabTable sorted(Order order) {
        return new SlabTable(caches.stream().sorted(order.rows()).toList());
    }

    /** The sums, a blank line, the heads of the columns, and the rows, as slabtop prints them. */
    public String render() {
        return render(caches.size());
    }

    /** The same with so many rows at the most. */
    public String render(int rows) {
        long active = sum(Row::objectsActive);
        long objects = sum(Row::objects);
        long bytes = sum(row -> row.objects() * row.objectBytes());
        StringBuilder text = new StringBuilder();
        count(text, "Objects", active, objects);
        count(text, "Slabs", sum(Row::slabsActive), sum(Row::slabs));
        count(text, "Caches", sum(row -> row.objects() > 0 ? 1 : 0), caches.size());
        size(text, sum(row -> row.objectsActive() * row.objectBytes()), bytes);
        objectSizes(text, objects == 0 ? 0 : bytes / objects);
        text.append(String.format(
                "\n%6s %6s %4s %8s %6s %8s %10s %-23s\n",
                "OBJS", "ACTIVE", "USE", "OBJ SIZE", "SLABS", "OBJ/SLAB", "CACHE SIZE", "NAME"));
        caches.stream().limit(rows).forEach(row -> text.append(row.render()));
        return text.toString();
    }

    private static void count(StringBuilder text, String what, long active, long all) {
        text.append(String.format(
                Locale.ROOT,
                " %-35s: %d / %d (%s%%)\n",
                "Active / Total " + what + " (% used)",
                active,
                all,
                percent(active, all)));
    }

    private static void size(StringBuilder text, long active, long all) {
        text.append(String.format(
                Locale.ROOT,
                " %-35s: %sK / %sK (%s%%)\n",
                "Active / Total Size (% used)",
                kib(active),
                kib(all),
                percent(active, all)));
    }

    private void objectSizes(StringBuilder text, long average) {
        text.append(String.format(
                Locale.ROOT,
                " %-35s: %sK / %sK / %sK\n",
                "Minimum / Average / Maximum Object",
                kib(caches.stream().mapToLong(Row::objectBytes).min().orElse(0)),
                kib(average),
                kib(caches.stream().mapToLong(Row::objectBytes).max().orElse(0))));
    }

    private static String percent(long part, long all) {
        return fixed(all == 0 ? 0 : 100.0 * part / all, 1);
    }

    private static String kib(long bytes) {
        return fixed(bytes / KIB, 2);
    }

    /** Rounded as C does: 0.125 is in the middle, and becomes 0.12. */
    private static String fixed(double value, int digits) {
        return new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }

    private long sum(ToLongFunction<Row> value) {
        return caches.stream().mapToLong(value).sum();
    }
}
