package org.mm4j.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/**
 * What every {@link PageAllocator} promises. A subclass says how its allocator is made.
 *
 * <p>In Linux 6.18: none; include/linux/gfp.h is the interface, and mm/page_alloc.c its only implementation.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class PageAllocatorContract {
    /** How many frames an allocator has at least: two blocks of the largest order. */
    protected static final int FRAMES = 2 * PageFrame.MAX_ORDER_NR_PAGES;

    private static final int GFP = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;
    private static final int THREADS = 2;
    private static final int STEPS = 5_000;

    /** For subclasses. */
    protected PageAllocatorContract() {}

    /** A new allocator of {@link #FRAMES} frames or more, all free, with at least one block of the largest order. */
    protected abstract PageAllocator allocator();

    /** What is broken in an allocator, one sentence each; nothing if it cannot tell. */
    protected List<String> validate(PageAllocator allocator) {
        return List.of();
    }

    private record Block(long pfn, int order) {}

    @Test
    void blocksAreAlignedAndApart() {
        PageAllocator pages = allocator();
        Set<Long> taken = new HashSet<>();
        List<Block> blocks = new ArrayList<>();
        for (int order = 0; order < PageFrame.MAX_PAGE_ORDER; order++) {
            long pfn = pages.allocPages(GFP, order);
            assertThat(pfn).as("a block of order %d", order).isPositive();
            assertThat(pfn % PageFrame.pages(order))
                    .as("alignment of pfn %d", pfn)
                    .isZero();
            assertThat(pages.pageCount(pfn)).isEqualTo(1);
            for (int page = 0; page < PageFrame.pages(order); page++) {
                assertThat(taken.add(pfn + page))
                        .as("pfn %d is new", pfn + page)
                        .isTrue();
                assertThat(pages.blockHead(pfn + page)).isEqualTo(pfn);
            }
            blocks.add(new Block(pfn, order));
        }
        blocks.forEach(block -> pages.freePages(block.pfn, block.order));
        assertThat(validate(pages)).isEmpty();
    }

    @Test
    void everythingCanBeTakenAgainAndAgain() {
        PageAllocator pages = allocator();
        long before = takeAll(pages, 0).size();
        PageAllocator other = allocator();
        for (int order : new int[] {0, 3, 0, PageFrame.MAX_PAGE_ORDER, 0}) {
            List<Block> blocks = takeAll(other, order);
            assertThat(blocks).as("blocks of order %d", order).isNotEmpty();
            assertThat(other.allocPages(GFP, order)).isEqualTo(PageFrame.NONE);
            if (order == 0) {
                assertThat(blocks).hasSize((int) before);
            }
            blocks.forEach(block -> other.freePages(block.pfn, block.order));
        }
        assertThat(validate(other)).isEmpty();
    }

    private static List<Block> takeAll(PageAllocator pages, int order) {
        List<Block> blocks = new ArrayList<>();
        for (long pfn = pages.allocPages(GFP, order); pfn != PageFrame.NONE; pfn = pages.allocPages(GFP, order)) {
            blocks.add(new Block(pfn, order));
        }
        return blocks;
    }

    @Test
    void badFreesAreRefusedAndChangeNothing() {
        PageAllocator pages = allocator();
        long pfn = pages.allocPages(GFP, 3);
        assertThatThrownBy(() -> pages.freePages(pfn, 2)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> pages.freePages(pfn, 4)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> pages.freePages(pfn + 1, 0)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> pages.freePages(pfn + 4, 2)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> pages.freePages(0, 0)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> pages.freePages(-5, 0)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> pages.freePages(Long.MAX_VALUE, 0)).isInstanceOf(BadPageException.class);
        assertThat(pages.pageCount(pfn)).isEqualTo(1);
        pages.freePages(pfn, 3);
        assertThatThrownBy(() -> pages.freePages(pfn, 3)).isInstanceOf(BadPageException.class);
        assertThat(pages.pageCount(pfn)).isZero();
        assertThat(validate(pages)).isEmpty();
    }

    @Test
    void badOrdersAreRefused() {
        PageAllocator pages = allocator();
        assertThatThrownBy(() -> pages.allocPages(GFP, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(pages.allocPages(GFP, PageFrame.MAX_PAGE_ORDER + 1)).isEqualTo(PageFrame.NONE);
    }

    @Test
    void theLastReferenceGivesACompoundBlockBack() {
        PageAllocator pages = allocator();
        long pfn = pages.allocPages(GFP | Gfp.__GFP_COMP, 2);
        pages.getPage(pfn);
        assertThat(pages.tryGetPage(pfn)).isTrue();
        assertThat(pages.pageCount(pfn)).isEqualTo(3);
        pages.putPage(pfn, 2);
        assertThat(pages.pageCount(pfn)).isEqualTo(1);
        pages.putPage(pfn);
        assertThat(pages.pageCount(pfn)).isZero();
        assertThat(pages.tryGetPage(pfn)).isFalse();
        assertThatThrownBy(() -> pages.putPage(pfn)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> pages.getPage(pfn)).isInstanceOf(BadPageException.class);
    }

    @Test
    void aSplitBlockIsManyPages() {
        PageAllocator pages = allocator();
        long pfn = pages.allocPages(GFP, 3);
        pages.splitPage(pfn, 3);
        for (int page = 0; page < 8; page++) {
            pages.freePages(pfn + page, 0);
        }
        assertThatThrownBy(() -> pages.splitPage(pfn, 3)).isInstanceOf(BadPageException.class);
        assertThat(validate(pages)).isEmpty();
    }

    @Test
    void exactPagesAreAsManyAsAreNeeded() {
        PageAllocator pages = allocator();
        long bytes = 5 * PageFrame.PAGE_SIZE - 1;
        long pfn = pages.allocPagesExact(bytes, GFP);
        for (int page = 0; page < 5; page++) {
            assertThat(pages.pageCount(pfn + page)).isEqualTo(1);
        }
        assertThat(pages.pageCount(pfn + 5)).isZero();
        pages.freePagesExact(pfn, bytes);
        assertThatThrownBy(() -> pages.freePagesExact(pfn, bytes)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> pages.allocPagesExact(0, GFP)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bulkFillsTheEmptyPlacesOnly() {
        PageAllocator pages = allocator();
        long kept = pages.allocPages(GFP, 0);
        long[] pfns = {0, kept, 0, 0};
        int filled = pages.allocPagesBulk(GFP, PageAllocator.NO_NODE, pfns);
        assertThat(filled).isBetween(2, 4);
        assertThat(pfns[1]).isEqualTo(kept);
        long[] taken = Arrays.stream(pfns).filter(pfn -> pfn != PageFrame.NONE).toArray();
        assertThat(Arrays.stream(taken).distinct().count()).isEqualTo(taken.length);
        Arrays.stream(taken).forEach(pfn -> pages.freePages(pfn, 0));
        assertThat(validate(pages)).isEmpty();
    }

    @Test
    void randomStepsAgreeWithAModel() {
        long seed = System.nanoTime();
        PageAllocator pages = allocator();
        SplittableRandom random = new SplittableRandom(seed);
        Set<Long> taken = new HashSet<>();
        List<Block> blocks = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(5) < 3) {
                int order =
                        Math.min(PageFrame.MAX_PAGE_ORDER, Integer.numberOfTrailingZeros(random.nextInt() | 1 << 10));
                long pfn = pages.allocPages(GFP, order);
                if (pfn != PageFrame.NONE) {
                    for (int page = 0; page < PageFrame.pages(order); page++) {
                        assertThat(taken.add(pfn + page))
                                .as("seed %d, pfn %d is new", seed, pfn + page)
                                .isTrue();
                    }
                    blocks.add(new Block(pfn, order));
                }
            } else if (!blocks.isEmpty()) {
                Block block = blocks.remove(random.nextInt(blocks.size()));
                for (int page = 0; page < PageFrame.pages(block.order); page++) {
                    taken.remove(block.pfn + page);
                }
                pages.freePages(block.pfn, block.order);
            }
        }
        blocks.forEach(block -> pages.freePages(block.pfn, block.order));
        assertThat(validate(pages)).as("seed %d", seed).isEmpty();
    }

    @Test
    void twoThreadsNeverOwnOneFrame() {
        PageAllocator pages = allocator();
        Crowd.run(THREADS, STEPS, new Crowd.Shop() {
            @Override
            public long take(SplittableRandom random) {
                return pages.allocPages(GFP, 0);
            }

            @Override
            public void giveBack(long pfn) {
                pages.freePages(pfn, 0);
            }
        });
        assertThat(validate(pages)).isEmpty();
    }
}
