package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGE_ALLOC_COSTLY_ORDER;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.FaultySemaphore;
import org.mm4j.api.GfpContext;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.Tracepoints;

/**
 * Makes large free blocks out of small ones, zone by zone: for a request, for the whole of a node, or ahead of requests.
 *
 * <p>Nothing happens as long as no owner has registered who can move something. While it runs, requests of the same thread
 * leave reclaim and compaction alone. No lock is held while owners move.
 *
 * <p>In Linux 6.18: mm/compaction.c, try_to_compact_pages(), compaction_suitable(), compact_node(), proactive_compact_node().
 */
final class Compaction implements Compactor {
    /** In Linux: sysctl_extfrag_threshold. */
    private static final int EXTFRAG_THRESHOLD = 500;

    private static final int PERCENT = 100;
    private static final int SCORE_GAP = 10;

    private final Migration migration;
    private final GfpContext context;
    private final List<ZoneCompaction> states;
    private final Tracepoints trace;

    Compaction(List<Zone> zones, Migration migration, BuddyConfig config) {
        this.migration = migration;
        context = config.context();
        trace = config.trace();
        states = zones.stream()
                .map(zone -> new ZoneCompaction(zone, FaultySemaphore.of(config.trylock())))
                .toList();
    }

    private ZoneCompaction state(Zone zone) {
        for (ZoneCompaction state : states) {
            if (state.zone().equals(zone)) {
                return state;
            }
        }
        throw new IllegalStateException("a zone of another allocator");
    }

    // For a request.

    @Override
    public CompactResult compact(CompactRequest request, CompactPriority priority) {
        if (!migration.hasOwners()) {
            return CompactResult.SKIPPED;
        }
        CompactResult[] best = {CompactResult.SKIPPED};
        context.noreclaim(() -> best[0] = compactZones(request, priority));
        return best[0];
    }

    private CompactResult compactZones(CompactRequest request, CompactPriority priority) {
        trace.mmCompactionTryToCompactPages(request.order(), request.gfp(), priority.ordinal());
        CompactResult best = CompactResult.SKIPPED;
        for (Zone zone : request.list().zones()) {
            CompactDeferral deferral = state(zone).deferral();
            if (priority != CompactPriority.SYNC_FULL && deferral.isDeferred(request.order())) {
                best = best.or(CompactResult.DEFERRED);
                continue;
            }
            CompactResult result = compactZone(zone, request, priority);
            best = best.or(result);
            if (result == CompactResult.SUCCESS) {
                deferral.succeeded(request.order(), false);
                return result;
            }
            boolean wasScanned = result == CompactResult.COMPLETE || result == CompactResult.PARTIAL_SKIPPED;
            if (priority != CompactPriority.ASYNC && wasScanned) {
                deferral.failed(request.order());
            }
        }
        return best;
    }

    private CompactResult compactZone(Zone zone, CompactRequest request, CompactPriority priority) {
        int highest = request.list().highestIndex();
        long mark = zone.marks().mark(request.flags() & AllocFlags.WMARK_MASK);
        if (WatermarkTest.passes(zone, request.order(), mark, highest, request.flags())) {
            return CompactResult.SUCCESS;
        }
        CompactResult suitable = suitable(zone, request.order(), mark, highest);
        if (suitable != CompactResult.CONTINUE) {
            return suitable;
        }
        ZoneCompaction state = state(zone);
        if (state.deferral().isRestarting(request.order())) {
            state.resetLater();
        }
        return run(state, priority, CompactGoal.blockFor(request), request);
    }

    private CompactResult run(
            ZoneCompaction state, CompactPriority priority, CompactGoal goal, @Nullable CompactRequest request) {
        if (!state.tryBegin()) {
            return CompactResult.CONTENDED;
        }
        try {
            state.zone().drainCache(); // what is cached cannot merge
            return new CompactRun(state, migration, priority, goal, request).run();
        } finally {
            state.end();
        }
    }

    /** Whether to compact: there is room, and free memory is scattered rather than little. In Linux: compaction_suitable(). */
    private CompactResult suitable(Zone zone, int order, long mark, int highest) {
        CompactResult result = CompactResult.CONTINUE;
        if (!isRoomy(zone, order, mark, highest, 0)) {
            result = CompactResult.SKIPPED;
        } else if (order > PAGE_ALLOC_COSTLY_ORDER && isTooLittle(zone, order)) {
            result = CompactResult.NOT_SUITABLE_ZONE;
        }
        trace.mmCompactionSuitable(zone.nid(), zone.extent().type(), order, result.name());
        return result;
    }

    /** Whether there are free pages to move to. In Linux: __compaction_suitable(). */
    private static boolean isRoomy(Zone zone, int order, long mark, int highest, long pagesMore) {
        ZoneMarks marks = zone.marks();
        long more = order > PAGE_ALLOC_COSTLY_ORDER
                ? marks.unboosted(AllocFlags.WMARK_LOW) - marks.unboosted(AllocFlags.WMARK_MIN)
                : 0;
        return WatermarkTest.passesWith(pagesMore, zone, 0, mark + gap(order) + more, highest, AllocFlags.CMA);
    }

    /** Free pages that a compaction uses on its way. In Linux: compact_gap(). */
    static long gap(int order) {
        return 2L << order;
    }

    /** Whether a block is missing because memory is little, not because it is scattered. */
    private static boolean isTooLittle(Zone zone, int order) {
        int index = Fragmentation.index(zone.areas().snapshot(), order);
        return index >= 0 && index <= EXTFRAG_THRESHOLD;
    }

    @Override
    public boolean isSuitable(CompactRequest request, long pagesMore) {
        if (!migration.hasOwners()) {
            return false;
        }
        for (Zone zone : request.list().zones()) {
            long min = zone.marks().mark(AllocFlags.WMARK_MIN);
            if (isRoomy(zone, request.order(), min, request.list().highestIndex(), pagesMore)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void served(CompactRequest request, int frame) {
        for (Zone zone : request.list().zones()) {
            if (zone.extent().contains(frame)) {
                state(zone).deferral().succeeded(request.order(), true);
            }
        }
    }

    // For nobody in particular.

    boolean hasOwners() {
        return migration.hasOwners();
    }

    /** Whether some zone of a node wants compaction for the order. In Linux: kcompactd_node_suitable(). */
    boolean isSuitable(int nid, int order, ZoneType highest) {
        for (ZoneCompaction state : states) {
            if (isOf(state.zone(), nid, highest) && isWanted(state.zone(), order, highest)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOf(Zone zone, int nid, ZoneType highest) {
        return zone.nid() == nid && zone.extent().type().compareTo(highest) <= 0;
    }

    /** Whether there is no block of the order, and room to make one. In Linux: compaction_suit_allocation_order(). */
    private boolean isWanted(Zone zone, int order, ZoneType highest) {
        long min = zone.marks().mark(AllocFlags.WMARK_MIN);
        return !WatermarkTest.passes(zone, order, min, highest.ordinal(), 0)
                && suitable(zone, order, min, highest.ordinal()) == CompactResult.CONTINUE;
    }

    /** Makes a block of the order in each zone of a node, unless it failed lately. In Linux: kcompactd_do_work(). */
    void compactFor(int nid, int order, ZoneType highest, BooleanSupplier stop) {
        for (ZoneCompaction state : states) {
            Zone zone = state.zone();
            boolean isChosen = migration.hasOwners()
                    && isOf(zone, nid, highest)
                    && !state.deferral().isDeferred(order)
                    && isWanted(zone, order, highest);
            if (isChosen && !stop.getAsBoolean()) {
                context.noreclaim(() -> compactFor(state, order, stop));
            }
        }
    }

    private void compactFor(ZoneCompaction state, int order, BooleanSupplier stop) {
        CompactGoal goal = zone -> WatermarkTest.hasBlock(zone.areas(), order, 0);
        CompactResult result = run(state, CompactPriority.SYNC_LIGHT, goal.or(stop), null);
        if (result == CompactResult.SUCCESS && goal.isReached(state.zone())) {
            state.deferral().succeeded(order, false);
        } else if (result == CompactResult.COMPLETE || result == CompactResult.PARTIAL_SKIPPED) {
            state.zone().drainCache(); // what was moved out of somebody's cache may merge yet
            state.deferral().failed(order);
        }
    }

    /** Moves everything that can move in the zones of a node. In Linux: /proc/sys/vm/compact_memory. */
    void compactAll(int nid) {
        for (ZoneCompaction state : states) {
            if (state.zone().nid() == nid) {
                context.noreclaim(() -> run(state, CompactPriority.SYNC_FULL, CompactGoal.WHOLE_ZONE, null));
            }
        }
    }

    /**
     * Compacts a node whose score has become too high. In Linux: proactive_compact_node().
     *
     * @param proactiveness 0, never, to 100, always
     * @return whether it was too high
     */
    boolean compactProactively(int nid, int proactiveness, BooleanSupplier stop) {
        int low = PERCENT - proactiveness;
        int high = Math.min(low + Math.min(SCORE_GAP, low / 2), PERCENT);
        if (proactiveness == 0 || !migration.hasOwners() || score(nid) <= high) {
            return false;
        }
        CompactGoal goal = CompactGoal.fragmentedAtMost(low).or(stop);
        for (ZoneCompaction state : states) {
            if (state.zone().nid() == nid && !goal.isReached(state.zone())) {
                state.resetLater(); // the whole zone, whatever was of no use before
                context.noreclaim(() -> run(state, CompactPriority.SYNC_LIGHT, goal, null));
            }
        }
        return true;
    }

    /** How scattered the free memory of a node is, 0 to 100. In Linux: fragmentation_score_node(). */
    int score(int nid) {
        long present = 0;
        for (ZoneCompaction state : states) {
            present += state.zone().nid() == nid ? state.zone().span().pagesPresent() : 0;
        }
        long score = 0;
        for (ZoneCompaction state : states) {
            Zone zone = state.zone();
            if (zone.nid() == nid) {
                score += zone.span().pagesPresent() * CompactGoal.fragmentedPercent(zone) / (present + 1);
            }
        }
        return (int) score;
    }

    /** Pageblocks that were of no use are tried again. In Linux: reset_isolation_suitable(). */
    void forgetHints(int nid) {
        for (ZoneCompaction state : states) {
            if (state.zone().nid() == nid) {
                state.resetLater();
            }
        }
    }
}
