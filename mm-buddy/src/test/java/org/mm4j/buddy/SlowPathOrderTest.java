package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.ZoneType;

/**
 * The steps of the slow path in their order, by flags and order of a request; they are those of __alloc_pages_slowpath().
 *
 * <pre>
 *   kswapd           it is woken
 *   lists MARK+...   a look at the free lists, with the watermark and the reserves that count; all: without watermarks
 *   reclaim, drain, compact PRIORITY, oom
 * </pre>
 */
class SlowPathOrderTest {
    private static final String FIRST = "kswapd > lists min > compact ASYNC > lists min > ";
    private static final String ROUND = "kswapd > lists min > reclaim > drain > compact SYNC_LIGHT > lists min";

    @RegisterExtension
    final Machines machines = new Machines();

    private final List<String> steps = new ArrayList<>();
    private final KernelLog log = new KernelLog();

    /** How many looks at the lists are in vain. */
    private int looksInVain = Integer.MAX_VALUE;

    private int roundsWithProgress;
    private boolean hasVictim;
    private CompactResult compactResult = CompactResult.COMPLETE;

    /** Free lists that have nothing, at first. */
    private final class Lists implements FreeLists {
        @Override
        public int takeFrom(ZoneList list, int gfp, int order, int flags) {
            steps.add("lists " + text(flags));
            return looksInVain-- > 0 ? NONE : 77;
        }

        @Override
        public boolean drainCaches(ZoneList list) {
            steps.add("drain");
            return false;
        }

        @Override
        public int type(int gfp) {
            return Gfp.migrateType(gfp).ordinal();
        }

        @Override
        public long wanted(int gfp, int order) {
            return FrameWord.inUse(order, false, 1, type(gfp));
        }
    }

    private static String text(int flags) {
        String mark = List.of("min", "low", "high").get(flags & AllocFlags.WMARK_MASK);
        return ((flags & AllocFlags.NO_WATERMARKS) != 0 ? "all" : mark)
                + ((flags & AllocFlags.MIN_RESERVE) != 0 ? "+reserve" : "")
                + ((flags & AllocFlags.NON_BLOCK) != 0 ? "+nonblock" : "")
                + ((flags & AllocFlags.HIGHATOMIC) != 0 ? "+highatomic" : "")
                + ((flags & AllocFlags.CMA) != 0 ? "+cma" : "");
    }

    private final class Pressure implements MemoryPressure {
        @Override
        public void wakeKswapd(int nid, ZoneType highest, int order, int gfp) {
            steps.add("kswapd");
        }

        @Override
        public long reclaim(int nid, int gfp, int order) {
            steps.add("reclaim");
            return roundsWithProgress-- > 0 ? 1 : 0;
        }

        @Override
        public boolean outOfMemory(int nid, int gfp, int order) {
            steps.add("oom");
            boolean freed = hasVictim;
            hasVictim = false;
            return freed;
        }
    }

    private final class Recorded implements Compactor {
        @Override
        public CompactResult compact(CompactRequest request, CompactPriority priority) {
            steps.add("compact " + priority);
            return compactResult;
        }

        @Override
        public boolean isSuitable(CompactRequest request, long pagesMore) {
            return false;
        }

        @Override
        public void served(CompactRequest request, int frame) {
            steps.add("served");
        }
    }

    /** The steps of a request on a machine of which every frame is taken. */
    private String stepsOf(String flags, int order) {
        BuddyConfig config =
                BuddyConfig.ofFrames(4096).withPressure(new Pressure()).withLog(log);
        Machine machine = machines.of(config);
        machine.takeAll(Machine.MOVABLE, 0);
        Zones zones = machine.allocator.zones();
        int gfp = Gfp.parse(flags) | Gfp.__GFP_NOWARN;
        ZoneList list = new ZoneLists(zones, config).list(0, Gfp.zone(gfp), Gfp.has(gfp, Gfp.__GFP_THISNODE));
        steps.clear();
        new SlowPath(new Lists(), config, new Recorded(), zones.populated()).take(list, gfp, order);
        return String.join(" > ", steps);
    }

    @ParameterizedTest
    @DisplayName("who cannot wait: kswapd, and the reserves that its flags allow")
    @CsvSource({
        "GFP_ATOMIC, 0, kswapd > lists min+reserve+nonblock",
        "GFP_ATOMIC, 2, kswapd > lists min+reserve+nonblock+highatomic",
        "GFP_NOWAIT, 0, kswapd > lists min+nonblock",
        "GFP_NOWAIT|__GFP_NOMEMALLOC, 0, kswapd > lists min",
        "GFP_NOWAIT|__GFP_MOVABLE, 0, kswapd > lists min+nonblock+cma",
        "GFP_ATOMIC|__GFP_MEMALLOC, 0, kswapd > lists min+reserve+nonblock > kswapd > lists all",
        "__GFP_HIGH, 0, lists min+reserve+nonblock"
    })
    void cannotWait(String gfp, int order, String expected) {
        assertThat(stepsOf(gfp, order)).isEqualTo(expected);
    }

    @ParameterizedTest
    @DisplayName(
            "nothing helps: reclaim comes before compaction, but for large requests and for those that are not movable")
    @CsvSource({
        "GFP_KERNEL, 0, kswapd > lists min > reclaim > drain > lists high > oom",
        "GFP_KERNEL|__GFP_HIGH, 0, kswapd > lists min+reserve > reclaim > drain > lists high > oom",
        "GFP_KERNEL|__GFP_MOVABLE, 2, kswapd > lists min+cma > reclaim > drain > compact SYNC_LIGHT > lists min+cma"
                + " > lists high+cma > oom",
        "GFP_KERNEL, 2, " + FIRST + ROUND + " > lists high > oom",
        "GFP_KERNEL, 9, " + FIRST + ROUND,
        "GFP_KERNEL|__GFP_RETRY_MAYFAIL, 9, " + FIRST + ROUND + " > lists high",
        "GFP_KERNEL|__GFP_RETRY_MAYFAIL, 0, kswapd > lists min > reclaim > drain > lists high",
        "GFP_KERNEL|__GFP_THISNODE, 0, kswapd > lists min > reclaim > drain > lists high",
        "GFP_KERNEL|__GFP_NORETRY, 0, kswapd > lists min > reclaim > drain",
        "GFP_KERNEL|__GFP_NORETRY, 9, " + FIRST + "kswapd > lists min > reclaim > drain > compact ASYNC > lists min",
        "GFP_KERNEL|__GFP_NORETRY|__GFP_THISNODE, 9, kswapd > lists min > compact ASYNC > lists min",
        "GFP_NOIO, 2, kswapd > lists min > reclaim > drain > lists high > oom",
        "__GFP_DIRECT_RECLAIM|__GFP_IO|__GFP_FS, 0, lists min > reclaim > drain > lists high > oom",
        "GFP_KERNEL|__GFP_MEMALLOC, 0, kswapd > lists min > kswapd > lists all > reclaim > drain > lists high > oom",
        "GFP_KERNEL|__GFP_MEMALLOC|__GFP_NOMEMALLOC, 0, kswapd > lists min > reclaim > drain > lists high > oom"
    })
    void nothingHelps(String gfp, int order, String expected) {
        assertThat(stepsOf(gfp, order)).isEqualTo(expected);
    }

    @ParameterizedTest
    @DisplayName(
            "what was reclaimed is looked for, and once more when the caches are drained; then the next round begins")
    @CsvSource({
        "GFP_KERNEL, 0, kswapd > lists min > reclaim > lists min > drain > lists min"
                + " > kswapd > lists min > reclaim > drain > lists high > oom",
        "GFP_KERNEL|__GFP_NORETRY, 0, kswapd > lists min > reclaim > lists min > drain > lists min",
        "GFP_KERNEL|__GFP_RETRY_MAYFAIL, 9, " + FIRST
                + "kswapd > lists min > reclaim > lists min > drain > lists min > compact SYNC_LIGHT > lists min > lists high"
    })
    void progressOfOneRound(String gfp, int order, String expected) {
        roundsWithProgress = 1;
        assertThat(stepsOf(gfp, order)).isEqualTo(expected);
    }

    @ParameterizedTest
    @DisplayName("compaction that has no room is not followed by a look")
    @CsvSource({
        "GFP_KERNEL, 9, kswapd > lists min > compact ASYNC > kswapd > lists min > reclaim > drain > compact SYNC_LIGHT"
    })
    void compactionSkips(String gfp, int order, String expected) {
        compactResult = CompactResult.SKIPPED;
        assertThat(stepsOf(gfp, order)).isEqualTo(expected);
    }

    @ParameterizedTest
    @DisplayName("a victim is reason for another round")
    @CsvSource({
        "GFP_KERNEL, 0, kswapd > lists min > reclaim > drain > lists high > oom"
                + " > kswapd > lists min > reclaim > drain > lists high > oom"
    })
    void victim(String gfp, int order, String expected) {
        hasVictim = true;
        assertThat(stepsOf(gfp, order)).isEqualTo(expected);
    }

    @ParameterizedTest
    @DisplayName("who must not fail may use all after the last resort, then half of the reserve, and begins again")
    @CsvSource({
        "GFP_KERNEL|__GFP_NOFAIL, 0, kswapd > lists min > reclaim > drain > lists high > oom > lists all > lists min+reserve"
                + " > kswapd > lists min",
        "GFP_KERNEL|__GFP_NOFAIL|__GFP_NORETRY, 0, kswapd > lists min > reclaim > drain > lists min+reserve"
                + " > kswapd > lists min > reclaim > drain > lists min+reserve"
    })
    void mustNotFail(String gfp, int order, String expected) {
        looksInVain = (int) List.of(expected.split(" > ")).stream()
                        .filter(step -> step.startsWith("lists"))
                        .count()
                - 1;
        assertThat(stepsOf(gfp, order)).isEqualTo(expected);
        assertThat(log.lines()).isEmpty();
    }
}
