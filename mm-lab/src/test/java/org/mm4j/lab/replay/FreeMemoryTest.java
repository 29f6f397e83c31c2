package org.mm4j.lab.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mm4j.api.Gfp;

class FreeMemoryTest {
    @Test
    void freePagesAreCountedByOrder() {
        NaivePages pages = new NaivePages(3);
        pages.allocPages(Gfp.GFP_KERNEL, 0);

        assertThat(FreeMemory.pages(pages.snapshot())).isEqualTo(3 * 1024 - 1);
        assertThat(FreeMemory.pagesByOrder(pages.snapshot()).get(10)).isEqualTo(2048);
    }
}
