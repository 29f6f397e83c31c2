package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

class ContigPagesTest {
    private static final int PAGES = 3000;

    private final BuddyAllocator buddy = BuddyAllocator.ofFrames(16_384);
    private final ContigPages contig = new ContigPages(buddy);

    @Test
    void moreThanTheLargestBlockIsFoundBehindWhatCannotMove() {
        long first = contig.alloc(PAGES, Gfp.GFP_KERNEL, PageAllocator.NO_NODE);
        contig.free(first, PAGES);
        assertThat(buddy.allocContigRange(first + 100, first + 101, Gfp.GFP_KERNEL))
                .isTrue();

        long second = contig.alloc(PAGES, Gfp.GFP_KERNEL, 0);

        assertThat(second).isGreaterThan(first).isNotEqualTo(PageFrame.NONE);
        for (long pfn = second; pfn < second + PAGES; pfn++) {
            assertThat(buddy.pageCount(pfn)).isEqualTo(1);
        }
        contig.free(second, PAGES);
        buddy.freePages(first + 100, 0);
        assertThat(buddy.validate()).isEmpty();
        assertThatThrownBy(() -> contig.free(second, PAGES)).isInstanceOf(BadPageException.class);
    }

    @Test
    void whatDoesNotFitIsNotFoundAndWhatCannotBeIsRefused() {
        assertThat(contig.alloc(20_000, Gfp.GFP_KERNEL, 0)).isEqualTo(PageFrame.NONE);
        assertThatThrownBy(() -> contig.alloc(0, Gfp.GFP_KERNEL, 0)).hasMessageContaining("1 or more, not 0");
        assertThatThrownBy(() -> contig.alloc(1, Gfp.GFP_KERNEL, 1)).hasMessageContaining("no 1");
        assertThat(buddy.validate()).isEmpty();
    }
}
