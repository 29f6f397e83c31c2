package org.mm4j.kernel.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.Tracepoints;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.buddy.ZoneSettings;

/** When kcompactd starts, what wakes it, how far it goes, and when it leaves a node alone. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KcompactdTest {
    private static final int FRAMES = 8192;
    private static final int ALL = Gfp.__GFP_NOWARN | Gfp.__GFP_MOVABLE | Gfp.__GFP_MEMALLOC;
    private static final int NOWAIT = Gfp.GFP_NOWAIT | Gfp.__GFP_NOWARN;
    private static final long MS = 1_000_000;

    private final KernelLog log = new KernelLog();
    private final Reclaim reclaim = new Reclaim(1, GfpContext.PROCESS, log);
    private final BuddyAllocator buddy = new BuddyAllocator(BuddyConfig.ofFrames(FRAMES)
            .withSettings(ZoneSettings.NO_RESERVES)
            .withPressure(reclaim)
            .withLog(log));

    private void begin(CompactionOptions options) {
        reclaim.begin(1, buddy::balance, buddy::compaction, options);
    }

    @AfterEach
    void stop() {
        reclaim.close();
        assertThat(reclaim.isKcompactdRunning(0)).isFalse();
        assertThat(buddy.validate()).isEmpty();
    }

    @SuppressWarnings("ThreadPriorityCheck")
    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("20 s are enough").isLessThan(end);
            Thread.yield();
        }
    }

    @Test
    @DisplayName("it is not there until somebody comes who can move pages")
    void startsWithTheFirstOwner() {
        begin(CompactionOptions.DEFAULT);
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 4, NOWAIT);
        assertThat(reclaim.isKcompactdRunning(0)).isFalse();
        assertThat(new MovablePages(buddy).pfns).isEmpty();
        assertThat(reclaim.isKcompactdRunning(0)).isTrue();
    }

    @Test
    @DisplayName("a request that may not wait fails, and leaves a block for the next one")
    void makesABlock() {
        begin(CompactionOptions.ON_REQUEST);
        MovablePages pages = new MovablePages(buddy);
        assertThat(reclaim.isKcompactdRunning(0))
                .as("nothing is done ahead of requests")
                .isFalse();
        pages.scatter(ALL);
        assertThat(buddy.allocPages(Gfp.__GFP_NOWARN, 4)).as("who wakes nobody").isEqualTo(PageFrame.NONE);
        assertThat(reclaim.isKcompactdRunning(0)).isFalse();
        long[] pfn = {buddy.allocPages(NOWAIT, 4)}; // fails, unless it comes late
        await(() -> {
            pfn[0] = pfn[0] == PageFrame.NONE ? buddy.allocPages(Gfp.__GFP_NOWARN, 4) : pfn[0];
            return pfn[0] != PageFrame.NONE;
        });
        assertThat(reclaim.snapshot().kcompactdRuns()).isPositive();
        assertThat(reclaim.isKcompactdRunning(0)).isTrue();
        assertThat(buddy.migrations().blocksMoved()).isBetween(8L, 1024L);
        assertThat(pages.pfns).hasSize(FRAMES / 2);
        assertThat(reclaim.snapshot().kcompactdRunsAhead()).isZero();
    }

    @Test
    @DisplayName("it is not woken for single pages, nor by who compacts himself, nor where there is no room")
    void isNotWoken() {
        begin(CompactionOptions.ON_REQUEST);
        MovablePages pages = new MovablePages(buddy);
        pages.scatter(ALL);
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, NOWAIT);
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 4, Gfp.GFP_KERNEL);
        assertThat(reclaim.isKcompactdRunning(0)).isFalse();
        while (buddy.balance(0).pagesFree() > 32) {
            assertThat(buddy.allocPages(ALL, 0)).isNotEqualTo(PageFrame.NONE);
        }
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 4, NOWAIT);
        assertThat(reclaim.isKcompactdRunning(0)).isFalse();
    }

    @Test
    @DisplayName(
            "ahead of requests it compacts a scattered node by itself, until it is near its low mark, and no further")
    void worksAhead() {
        begin(new CompactionOptions(60, MS));
        new MovablePages(buddy).scatter(ALL);
        await(() -> reclaim.snapshot().kcompactdRunsAhead() > 0 && buddy.fragmentationScore(0) <= 50);
        assertThat(buddy.fragmentationScore(0)).as("40 to 50").isGreaterThan(30);
        assertThat(reclaim.snapshot().kcompactdRunsAhead()).isPositive();
        assertThat(reclaim.snapshot().kcompactdRuns()).as("nobody asked").isZero();
    }

    @Test
    @DisplayName("after a run in vain it looks again after 64 intervals")
    void backsOff() {
        Map<Long, Long> beginOfRun = new ConcurrentSkipListMap<>();
        begin(new CompactionOptions(90, MS));
        MovablePages pages = new MovablePages(buddy);
        pages.mood = (_, _, _) -> {
            beginOfRun.putIfAbsent(reclaim.snapshot().kcompactdRunsAhead(), System.nanoTime());
            return false;
        };
        pages.scatter(ALL);
        beginOfRun.clear(); // while pages came and went, some runs were not in vain
        await(() -> beginOfRun.size() > 2);
        List<Long> begins = List.copyOf(beginOfRun.values());
        assertThat(begins.get(2) - begins.get(1)).isGreaterThan(64 * MS);
        assertThat(buddy.migrations().blocksRefused()).isGreaterThan(1000);
    }

    @Test
    @DisplayName("nothing is done ahead of requests while kswapd is at work")
    void leavesTheNodeToKswapd() {
        AtomicInteger questions = new AtomicInteger();
        ReclaimCounts counts = new ReclaimCounts();
        begin(CompactionOptions.ON_REQUEST);
        new MovablePages(buddy).scatter(ALL);
        Kcompactd kcompactd = new Kcompactd(
                buddy.compaction(0),
                new CompactionOptions(90, MS),
                () -> questions.incrementAndGet() > 0,
                counts,
                GfpContext.PROCESS,
                log,
                Tracepoints.NONE);
        kcompactd.begin();
        await(() -> questions.get() > 5);
        kcompactd.stop();
        assertThat(counts.snapshot().kcompactdRunsAhead()).isZero();
        assertThat(buddy.migrations()).isEqualTo(new org.mm4j.buddy.MigrationCounts(0, 0));
    }

    @Test
    @DisplayName("an owner who throws does not end it")
    void outlivesABrokenOwner() {
        begin(new CompactionOptions(90, MS));
        MovablePages pages = new MovablePages(buddy);
        pages.mood = (_, _, _) -> {
            throw new IllegalStateException("broken");
        };
        pages.scatter(ALL);
        await(() -> log.lines().stream()
                .anyMatch(line -> line.contains("kcompactd0: an owner failed") && line.contains("broken")));
        pages.mood = (_, _, _) -> true;
        await(() -> buddy.fragmentationScore(0) <= 15);
        assertThat(pages.pfns).hasSize(FRAMES / 2);
    }

    @Test
    @DisplayName("it ends in the middle of a run, and nothing is lost")
    void endsInTheMiddle() {
        begin(new CompactionOptions(100, MS));
        MovablePages pages = new MovablePages(buddy);
        AtomicInteger moves = new AtomicInteger();
        pages.mood = (_, _, _) -> moves.incrementAndGet() > 0; // it counts
        pages.scatter(ALL);
        await(() -> moves.get() > 0);
        reclaim.close();
        assertThat(reclaim.isKcompactdRunning(0)).isFalse();
        assertThat(pages.pfns).hasSize(FRAMES / 2).allMatch(pfn -> buddy.pageCount(pfn) == 1);
    }
}
