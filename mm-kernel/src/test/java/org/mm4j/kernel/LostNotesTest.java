package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.buddy.ZoneSettings;

/** Somebody who notes pages throws, as he does without Java heap: then nothing but the note is lost. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LostNotesTest {
    private static final int FRAMES = 4096;

    private int told;

    private final class Thrower implements PageWatcher {
        private void fail() {
            told++;
            throw new OutOfMemoryError("no Java heap for a note");
        }

        @Override
        public void took(long pfn, int order, int gfp) {
            fail();
        }

        @Override
        public void split(long pfn, int pagesOfBlock) {
            fail();
        }

        @Override
        public boolean wantsFrees() {
            return true;
        }

        @Override
        public void freeing(long pfn, int order) {
            fail();
        }
    }

    @Test
    void noPageIsLost() {
        BuddyAllocator buddy = new BuddyAllocator(BuddyConfig.ofFrames(FRAMES).withSettings(ZoneSettings.NO_RESERVES));
        WatchedPages pages = new WatchedPages(buddy, new Thrower());
        long block = pages.allocPages(GFP_KERNEL, 3);
        pages.freePages(block, 3);
        long pair = pages.allocPages(GFP_KERNEL, 1);
        pages.splitPage(pair, 1);
        pages.putPage(pair);
        pages.putPage(pair + 1);
        pages.freePagesExact(pages.allocPagesExact(3 * PageFrame.PAGE_SIZE, GFP_KERNEL), 3 * PageFrame.PAGE_SIZE);
        long[] bulk = new long[5];
        assertThat(pages.allocPagesBulk(GFP_KERNEL, 0, bulk)).isEqualTo(5);
        for (long pfn : bulk) {
            pages.putPage(pfn, 1);
        }
        assertThat(told).as("taken, split, given back").isEqualTo(8 + 2 + 11);
        assertThat(buddy.balance(0).pagesFree()).isEqualTo(FRAMES);
        assertThat(buddy.validate()).isEmpty();
    }
}
