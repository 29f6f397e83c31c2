package org.mm4j.buddy;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.FrameZeroing;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.GuardedTracepoints;
import org.mm4j.api.trace.Tracepoints;

/**
 * What a {@link BuddyAllocator} is made of: the layout of its frames, the settings, and whom it works with. Immutable;
 * the {@code with…} methods return changed copies.
 *
 * <p>In Linux 6.18: what mm/mm_init.c, free_area_init(), finds out, and the settings of mm/page_alloc.c under
 * /proc/sys/vm.
 *
 * @param nodes the nodes, by number
 * @param distances how far node i is from node j, at {@code [i][j]}; empty: 10 to itself, 20 to others
 * @param settings from which watermarks and reserves follow
 * @param zeroing what serves {@code __GFP_ZERO}; null: such requests are refused, for there is no memory
 * @param pressure whom to tell that memory runs low
 * @param log where warnings go
 * @param callerNode the node of the calling thread
 * @param pageCaches makes the per-CPU page cache in front of each zone; null: every request goes to the zone
 * @param chargesCgroups whether {@code __GFP_ACCOUNT} requests are charged; then bulk requests take one page at a time
 * @param context what the code around a request leaves of its flags
 * @param trace who is told of blocks, of watermarks, of compaction and of retries
 * @param blocks in which pieces it can shrink and grow while it runs
 * @param faults what is made to fail; null: nothing ever
 */
public record BuddyConfig(
        List<NodeLayout> nodes,
        List<List<Integer>> distances,
        ZoneSettings settings,
        @Nullable FrameZeroing zeroing,
        MemoryPressure pressure,
        KernelLog log,
        IntSupplier callerNode,
        PageCache.@Nullable Maker pageCaches,
        boolean chargesCgroups,
        GfpContext context,
        Tracepoints trace,
        BlockLayout blocks,
        @Nullable BuddyFaults faults) {
    /** The first pfn of {@link #ofFrames}. */
    public static final long FIRST_PFN = PageFrame.MAX_ORDER_NR_PAGES;

    private static final int LOCAL_DISTANCE = 10;
    private static final int REMOTE_DISTANCE = 20;

    /** Checks that distances, if given, are a square of the nodes. What is thrown by who is told is dropped. */
    public BuddyConfig {
        trace = GuardedTracepoints.of(trace);
        nodes = List.copyOf(nodes);
        distances = distances.stream().map(List::copyOf).toList();
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("an allocator has 1 node or more, not 0");
        }
        int count = nodes.size();
        if (!distances.isEmpty()
                && (distances.size() != count || distances.stream().anyMatch(row -> row.size() != count))) {
            throw new IllegalArgumentException(
                    "the distances of " + count + " nodes are " + count + " rows of " + count + ", not " + distances);
        }
    }

    /** The given nodes, with the kernel's default settings and no memory behind the frames. */
    public static BuddyConfig ofNodes(NodeLayout... nodes) {
        return new BuddyConfig(
                List.of(nodes),
                List.of(),
                ZoneSettings.DEFAULT,
                null,
                MemoryPressure.NONE,
                new KernelLog(),
                () -> 0,
                null,
                false,
                GfpContext.PROCESS,
                Tracepoints.NONE,
                BlockLayout.DEFAULT,
                null);
    }

    /**
     * One zone of {@code frames} frames, pfn {@link #FIRST_PFN} to {@code FIRST_PFN + frames − 1}, without reserves:
     * every frame can be handed out. For frames that are not memory: blocks of a file, pages of another device.
     *
     * @param frames 1 or more
     */
    public static BuddyConfig ofFrames(long frames) {
        if (frames < 1) {
            throw new IllegalArgumentException("an allocator has 1 frame or more, not " + frames);
        }
        ZoneLayout zone = ZoneLayout.of(ZoneType.NORMAL, FIRST_PFN, FIRST_PFN + frames);
        return ofNodes(NodeLayout.of(1, zone)).withSettings(ZoneSettings.NO_RESERVES);
    }

    /** How far node {@code to} is from node {@code from}. */
    int distance(int from, int to) {
        if (distances.isEmpty()) {
            return from == to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
        }
        return distances.get(from).get(to);
    }

    /** The same with other {@link #distances}. */
    public BuddyConfig withDistances(List<List<Integer>> rows) {
        return with(draft -> draft.distances = rows);
    }

    /** The same with other {@link #settings}. */
    public BuddyConfig withSettings(ZoneSettings next) {
        return with(draft -> draft.settings = next);
    }

    /** The same with memory that can be zeroed. */
    public BuddyConfig withZeroing(FrameZeroing next) {
        return with(draft -> draft.zeroing = next);
    }

    /** The same with somebody who reclaims. */
    public BuddyConfig withPressure(MemoryPressure next) {
        return with(draft -> draft.pressure = next);
    }

    /** The same with another log. */
    public BuddyConfig withLog(KernelLog next) {
        return with(draft -> draft.log = next);
    }

    /** The same with another answer to which node the calling thread is on. */
    public BuddyConfig withCallerNode(IntSupplier next) {
        return with(draft -> draft.callerNode = next);
    }

    /** The same with a page cache in front of each zone. */
    public BuddyConfig withPageCaches(PageCache.Maker next) {
        return with(draft -> draft.pageCaches = next);
    }

    /** The same with cgroups charged, or not. */
    public BuddyConfig withChargesCgroups(boolean next) {
        return with(draft -> draft.chargesCgroups = next);
    }

    /** The same with somebody who knows what the code around a request may do. */
    public BuddyConfig withContext(GfpContext next) {
        return with(draft -> draft.context = next);
    }

    /** The same with somebody who is told. */
    public BuddyConfig withTrace(Tracepoints next) {
        return with(draft -> draft.trace = next);
    }

    /** The same with other memory blocks. */
    public BuddyConfig withBlocks(BlockLayout next) {
        return with(draft -> draft.blocks = next);
    }

    /** The same, of which something is made to fail. */
    public BuddyConfig withFaults(@Nullable BuddyFaults next) {
        return with(draft -> draft.faults = next);
    }

    /** What attempts meet; null: nothing. */
    @Nullable
    FaultInjection trylock() {
        return faults == null ? null : faults.trylock();
    }

    private BuddyConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.done();
    }

    /** A configuration that can be changed. */
    private static final class Draft {
        private List<NodeLayout> nodes;
        private List<List<Integer>> distances;
        private ZoneSettings settings;
        private @Nullable FrameZeroing zeroing;
        private MemoryPressure pressure;
        private KernelLog log;
        private IntSupplier callerNode;
        private PageCache.@Nullable Maker pageCaches;
        private boolean chargesCgroups;
        private GfpContext context;
        private Tracepoints trace;
        private BlockLayout blocks;
        private @Nullable BuddyFaults faults;

        Draft(BuddyConfig from) {
            nodes = from.nodes;
            distances = from.distances;
            settings = from.settings;
            zeroing = from.zeroing;
            pressure = from.pressure;
            log = from.log;
            callerNode = from.callerNode;
            pageCaches = from.pageCaches;
            chargesCgroups = from.chargesCgroups;
            context = from.context;
            trace = from.trace;
            blocks = from.blocks;
            faults = from.faults;
        }

        BuddyConfig done() {
            return new BuddyConfig(
                    nodes,
                    distances,
                    settings,
                    zeroing,
                    pressure,
                    log,
                    callerNode,
                    pageCaches,
                    chargesCgroups,
                    context,
                    trace,
                    blocks,
                    faults);
        }
    }
}
