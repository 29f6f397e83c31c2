package org.mm4j.kernel.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageFrame;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.buddy.NodeBalance;
import org.mm4j.buddy.ZoneSettings;

/** When kswapd wakes, how far it goes, and when it gives up. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KswapdTest {
    private static final int FRAMES = 8192;
    private static final int MOVABLE = Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_NOWARN;
    /** Takes pages and leaves kswapd asleep. */
    private static final int QUIET = Gfp.__GFP_NOWARN | Gfp.__GFP_MOVABLE;

    private static final int ALL = QUIET | Gfp.__GFP_MEMALLOC;

    private final KernelLog log = new KernelLog();
    private final Reclaim reclaim = new Reclaim(1, GfpContext.PROCESS, log);
    private final BuddyAllocator buddy = new BuddyAllocator(BuddyConfig.ofFrames(FRAMES)
            .withSettings(ZoneSettings.DEFAULT
                    .withMinFreeKbytes(1024)
                    .withLowmemReserveRatio(ZoneSettings.NO_RESERVES.lowmemReserveRatio()))
            .withPressure(reclaim)
            .withLog(log));
    private final NodeBalance balance = buddy.balance(0);
    private final ShrinkablePages pages = new ShrinkablePages(buddy);

    KswapdTest() {
        reclaim.begin(1, buddy::balance, buddy::compaction, CompactionOptions.ON_REQUEST);
    }

    @AfterEach
    void stop() {
        reclaim.close();
        assertThat(reclaim.isKswapdRunning(0)).isFalse();
        assertThat(buddy.validate()).isEmpty();
    }

    private ZoneSnapshot zone() {
        return buddy.snapshot().getFirst().zones().get(ZoneType.NORMAL.ordinal());
    }

    private Watermarks marks() {
        return zone().watermarks();
    }

    private void register() {
        reclaim.shrinkers().register(ShrinkerConfig.of("pages").ofPages().withBatch(32), pages);
    }

    private void keepUntilFree(long pagesFree) {
        while (balance.pagesFree() > pagesFree) {
            assertThat(pages.keepOne(QUIET | Gfp.__GFP_MEMALLOC)).isTrue();
        }
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
    @DisplayName("it is not there until memory runs low, and only if somebody has something to give")
    void startsOnDemand() {
        keepUntilFree(marks().low() - 1);
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, MOVABLE);
        assertThat(reclaim.isKswapdRunning(0)).isFalse();
        register();
        pages.freeAll();
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, MOVABLE);
        assertThat(reclaim.isKswapdRunning(0)).as("the node is balanced").isFalse();
        keepUntilFree(marks().low() - 1);
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, MOVABLE);
        assertThat(reclaim.isKswapdRunning(0)).isTrue();
    }

    /** All that kswapd scans is in its hand until the requester waits. */
    private final class InHand implements ShrinkableObjects {
        private final Thread requester = Thread.currentThread();
        private volatile boolean isTaken;
        private volatile boolean isOver;

        @Override
        public long countObjects(ShrinkControl control) {
            return isTaken ? 0 : pages.countObjects(control);
        }

        @Override
        public long scanObjects(ShrinkControl control) {
            isTaken = true;
            await(() -> isOver || requester.getState() == Thread.State.TIMED_WAITING);
            return pages.scanObjects(control);
        }
    }

    @Test
    @DisplayName("a request that finds nothing waits for what kswapd has in hand")
    void waitsForWhatKswapdHas() {
        pages.keepAll(ALL);
        InHand inHand = new InHand();
        reclaim.shrinkers().register(ShrinkerConfig.of("in hand").ofPages().withBatch(2048), inHand);
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, MOVABLE);
        await(() -> inHand.isTaken);
        long pfn = buddy.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN, 0);
        inHand.isOver = true;
        assertThat(pfn).isNotEqualTo(PageFrame.NONE);
        pages.keep(pfn);
    }

    @Test
    @DisplayName("a request below low wakes it, it frees until the zone is at high, and not much more")
    void balancesToHigh() {
        register();
        keepUntilFree(marks().low());
        assertThat(pages.keepOne(MOVABLE)).isTrue();
        await(() -> balance.isBalanced(0, ZoneType.NORMAL));
        await(() -> reclaim.snapshot().pagesReclaimedKswapd() > 0);
        assertThat(balance.pagesFree()).isBetween(marks().high(), marks().high() + 512);
        assertThat(reclaim.snapshot().directRuns()).as("nobody had to reclaim").isZero();
    }

    @Test
    @DisplayName("under a steady load free memory stays near low and high, as far as one step of each goes")
    void steadyLoad() {
        register();
        keepUntilFree(marks().low());
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int page = 0; page < 4000; page++) {
            assertThat(pages.keepOne(MOVABLE)).isTrue();
            if (page % 16 == 0) {
                await(() -> balance.pagesFree() >= marks().low()); // a load that kswapd can follow
            }
            least = Math.min(least, balance.pagesFree());
            most = Math.max(most, balance.pagesFree());
        }
        assertThat(least)
                .as("the load looks after 16 pages, and takes none below low")
                .isGreaterThanOrEqualTo(marks().low() - 16);
        // kswapd looks before each pass. At priority 7 a pass frees 96 pages or more, and the node lacks at most
        // high - low + 16 = 80: it goes further only for what the load took meanwhile, which one or two passes more
        // make
        // up for. A pass frees at most what is due and what was put off before, each at most 2 * (freeable >>
        // priority).
        assertThat(marks().high() - marks().low() + 16).isLessThan(96);
        assertThat(most).isLessThanOrEqualTo(marks().high() + 4 * (FRAMES >> 5));
        assertThat(reclaim.snapshot().pagesReclaimedKswapd()).isGreaterThan(3000);
        assertThat(reclaim.snapshot().directRuns()).isZero();
    }

    @Test
    @DisplayName("after 16 runs in vain the node is hopeless; who reclaims something gives it hope again")
    void hopeless() {
        reclaim.shrinkers().register(ShrinkerConfig.of("stubborn"), new ShrinkableObjects() {
            @Override
            public long countObjects(ShrinkControl control) {
                return 1000;
            }

            @Override
            public long scanObjects(ShrinkControl control) {
                return 0;
            }
        });
        keepUntilFree(marks().min());
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, MOVABLE);
        await(() -> reclaim.isHopeless(0));
        assertThat(reclaim.snapshot().kswapdRuns()).isEqualTo(16);
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, MOVABLE);
        assertThat(reclaim.snapshot().kswapdRuns()).isEqualTo(16);
        register();
        assertThat(reclaim.reclaim(0, MOVABLE, 0)).isGreaterThanOrEqualTo(32);
        assertThat(reclaim.isHopeless(0)).isFalse();
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, MOVABLE);
        await(() -> balance.isBalanced(0, ZoneType.NORMAL));
    }

    @Test
    @DisplayName("a boost wakes it, and is lowered when it is done")
    void lowersTheBoost() {
        register();
        List<Long> scattered = new ArrayList<>();
        for (long pfn = buddy.allocPages(ALL, 0); pfn != PageFrame.NONE; pfn = buddy.allocPages(ALL, 0)) {
            if (pfn % 2 == 0 || pfn > BuddyConfig.FIRST_PFN + 3000) {
                pages.keep(pfn);
            } else {
                scattered.add(pfn);
            }
        }
        scattered.forEach(pfn -> buddy.freePages(pfn, 0));
        assertThat(buddy.allocPages(Gfp.__GFP_NOWARN, 0))
                .as("an unmovable page, where only movable pageblocks have some")
                .isNotEqualTo(PageFrame.NONE);
        assertThat(balance.isBoosted(ZoneType.NORMAL)).isTrue();
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, 0);
        await(() -> !balance.isBoosted(ZoneType.NORMAL));
    }

    @Test
    @DisplayName("a shrinker that throws does not end it")
    void outlivesABrokenShrinker() {
        Shrinker broken = reclaim.shrinkers().register(ShrinkerConfig.of("broken"), new ShrinkableObjects() {
            @Override
            public long countObjects(ShrinkControl control) {
                throw new IllegalStateException("broken");
            }

            @Override
            public long scanObjects(ShrinkControl control) {
                return SHRINK_STOP;
            }
        });
        keepUntilFree(marks().min());
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, MOVABLE);
        await(() -> reclaim.isHopeless(0));
        assertThat(log.lines())
                .anyMatch(line -> line.contains("kswapd0: a shrinker failed") && line.contains("broken"));
        broken.close();
        register();
        assertThat(reclaim.reclaim(0, MOVABLE, 0)).isPositive();
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 0, MOVABLE);
        await(() -> balance.isBalanced(0, ZoneType.NORMAL));
    }

    @Test
    @DisplayName("before it sleeps it wakes kcompactd, for the order that it was woken for")
    void compacts() {
        register();
        new MovablePages(buddy).scatter(ALL); // what is kept lies between them, so that no block can be made
        keepUntilFree(marks().low() - 1);
        reclaim.wakeKswapd(0, ZoneType.NORMAL, 3, Gfp.GFP_KERNEL);
        await(() -> reclaim.snapshot().kcompactdRuns() > 0);
        assertThat(balance.isBalanced(0, ZoneType.NORMAL)).isTrue();
    }
}
