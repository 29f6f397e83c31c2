package org.mm4j.lab.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mm4j.api.Gfp;

class BuddyInfoTest {
    @Test
    void itLooksLikeTheKernels() {
        NaivePages pages = new NaivePages(3);
        pages.allocPages(Gfp.GFP_KERNEL, 0);

        assertThat(BuddyInfo.format(pages.snapshot()))
                .isEqualTo(
                        "Node 0, zone   Normal      1      1      1      1      1      1      1      1      1      1      2 \n");
        assertThat(FreeMemory.pages(pages.snapshot())).isEqualTo(3 * 1024 - 1);
        assertThat(FreeMemory.pagesByOrder(pages.snapshot()).get(10)).isEqualTo(2048);
    }
}
