package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.mm4j.api.BadPageException;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.NumaStats;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.buddy.NodeLayout;
import org.mm4j.buddy.ZoneLayout;
import org.mm4j.buddy.ZoneSettings;

/** Page caches over real zones, seen from outside. */
class CachedBuddyTest {
    private static final int FRAMES = 1 << 16;

    /** Of a zone of so many frames. */
    private static final int BATCH = 15;

    private final CachedBuddy pages = CachedBuddy.ofFrames(FRAMES, GateKind.SHARED, 1);

    @Test
    void cachedPagesAreNotFreePages() {
        long pfn = pages.alloc(0);

        assertThat(pages.pagesFree()).isEqualTo(FRAMES - BATCH);
        assertThat(pages.pagesCached()).isEqualTo(BATCH - 1);
        assertThat(pages.zone().freeBlocks().pages()).isEqualTo(FRAMES - BATCH);
        pages.free(pfn);
        assertThat(pages.pagesFree()).isEqualTo(FRAMES - BATCH);
        assertThat(pages.buddy.pageCount(pfn)).isZero();

        pages.drain();
        assertThat(pages.pagesFree()).isEqualTo(FRAMES);
        assertThat(pages.buddy.validate()).isEmpty();
    }

    @Test
    void theHottestPageIsTakenNext() {
        long[] pfns = pages.singles(3);
        pages.free(pfns);
        assertThat(pages.singles(3)).containsExactly(pfns[2], pfns[1], pfns[0]);
    }

    /** C20 */
    @Test
    void ordersThatAreNotCachedGoToTheZone() {
        for (int order : new int[] {4, 5, 8, 10}) {
            long pfn = pages.alloc(order);
            assertThat(pages.pagesFree()).isEqualTo(FRAMES - PageFrame.pages(order));
            pages.buddy.freePages(pfn, order);
            assertThat(pages.pagesFree()).isEqualTo(FRAMES);
        }
        assertThat(pages.pagesCached()).isZero();
    }

    @Test
    void hugePagesAreCached() {
        CachedBuddy large = ofFixedFraction();
        long pfn = large.buddy.allocPages(Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_COMP, 9);
        assertThat(large.pagesCached()).as("two were taken").isEqualTo(512);
        large.buddy.putPage(pfn + 77);
        assertThat(large.pagesCached()).isEqualTo(1024);
        assertThat(large.buddy.validate()).isEmpty();
    }

    @Test
    void aSecondReferenceKeepsABlockOutOfTheCache() {
        long pfn = pages.alloc(0);
        long cached = pages.pagesCached();
        assertThat(pages.buddy.tryGetPage(pfn)).isTrue();

        pages.free(pfn);
        assertThat(pages.pagesCached()).isEqualTo(cached);
        assertThat(pages.buddy.pageCount(pfn)).isOne();
        pages.buddy.putPage(pfn);
        assertThat(pages.pagesCached()).isEqualTo(cached + 1);
        assertThat(pages.buddy.tryGetPage(pfn)).as("in the cache").isFalse();
    }

    @Test
    void aCachedPageThatIsFreedAgainIsRefusedByName() {
        long pfn = pages.alloc(0);
        pages.free(pfn);
        long cached = pages.pagesCached();

        assertThatThrownBy(() -> pages.free(pfn))
                .isInstanceOf(BadPageException.class)
                .hasMessage("pfn " + pfn + " is refused: it is free already, in a per-CPU page cache");
        assertThatThrownBy(() -> pages.buddy.putPage(pfn)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> pages.buddy.getPage(pfn)).isInstanceOf(BadPageException.class);
        assertThat(pages.pagesCached()).isEqualTo(cached);
        assertThat(pages.buddy.validate()).isEmpty();
        assertThat(LongStream.of(pages.singles(FRAMES)).distinct().count()).isEqualTo(FRAMES);
    }

    @Test
    void aRequestThatWouldFailDrainsTheCachesOfOthers() {
        CachedBuddy two = CachedBuddy.ofFrames(1 << 12, GateKind.OWNED_BY_FENCES, 2);
        two.free(two.alloc(0));
        try (Worker other = new Worker()) {
            other.does(() -> {
                long[] pfns = two.singles(20);
                two.free(pfns);
                return pfns;
            });
            long ofOther = two.zone().pageSets().get(1).count();
            assertThat(ofOther).isPositive();
            assertThat(two.singles(1 << 12)).hasSize(1 << 12).doesNotHaveDuplicates();
        }
        assertThat(two.alloc(0)).isEqualTo(PageFrame.NONE);
        assertThat(two.buddy.validate()).isEmpty();
    }

    // Contiguous ranges.

    private static final long START = BuddyConfig.FIRST_PFN;
    private static final long END = START + 512;

    @Test
    void aRangeWithCachedPagesIsTaken() {
        pages.free(pages.singles(200));
        assertThat(pages.pagesCached()).isPositive();

        for (long start = START; start < START + FRAMES; start += 512) {
            assertThat(pages.buddy.allocContigRange(start, start + 512, Gfp.GFP_KERNEL))
                    .isTrue();
        }
        assertThat(pages.buddy.validate()).isEmpty();
        for (long start = START; start < START + FRAMES; start += 512) {
            pages.buddy.freeContigRange(start, 512);
        }
        pages.drain();
        assertThat(pages.pagesFree()).isEqualTo(FRAMES);
    }

    /** While its owner moves away, a page of the range is freed: it goes to the zone, and nobody gets it. */
    @Test
    void pagesOfIsolatedPageblocksAreNotCached() {
        long[] pfns = pages.singles(512 + BATCH);
        MovableOwner owner = (from, to, _) -> {
            long cached = pages.pagesCached();
            pages.free(pfns[1]);
            assertThat(pages.pagesCached()).isEqualTo(cached);
            return true;
        };
        Arrays.sort(pfns);
        assertThat(pfns[0]).isEqualTo(START);
        pages.buddy.setMovable(pfns[0], pages.buddy.registerOwner(owner));
        pages.free(Arrays.copyOfRange(pfns, 2, pfns.length));

        assertThat(pages.buddy.allocContigRange(START, START + 2, Gfp.GFP_KERNEL))
                .isTrue();
        assertThat(pages.buddy.validate()).isEmpty();
    }

    /** A request of another mobility claims the pageblock whose pages are cached; they come back to its new lists. */
    @Test
    void aPageblockThatChangesItsTypeWhileItsPagesAreCachedIsHonoured() {
        CachedBuddy grouped = CachedBuddy.ofFrames(FRAMES, GateKind.SHARED, 1);
        grouped.free(grouped.alloc(0));
        assertThat(pageblocks(grouped, MigrateType.UNMOVABLE))
                .as("claimed whole")
                .isPositive();
        while (pageblocks(grouped, MigrateType.UNMOVABLE) > 0) {
            long movable = grouped.buddy.allocPages(Gfp.GFP_ATOMIC | Gfp.__GFP_MOVABLE | Gfp.__GFP_NOWARN, 4);
            assertThat(movable).as("until it is claimed back").isNotEqualTo(PageFrame.NONE);
        }
        assertThat(grouped.pagesCached()).isEqualTo(BATCH);

        grouped.drain();

        assertThat(grouped.buddy.validate()).as("V4: lists by type").isEmpty();
        assertThat(blocksFree(grouped, MigrateType.UNMOVABLE)).isZero();
    }

    private static long pageblocks(CachedBuddy pages, MigrateType type) {
        return pages.zone().pageblocks().get(type.ordinal());
    }

    private static long blocksFree(CachedBuddy pages, MigrateType type) {
        return IntStream.range(0, PageFrame.NR_PAGE_ORDERS)
                .mapToLong(order -> pages.zone().freeBlocks().blocks(order, type))
                .sum();
    }

    // Watermarks and settings.

    @Test
    void aZoneBelowItsHighWatermarkShrinksItsCache() {
        CachedBuddy marked = new CachedBuddy(
                BuddyConfig.ofFrames(FRAMES).withSettings(ZoneSettings.DEFAULT),
                new SharedGate(1, CpuSource.BY_THREAD),
                1);
        long high = marked.zone().watermarks().high();
        long[] pfns = marked.singles((int) (FRAMES - high - marked.pageSet().high()));
        int largest = marked.pageSet().high();
        assertThat(largest).isEqualTo(marked.pageSet().size().highMax());

        long[] more = marked.singles((int) marked.pagesFree());
        assertThat(marked.pagesFree()).isLessThan(high);
        marked.free(more);
        assertThat(marked.pageSet().high()).as("below the mark").isLessThan(largest);

        marked.free(pfns);
        int smaller = marked.pageSet().high();
        marked.free(marked.singles(10_000));
        assertThat(marked.pageSet().high()).as("above it again").isGreaterThan(smaller);
        assertThat(marked.buddy.validate()).isEmpty();
    }

    /** Each set holds an eighth of the zone. */
    private static CachedBuddy ofFixedFraction() {
        return new CachedBuddy(
                BuddyConfig.ofFrames(FRAMES).withSettings(ZoneSettings.NO_RESERVES.withPercpuPagelistHighFraction(8)),
                new SharedGate(1, CpuSource.BY_THREAD),
                1);
    }

    @Test
    void aFixedFractionIsNotTuned() {
        CachedBuddy fixed = ofFixedFraction();
        long[] pfns = fixed.singles(FRAMES);
        fixed.free(pfns);
        PageSetSnapshot set = fixed.pageSet();

        assertThat(set.size().highMin()).isEqualTo(set.size().highMax()).isEqualTo(FRAMES / 8);
        assertThat(set.high()).isEqualTo(FRAMES / 8);
        assertThat(set.count()).isBetween(FRAMES / 8 - (BATCH << 5), FRAMES / 8);
    }

    @Test
    void timeShrinksTheCaches() {
        pages.free(pages.singles(3000));
        int high = pages.pageSet().high();
        assertThat(high).isGreaterThan(pages.pageSet().size().highMin());
        for (int tick = 0; tick < 100; tick++) {
            pages.decay();
        }
        assertThat(pages.pageSet().high()).isEqualTo(pages.pageSet().size().highMin());
        assertThat(pages.pagesCached()).isEqualTo(pages.pageSet().high());
    }

    // Statistics.

    @Test
    void whatTheCacheServesIsCountedByNode() {
        ZoneLayout near = ZoneLayout.of(ZoneType.NORMAL, 1024, 1024 + FRAMES);
        ZoneLayout far = ZoneLayout.of(ZoneType.NORMAL, 1024 + FRAMES, 1024 + 2 * FRAMES);
        CachedBuddy numa = new CachedBuddy(
                BuddyConfig.ofNodes(NodeLayout.of(1, near), NodeLayout.of(1, far))
                        .withSettings(ZoneSettings.NO_RESERVES),
                new SharedGate(2, CpuSource.BY_THREAD),
                2);
        for (int time = 0; time < 50; time++) {
            numa.free(numa.buddy.allocPages(Gfp.GFP_KERNEL, 0, 0), numa.buddy.allocPages(Gfp.GFP_KERNEL, 0, 1));
        }
        numa.buddy.allocPages(Gfp.GFP_KERNEL, 4, 1);

        assertThat(numa.zones().stream().map(ZoneSnapshot::numa))
                .containsExactly(new NumaStats(50, 0, 0, 50, 0), new NumaStats(51, 0, 0, 0, 51));
    }

    @Test
    void cachesWithDifferentGatesAreRefused() {
        ZoneLayout low = ZoneLayout.of(ZoneType.DMA32, 1024, 1024 + FRAMES);
        ZoneLayout high = ZoneLayout.of(ZoneType.NORMAL, 1024 + FRAMES, 1024 + 2 * FRAMES);
        BuddyConfig config = BuddyConfig.ofNodes(NodeLayout.of(1, low, high))
                .withPageCaches((zone, size) -> new PerCpuPages(new SharedGate(1, CpuSource.BY_THREAD), zone, size, 1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BuddyAllocator(config))
                .withMessage("the page caches of an allocator share a gate, but these have 2");
    }

    @Test
    void aSnapshotHasASetForEveryCpu() {
        CachedBuddy four = CachedBuddy.ofFrames(FRAMES, GateKind.OWNED_BY_FENCES, 4);
        four.free(four.alloc(0));

        List<PageSetSnapshot> sets = four.zone().pageSets();
        assertThat(sets.stream().map(PageSetSnapshot::cpu)).containsExactly(0, 1, 2, 3);
        assertThat(sets.stream().map(PageSetSnapshot::count)).containsExactly(BATCH, 0, 0, 0);
        assertThat(sets.stream().map(set -> set.size().batch())).containsOnly(BATCH);
    }
}
