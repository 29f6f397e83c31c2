package org.mm4j.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.mm4j.api.BadAddressException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/** vmalloc as a kernel has it: over the same frames, the same memory and the same log as all others. */
class KernelVmallocTest {
    private static final long BYTES = 64L << 20;
    private static final int AREA_BYTES = 10 * PageFrame.PAGE_SIZE;

    private static Kernel boot() {
        return Kernel.boot(KernelConfig.ofBytes(BYTES));
    }

    @Test
    void whatIsWrittenInAnAreaIsReadThroughTheDirectMap() {
        try (Kernel kernel = boot()) {
            long area = kernel.vmalloc().vmalloc(AREA_BYTES);
            MemorySegment bytes = kernel.vmalloc().segment(area);
            for (int page = 0; page < 10; page++) {
                bytes.set(JAVA_LONG, (long) page * PageFrame.PAGE_SIZE, page + 7);
            }
            for (int page = 0; page < 10; page++) {
                long pfn = kernel.vmalloc().vmallocToPfn(area + (long) page * PageFrame.PAGE_SIZE);
                assertThat(kernel.memory().directMap().get(JAVA_LONG, pfn << PageFrame.PAGE_SHIFT))
                        .isEqualTo(page + 7);
            }
            assertThat(kernel.pagesInUse()).isEqualTo(10);
            assertThat(kernel.vmallocinfo()).contains("pages=10").contains("vmalloc");
            kernel.vmalloc().vfree(area);
            assertThat(kernel.pagesInUse()).isZero();
            assertThat(kernel.validate()).isEmpty();
        }
    }

    @Test
    void aKernelWithoutAreasHasNoTables() {
        try (Kernel kernel = boot()) {
            assertThat(kernel.vmallocinfo()).isEmpty();
            assertThat(kernel.validate()).isEmpty();
            long areaBytes = kernel.pagesInUse();
            kernel.vmalloc();
            assertThat(kernel.pagesInUse()).isEqualTo(areaBytes);
        }
    }

    @Test
    void whatIsLeftIsToldAndGivenBack() {
        Kernel kernel = boot();
        kernel.vmalloc().vmalloc(AREA_BYTES);
        kernel.close();

        assertThat(kernel.log().lines())
                .anyMatch(line -> line.contains("vmalloc: closed with 1 areas in use"))
                .noneMatch(line -> line.contains("pages in use"));
        assertThatThrownBy(kernel::vmalloc).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void addressesOfOthersAreRefused() {
        try (Kernel kernel = boot()) {
            long object = kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);

            assertThatThrownBy(() -> kernel.vmalloc().vfree(object)).isInstanceOf(BadAddressException.class);
            assertThat(kernel.vmalloc().isVmallocAddr(object)).isFalse();
            kernel.kmalloc().kfree(object);
        }
    }
}
