package org.mm4j.lab.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.lab.trace.TraceEvent.PageAlloc;
import org.mm4j.lab.trace.TraceEvent.PageFree;
import org.mm4j.lab.trace.TraceEvent.VmapAlloc;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReplayThreadsTest {
    private static final int CPUS = 8;
    private static final int EVENTS = 20_000;

    /** Blocks are allocated on one CPU and freed on another, some in pieces. */
    private static ReplayPlan plan(long seed) throws Exception {
        Random random = new Random(seed);
        Resolver resolver = new Resolver();
        List<PageAlloc> live = new ArrayList<>();
        for (int event = 0; event < EVENTS; event++) {
            int cpu = random.nextInt(CPUS);
            if (live.isEmpty() || random.nextInt(100) < 52) {
                int gfp = random.nextBoolean() ? Gfp.GFP_KERNEL : Gfp.GFP_KERNEL | Gfp.__GFP_COMP;
                live.add(new PageAlloc((event + 1) * 16L, random.nextInt(4), 0, gfp, true));
                resolver.event(live.getLast(), cpu, event);
            } else {
                PageAlloc block = live.remove(random.nextInt(live.size()));
                int order = random.nextInt(5) == 0 ? 0 : block.order();
                resolver.event(new PageFree(block.pfn(), order), cpu, event);
            }
        }
        return resolver.plan();
    }

    /** The blocks whose first frame the allocator says is live. */
    private static Set<Integer> liveBlocks(ReplayPlan plan, BlockTable table, BumpPages pages) {
        Set<Integer> live = new TreeSet<>();
        for (long block : plan.rest().pages()) {
            Integer order = pages.live().get(table.pfnAcquire(LiveBlock.id(block)));
            assertThat(order).isEqualTo(LiveBlock.order(block));
            live.add(LiveBlock.id(block));
        }
        return live;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void anyNumberOfThreadsLeavesTheSameBlocksLive(int threads) throws Exception {
        ReplayPlan plan = plan(7);
        BlockTable table = new BlockTable(plan.blocks());
        BumpPages pages = new BumpPages();
        ReplayRound round = new ReplayRound(
                plan,
                pages,
                new ReplayCaches(plan.requests(), pages.objects()),
                new ReplayVmaps(plan.vmaps(), pages.vmaps()),
                table,
                threads,
                512);
        AtomicInteger strides = new AtomicInteger();

        round.run((done, live) -> strides.incrementAndGet());

        assertThat(strides.get()).isEqualTo((plan.ops() + 511) / 512);
        assertThat(liveBlocks(plan, table, pages)).hasSize(pages.live().size());
        assertThat(round.pagesLive()).isEqualTo(plan.pagesLiveAtEnd()).isPositive();
        assertThat(plan.resolution().splits()).isPositive();
        round.tearDown();
        assertThat(pages.live()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void whatAThreadThrowsEndsTheReplay(int threads) throws Exception {
        ReplayPlan plan = plan(8);
        AtomicInteger calls = new AtomicInteger();
        NaivePages pages = new NaivePages(64) {
            @Override
            public synchronized void freePages(long pfn, int order) {
                if (calls.incrementAndGet() == 1000) {
                    throw new IllegalStateException("out of order");
                }
                super.freePages(pfn, order);
            }
        };

        assertThatThrownBy(() -> replay(plan, pages, threads))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("out of order");
    }

    @Test
    void whatTheListenerThrowsEndsTheReplay() throws Exception {
        ReplayPlan plan = plan(9);
        NaivePages pages = new NaivePages(64);
        ReplayCaches caches = new ReplayCaches(plan.requests(), pages.objects());
        ReplayRound round = new ReplayRound(
                plan,
                pages,
                caches,
                new ReplayVmaps(plan.vmaps(), pages.vmaps()),
                new BlockTable(plan.blocks()),
                4,
                512);

        assertThatThrownBy(() -> round.run((done, live) -> {
                    throw new IllegalStateException("no more");
                }))
                .hasMessage("no more");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void allocationsThatFailAreCountedAndTheirFreesDropped(int threads) throws Exception {
        ReplayPlan plan = plan(10);
        NaivePages pages = new NaivePages(1);

        ReplayOutcome outcome = replay(plan, pages, threads);

        assertThat(outcome.allocationsFailed()).isPositive();
        assertThat(outcome.leakedAfterTeardown()).isZero();
        assertThat(outcome.pagesLiveAtEnd()).isBetween(1L, 1024L);
    }

    @Test
    void aLeakAndABrokenInvariantAreFound() throws Exception {
        ReplayPlan plan = plan(11);
        NaivePages pages = new NaivePages(64) {
            private int frees;

            @Override
            public synchronized void freePages(long pfn, int order) {
                if (++frees == 5) {
                    breakInvariant("a page was forgotten");
                } else {
                    super.freePages(pfn, order);
                }
            }
        };

        ReplayOutcome outcome = replay(plan, pages, 1);

        assertThat(outcome.leakedAfterTeardown()).isPositive();
        assertThat(outcome.invariantViolations()).isGreaterThan(5);
        assertThat(outcome.violations()).contains("a page was forgotten");
    }

    @Test
    void addressesThatDoNotComeBackAreALeak() throws Exception {
        Resolver resolver = new Resolver();
        resolver.event(new VmapAlloc(0x4000, 20_480, 16_384, 0, -1, false), 0, 1);
        NaiveVmaps forgetful = new NaiveVmaps() {
            @Override
            public void release(long address) {}
        };
        NaivePages pages = new NaivePages(1) {
            @Override
            public VmapTarget vmaps() {
                return forgetful;
            }
        };

        ReplayOutcome outcome = replay(resolver.plan(), pages, 1);

        assertThat(outcome.vmapArea()).isEqualTo(new Checked(1, 1));
        assertThat(outcome.leakedAfterTeardown()).isEqualTo(1);
    }

    @Test
    void anOverlapEndsInTheVerdict() throws Exception {
        Resolver resolver = new Resolver();
        resolver.event(new VmapAlloc(0x4000, 20_480, 16_384, 0, -1, false), 0, 1);
        resolver.event(new VmapAlloc(0xc000, 20_480, 16_384, 0, -1, false), 0, 2);
        NaiveVmaps same = new NaiveVmaps() {
            @Override
            public synchronized long reserve(long bytes, long align) {
                super.reserve(bytes, align);
                return 1L << 32;
            }

            @Override
            public void release(long address) {}
        };
        NaivePages pages = new NaivePages(1) {
            @Override
            public VmapTarget vmaps() {
                return same;
            }
        };

        ReplayOutcome outcome = replay(resolver.plan(), pages, 1);

        assertThat(outcome.vmapArea()).isEqualTo(new Checked(2, 1));
        assertThat(outcome.violations()).singleElement().asString().endsWith("overlaps another one");
    }

    @Test
    void anEmptyPlanIsDoneAtOnce() throws Exception {
        ReplayOutcome outcome = replay(new Resolver().plan(), new NaivePages(1), 4);

        assertThat(outcome.samples()).hasSize(1);
        assertThat(outcome.speed().eventsPerSecond()).isZero();
    }

    private static ReplayOutcome replay(ReplayPlan plan, NaivePages pages, int threads) throws InterruptedException {
        ReplayOptions options = new ReplayOptions(threads, Duration.ZERO);
        return new Replayer(plan, pages, options, (done, total) -> {}).replay();
    }
}
