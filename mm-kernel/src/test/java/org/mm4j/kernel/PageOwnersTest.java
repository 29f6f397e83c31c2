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
}
