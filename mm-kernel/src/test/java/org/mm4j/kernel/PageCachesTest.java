package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.ZoneSnapshot;

/** The page caches of a kernel, as its texts and sums show them. */
class PageCachesTest {
    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20));

    @Test
    void zoneinfoPrintsTheSetOfEveryCpu() {
        try (kernel) {
            long pfn = kernel.pages().allocPages(Gfp.GFP_KERNEL, 0);
            kernel.pages().freePages(pfn, 0);
            ZoneSnapshot zone = kernel.nodes().stream()
                    .flatMap(node -> node.zones().stream())
                    .filter(each -> pagesCached(each) > 0)
                    .findFirst()
                    .orElseThrow();

            assertThat(zone.pageSets()).hasSize(kernel.config().cpus());
            for (PageSetSnapshot set : zone.pageSets()) {
                assertThat(kernel.zoneinfo()).contains("""
                            cpu: %d
                                      count:    %d
                                      high:     %d
                                      batch:    %d
                                      high_min: %d
                                      high_max: %d
                        """.formatted(
                                set.cpu(),
                                set.count(),
                                set.high(),
                                set.size().batch(),
                                set.size().highMin(),
                                set.size().highMax()));
            }
        }
    }

    @Test
    void cachedPagesAreNotInUse() {
        try (kernel) {
            long pfn = kernel.pages().allocPages(Gfp.GFP_KERNEL, 0);
            assertThat(kernel.pagesInUse()).isOne();
            kernel.pages().freePages(pfn, 0);
            assertThat(kernel.pagesInUse()).isZero();
            assertThat(kernel.validate()).isEmpty();
        }
        assertThat(kernel.log().lines()).isEmpty();
    }

    private static long pagesCached(ZoneSnapshot zone) {
        return zone.pageSets().stream().mapToLong(PageSetSnapshot::count).sum();
    }
}
