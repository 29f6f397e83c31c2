package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The arithmetic of frames, orders and bytes. */
class PageFrameTest {
    @Test
    void constantsAreThoseOfX86() {
        assertThat(PageFrame.PAGE_SIZE).isEqualTo(4096);
        assertThat(PageFrame.NR_PAGE_ORDERS).isEqualTo(11);
        assertThat(PageFrame.MAX_ORDER_NR_PAGES).isEqualTo(1024);
        assertThat(PageFrame.PAGEBLOCK_NR_PAGES).isEqualTo(512);
        assertThat(PageFrame.PAGE_ALLOC_COSTLY_ORDER).isEqualTo(3);
        assertThat(PageFrame.NONE).isZero();
    }

    /** C1 is the first two rows. */
    @ParameterizedTest
    @CsvSource({
        "0x100, 3, 0x108",
        "0x101, 0, 0x100",
        "0x100, 0, 0x101",
        "0x400, 10, 0x0",
        "0xfffff00000, 10, 0xfffff00400"
    })
    void buddyOf(String pfn, int order, String buddy) {
        assertThat(PageFrame.buddy(Long.decode(pfn), order)).isEqualTo(Long.decode(buddy));
    }

    @Test
    void aBuddysBuddyIsTheBlockAndBothAreHalvesOfOne() {
        for (int order = 0; order < PageFrame.MAX_PAGE_ORDER; order++) {
            for (long pfn = 0; pfn < 4096; pfn += PageFrame.pages(order)) {
                long buddy = PageFrame.buddy(pfn, order);
                assertThat(PageFrame.buddy(buddy, order)).isEqualTo(pfn);
                assertThat(Math.abs(buddy - pfn)).isEqualTo(PageFrame.pages(order));
                assertThat(Math.min(buddy, pfn) % PageFrame.pages(order + 1)).isZero();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0",
        "4095, 0",
        "4096, 0",
        "4097, 1",
        "8192, 1",
        "8193, 2",
        "12288, 2",
        "16384, 2",
        "16385, 3",
        "32768, 3",
        "2097152, 9",
        "2097153, 10",
        "4194304, 10",
        "4194305, 11",
        "9223372036854775807, 51"
    })
    void orderOfBytes(long bytes, int order) {
        assertThat(PageFrame.order(bytes)).isEqualTo(order);
    }

    @Test
    void anOrderIsTheSmallestThatFits() {
        for (int order = 1; order <= PageFrame.MAX_PAGE_ORDER; order++) {
            long bytes = (long) PageFrame.pages(order) * PageFrame.PAGE_SIZE;
            assertThat(PageFrame.order(bytes)).isEqualTo(order);
            assertThat(PageFrame.order(bytes + 1)).isEqualTo(order + 1);
            assertThat(PageFrame.order(bytes / 2)).isEqualTo(order - 1);
            assertThat(PageFrame.order(bytes / 2 + 1)).isEqualTo(order);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void noBytesHaveNoOrder(long bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PageFrame.order(bytes))
                .withMessage("a block has at least 1 byte, not " + bytes);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "4096, 1", "4097, 2", "20480, 5", "20481, 6", "9223372036854775807, 2251799813685248"})
    void pagesForBytes(long bytes, long pages) {
        assertThat(PageFrame.pagesFor(bytes)).isEqualTo(pages);
    }

    /** C20: order 4 is not; a transparent huge page is. */
    @Test
    void ordersThatPerCpuCachesKeep() {
        assertThat(IntStream.rangeClosed(0, PageFrame.MAX_PAGE_ORDER).filter(PageFrame::pcpAllowedOrder))
                .containsExactly(0, 1, 2, 3, 9);
    }
}
