package org.mm4j.stress.soak;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.mm4j.kernel.FaultPoint;

/**
 * From where calls came that were made to fail: the class that called what stands before locks, pages and the host. Any thread
 * may note one.
 */
public final class FaultSites {
    /** Classes that attempt to get a lock, a turn or a slot. A test looks whether the sources have others. */
    public static final Set<String> OF_TRYLOCK = Set.of(
            "Balance",
            "CallGate",
            "ChargeStocks",
            "FreePath",
            "GracePeriods",
            "LastResort",
            "LazyPurge",
            "OomKiller",
            "OwnedEngine",
            "PageFragCaches",
            "PerCpuPages",
            "SlotSheaves",
            "ZoneCompaction");

    /** What stands between a site and a point, or before both. */
    private static final Set<String> BETWEEN = Set.of(
            "KernelFaults",
            "Failslab",
            "FailslabEngine",
            "KmemCache",
            "ForwardingPages",
            "PageAllocator",
            "ChargedPages",
            "PageOwners",
            "PerCpuAllocator",
            "ChargedPercpu");

    private static final StackWalker WALKER = StackWalker.getInstance();

    private final Map<FaultPoint, Set<String>> seen = new EnumMap<>(FaultPoint.class);

    FaultSites() {
        for (FaultPoint point : FaultPoint.values()) {
            seen.put(point, new ConcurrentSkipListSet<>());
        }
    }

    /** By the thread that fails. */
    void note(FaultPoint point) {
        String site = WALKER.walk(frames -> frames.map(frame -> simple(frame.getClassName()))
                .dropWhile(FaultSites::isPoint)
                .findFirst()
                .orElse("nobody"));
        seen.get(point).add(site);
    }

    /** Whether it is not what asks. */
    private static boolean isPoint(String name) {
        return name.startsWith("Fault") || BETWEEN.contains(name);
    }

    /** The outermost class of a name. */
    private static String simple(String name) {
        String last = name.substring(name.lastIndexOf('.') + 1);
        int inner = last.indexOf('$');
        return inner < 0 ? last : last.substring(0, inner);
    }

    void addTo(Map<FaultPoint, Set<String>> all) {
        seen.forEach((point, sites) ->
                all.computeIfAbsent(point, _ -> new TreeSet<>()).addAll(sites));
    }

    static List<String> listed(Map<FaultPoint, Set<String>> all, FaultPoint point) {
        return List.copyOf(all.getOrDefault(point, Set.of()));
    }
}
