package org.mm4j.slab;

import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;

/**
 * The text of alloc_traces and free_traces: the objects in use by the stack that allocated or freed them last, the most
 * frequent first. Pure functions.
 *
 * <pre>
 *       2 Shop.open:12 waste=28/14 age=3/5/7 pid=1-31 cpus=0-1
 *         Shop.open:12
 *         Main.main:5
 * </pre>
 *
 * <p>In Linux 6.18: mm/slub.c, slab_debugfs_show(), /sys/kernel/debug/slab. Differs: ages are in milliseconds.
 */
final class UserTraces {
    /** One object's use: what is known of it, how many bytes nobody asked for, and the object's node. */
    record Use(ObjectUsers.User user, int waste, int node) {}

    private record Place(List<String> frames, int waste) {}

    /** All uses of one place. */
    private static final class Sum {
        private final LongSummaryStatistics ages = new LongSummaryStatistics();
        private final LongSummaryStatistics threads = new LongSummaryStatistics();
        private final BitSet cpus = new BitSet();
        private final BitSet nodes = new BitSet();

        void add(Use use, long now) {
            ages.accept(now - use.user().when());
            threads.accept(use.user().thread());
            cpus.set(Math.max(use.user().cpu(), 0));
            nodes.set(use.node());
        }
    }

    private UserTraces() {}

    static String format(List<Use> uses, int cpus, int nodes, long now) {
        Map<Place, Sum> sums = new LinkedHashMap<>();
        for (Use use : uses) {
            Place place = new Place(use.user().frames(), use.waste());
            sums.computeIfAbsent(place, _ -> new Sum()).add(use, now);
        }
        if (sums.isEmpty()) {
            return "No data\n";
        }
        StringBuilder text = new StringBuilder();
        sums.entrySet().stream()
                .sorted(Comparator.comparingLong(each -> -each.getValue().ages.getCount()))
                .forEach(each -> append(text, each.getKey(), each.getValue(), cpus, nodes));
        return text.toString();
    }

    private static void append(StringBuilder text, Place place, Sum sum, int cpus, int nodes) {
        long count = sum.ages.getCount();
        boolean isKnown = sum.threads.getMax() != 0 && !place.frames().isEmpty();
        text.append(String.format(
                Locale.ROOT, "%7d %s", count, isKnown ? place.frames().getFirst() : "<not-available>"));
        if (place.waste() > 0) {
            text.append(" waste=").append(count * place.waste()).append('/').append(place.waste());
        }
        if (sum.threads.getMax() != 0) {
            text.append(" age=").append(ages(sum.ages));
            text.append(" pid=").append(range(sum.threads.getMin(), sum.threads.getMax()));
            text.append(cpus > 1 ? " cpus=" + list(sum.cpus) : "");
            text.append(nodes > 1 ? " nodes=" + list(sum.nodes) : "");
        }
        text.append('\n');
        place.frames().forEach(frame -> text.append("        ").append(frame).append('\n'));
    }

    private static String ages(LongSummaryStatistics ages) {
        boolean isOne = ages.getMin() == ages.getMax();
        return isOne
                ? Long.toString(ages.getMin())
                : ages.getMin() + "/" + ages.getSum() / ages.getCount() + "/" + ages.getMax();
    }

    private static String range(long min, long max) {
        return min == max ? Long.toString(min) : min + "-" + max;
    }

    /** Bits as the kernel writes them: 0-2,5. */
    static String list(BitSet bits) {
        StringBuilder text = new StringBuilder();
        int from = bits.nextSetBit(0);
        while (from >= 0) {
            int end = bits.nextClearBit(from);
            text.append(text.isEmpty() ? "" : ",").append(range(from, end - 1L));
            from = bits.nextSetBit(end);
        }
        return text.toString();
    }
}
