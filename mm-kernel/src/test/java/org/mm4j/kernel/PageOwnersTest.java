package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageOwnersTest {
    private static Kernel boot(OwnerTracking tracking) {
        return Kernel.boot(
                KernelConfig.ofBytes(16 << 20).withLog(new KernelLog()).withOwners(tracking));
    }

    private static PageOwner owner(Kernel kernel, String label) {
        return kernel.owners().live().stream()
                .filter(owner -> owner.label().equals(label))
                .findFirst()
                .orElseGet(() -> new PageOwner(label, List.of(), 0, 0));
    }

    @Test
    void pagesHaveTheLabelOfTheCodeThatTookThem() {
        try (Kernel kernel = boot(OwnerTracking.LABELS)) {
            long[] bulk = new long[5];
            long pfn = kernel.owners().as("outer", () -> {
                kernel.owners().as("inner", () -> {
                    kernel.pages().allocPagesBulk(Gfp.GFP_KERNEL, 0, bulk);
                });
                kernel.pages().allocPagesExact(3 * 4096, Gfp.GFP_KERNEL);
                return kernel.pages().allocPages(Gfp.GFP_KERNEL, 4);
            });
            assertThat(owner(kernel, "inner").pages()).isEqualTo(5);
            assertThat(owner(kernel, "outer").pages()).isEqualTo(19);
            assertThat(owner(kernel, "outer").blocks()).isEqualTo(4);
            kernel.pages().splitPage(pfn, 4);
            assertThat(owner(kernel, "outer").blocks()).isEqualTo(19);
            kernel.pages().freePages(bulk[0], 0);
            kernel.pages().putPage(bulk[1]);
            assertThat(owner(kernel, "inner").pages()).isEqualTo(3);
            assertThat(owner(kernel, "inner").stack()).isEmpty();
        }
    }

    @Test
    void onDemandThereIsTheStackAndCloseTellsIt() {
        KernelLog log;
        try (Kernel kernel = boot(OwnerTracking.STACKS)) {
            log = kernel.log();
            kernel.owners().as("leaky", () -> {
                kernel.pages().allocPages(Gfp.GFP_KERNEL, 1);
            });
            assertThat(owner(kernel, "leaky").stack().toString()).contains("onDemandThereIsTheStackAndCloseTellsIt");
            assertThat(kernel.owners().toString()).contains("2 pages in 1 blocks of 'leaky'\n      at ");
        }
        assertThat(String.join("\n", log.lines()))
                .contains("the kernel is closed with 2 pages in use")
                .contains("2 pages in 1 blocks of 'leaky'");
    }

    @Test
    void nothingIsNotedUnlessWanted() {
        try (Kernel kernel = boot(OwnerTracking.OFF)) {
            assertThat(kernel.pages()).isSameAs(kernel.buddy());
            kernel.pages().freePages(kernel.pages().allocPages(Gfp.GFP_KERNEL, 0), 0);
            assertThat(kernel.owners().live()).isEmpty();
            assertThat(kernel.owners()).hasToString("owners are not noted\n");
        }
    }

    /** As Kernel.boot() has it: always on. */
    @Test
    void withoutLabelsPagesHaveTheNameOfWhatTheyWereTakenFor() {
        try (Kernel kernel = Kernel.boot(KernelConfig.library(32 << 20))) {
            kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);
            kernel.vmalloc().vmalloc(5 * 4096);
            kernel.pages().allocPages(Gfp.GFP_KERNEL, 2);
            kernel.pools().mempoolOfPages("io", 2, 1);
            kernel.pools().dmaPool("ring", 64, 8, 0).alloc(Gfp.GFP_KERNEL);
            kernel.pools().pageFragCache().alloc(10, Gfp.GFP_KERNEL);
            assertThat(owner(kernel, "slabs").pages()).isPositive();
            assertThat(owner(kernel, "vmalloc").pages()).isGreaterThanOrEqualTo(5);
            assertThat(owner(kernel, "percpu units").pages()).isEqualTo(kernel.pagesOfPercpu());
            assertThat(owner(kernel, "unnamed").pages()).isEqualTo(4);
            assertThat(owner(kernel, "mempool io").pages()).isEqualTo(4);
            assertThat(owner(kernel, "dma pool ring").pages()).isEqualTo(1);
            assertThat(owner(kernel, "page fragments").pages()).isEqualTo(8);
        }
    }

    @Test
    void closeNamesEverythingThatIsLive() {
        KernelLog log = new KernelLog();
        try (Kernel kernel = Kernel.boot(KernelConfig.library(32 << 20).withLog(log))) {
            kernel.openArena("request 7").allocate(5000);
            kernel.objectCache("inodes", 600).alloc(Gfp.GFP_KERNEL);
            kernel.kmalloc().kmalloc(50_000, Gfp.GFP_KERNEL);
            kernel.percpu().allocPercpu(64, 8, Gfp.GFP_KERNEL);
            kernel.pools().mempoolOfPages("io", 2, 1);
            kernel.owners().as("pictures", () -> {
                kernel.vmalloc().vmalloc(5 * 4096);
                kernel.pages().allocPages(Gfp.GFP_KERNEL, 2);
                kernel.kmalloc().kmalloc(20_000, Gfp.GFP_KERNEL);
            });
        }
        assertThat(log.lines())
                .contains("arena 'request 7', shared, 5000 bytes was open")
                .contains("Objects remaining on __kmem_cache_shutdown(): 1 of inodes")
                .contains("kmalloc is closed with 2 large blocks of 24 pages live")
                .contains("percpu: closed with 1 areas in use")
                .anyMatch(line -> line.startsWith("vmalloc: closed with 1 areas in use, of 5 pages"))
                .anyMatch(line -> line.matches("  [0-9]+ pages in [0-9]+ blocks of 'slabs'"))
                .anyMatch(line -> line.matches("  [0-9]+ pages in [0-9]+ blocks of 'percpu units'"))
                .anyMatch(line -> line.matches("  (1[7-9]|2[0-9]) pages in [0-9]+ blocks of 'pictures'"))
                .contains("  4 pages in 2 blocks of 'mempool io'");
    }

    @Test
    void aKernelWhereNothingIsLiveSaysNothing() {
        KernelLog log = new KernelLog();
        try (Kernel kernel = Kernel.boot(KernelConfig.library(32 << 20).withLog(log))) {
            kernel.vmalloc().vfree(kernel.vmalloc().vmalloc(5 * 4096));
            kernel.kmalloc().kfree(kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL));
            kernel.kmalloc().kfreeRcu(kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL));
        }
        assertThat(log.lines()).isEmpty();
    }
}
