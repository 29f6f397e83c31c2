package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import javax.management.JMX;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.kernel.arena.KernelArena;
import org.mm4j.memory.BackEnd;
import org.mm4j.memory.MemoryOptions;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MemoryUsageTest {
    private static final long BYTES = 64 << 20;

    private static void checkSum(MemoryUsage usage) {
        assertThat(usage.pagesUsers()
                        + usage.pagesSlab()
                        + usage.pagesPercpu()
                        + usage.pagesTables()
                        + usage.pagesCached()
                        + usage.pagesFree())
                .isEqualTo(usage.pagesManaged());
    }

    @Test
    void everyPageIsCountedOnceAndUnderItsUser() {
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(BYTES))) {
            kernel.drainAllPages();
            MemoryUsage before = kernel.snapshot();
            checkSum(before);
            assertThat(before.pagesUsers()).isZero();
            assertThat(before.bytesReserved()).isEqualTo(BYTES);
            assertThat(before.bytesLargestFree()).isEqualTo(4 << 20);

            long pfn = kernel.pages().allocPages(Gfp.GFP_KERNEL, 3);
            long area = kernel.vmalloc().vmalloc(10 * 4096);
            long large = kernel.kmalloc().kmalloc(1 << 20, Gfp.GFP_KERNEL);
            long small = kernel.kmalloc().kmalloc(2000, Gfp.GFP_KERNEL);
            MemoryUsage after = kernel.snapshot();
            checkSum(after);
            assertThat(after.pagesUsers()).isEqualTo(18);
            assertThat(after.pagesVmalloc()).isEqualTo(10);
            assertThat(after.pagesTables()).isPositive();
            assertThat(after.pagesSlab() - before.pagesSlab()).isEqualTo(256 + 8);
            assertThat(after.bytesSlabFree() - before.bytesSlabFree()).isEqualTo(15 * 2048);
            assertThat(after.pagesCached()).isPositive();
            assertThat(after.toString()).contains("users                 72 KiB   of it vmalloc 40 KiB");
            kernel.pages().freePages(pfn, 3);
            kernel.vmalloc().vfree(area);
            kernel.kmalloc().kfree(large);
            kernel.kmalloc().kfree(small);
            assertThat(kernel.snapshot().pagesUsers()).isZero();
            assertThat(kernel.snapshot().pagesLazy()).isPositive();
        }
    }

    @Test
    void fragmentationIsToldApartFromFree() {
        try (Kernel kernel = Kernel.boot(KernelConfig.library(16 << 20))) {
            List<Long> pages = new ArrayList<>();
            for (int i = 0; i < 3000; i++) {
                pages.add(kernel.pages().allocPages(Gfp.GFP_KERNEL, 0));
            }
            pages.stream()
                    .filter(pfn -> pfn % 2 == 0)
                    .forEach(pfn -> kernel.pages().freePages(pfn, 0));
            kernel.drainAllPages();
            MemoryUsage usage = kernel.snapshot();
            checkSum(usage);
            assertThat(usage.pagesFragmented()).isGreaterThan(1400);
            assertThat(usage.pagesFree() - usage.pagesFragmented()).isNotNegative();
        }
    }

    @Test
    void trimReturnsWhatIsFreeAndNamesWhatIsNot() {
        KernelConfig config = KernelConfig.library(BYTES)
                .withMemory(MemoryOptions.defaults().withBytes(BYTES).withBackEnd(BackEnd.MEMFD))
                .withOwners(OwnerTracking.LABELS);
        try (Kernel kernel = Kernel.boot(config)) {
            kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);
            kernel.owners().as("the cache of pictures", () -> kernel.pages().allocPages(Gfp.GFP_KERNEL, 2));
            KernelArena open = kernel.openArena("request 7");
            open.allocate(100);
            for (int i = 0; i < 40; i++) {
                try (KernelArena arena = kernel.openArena()) {
                    arena.allocate(1 << 20).fill((byte) 1);
                }
            }
            long block = kernel.kmalloc().kmalloc(4 << 20, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO);
            kernel.kmalloc().kfree(block);
            assertThat(kernel.snapshot().bytesCommitted()).isGreaterThan(4 << 20);
            TrimReport report = kernel.trim();
            assertThat(report.bytesReturned()).isGreaterThan(3 << 20);
            assertThat(report.after().bytesCommitted()).isLessThan(2 << 20);
            assertThat(report.after().pagesCached()).isZero();
            assertThat(report.pins())
                    .anyMatch(line -> line.contains("4 pages in 1 blocks of 'the cache of pictures'"))
                    .anyMatch(line -> line.contains("arena 'request 7', shared, 100 bytes"))
                    .anyMatch(line -> line.contains("1 objects of kmalloc-112"));
            assertThat(report.toString()).contains("KiB returned to the host");
            assertThat(kernel.trim().bytesReturned()).isZero();
            assertThat(kernel.validate()).isEmpty();
            assertThat(kernel.snapshot().bytesLargestFree()).isEqualTo(4 << 20);
            open.close();
        }
    }

    @Test
    void whereTheHostTakesNothingTrimSaysSo() {
        MemoryOptions memory = MemoryOptions.defaults().withBytes(16 << 20).withBackEnd(BackEnd.ARENA);
        try (Kernel kernel = Kernel.boot(KernelConfig.ofMemory(memory, 1))) {
            assertThat(kernel.trim().bytesReturned()).isZero();
            assertThat(kernel.validate()).isEmpty();
        }
    }

    @Test
    void monitorsSeeAKernelWhileItIsRegistered() {
        try (Kernel kernel = Kernel.boot(KernelConfig.library(16 << 20));
                KernelBean bean = kernel.register("a \"b\", c")) {
            KernelMXBean seen =
                    JMX.newMXBeanProxy(ManagementFactory.getPlatformMBeanServer(), bean.name(), KernelMXBean.class);
            assertThat(seen.getBytesReserved()).isEqualTo(16 << 20);
            long pfn = kernel.pages().allocPages(Gfp.GFP_KERNEL, 4);
            assertThat(seen.getBytesUsed()).isGreaterThanOrEqualTo(16 << 12);
            kernel.pages().freePages(pfn, 4);
            assertThat(seen.getUsage()).contains("reserved");
            assertThat(seen.trim()).isNotNegative();
            assertThatThrownBy(() -> kernel.register("a \"b\", c")).hasMessageContaining("already");
            bean.close();
            bean.close();
            assertThat(ManagementFactory.getPlatformMBeanServer().isRegistered(bean.name()))
                    .isFalse();
        }
    }

    /** What a user of the library wants to see apart, in the words of the text. */
    @Test
    void usedCachedFragmentedReservedAndReturnedAreToldApart() {
        KernelConfig config = KernelConfig.library(BYTES)
                .withMemory(MemoryOptions.defaults().withBytes(BYTES).withBackEnd(BackEnd.MEMFD));
        try (Kernel kernel = Kernel.boot(config)) {
            List<Long> pages = new ArrayList<>();
            for (int i = 0; i < 512; i++) {
                pages.add(kernel.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_ZERO, 0));
            }
            long committed = kernel.snapshot().bytesCommitted();
            assertThat(kernel.snapshot().bytesReturned()).isZero();
            assertThat(kernel.snapshot().bytesNeverTaken()).isEqualTo(BYTES - committed);
            for (int i = 0; i < 512; i += 2) {
                kernel.pages().freePages(pages.get(i), 0);
            }
            MemoryUsage usage = kernel.snapshot();
            assertThat(usage.bytesUsed()).isGreaterThanOrEqualTo(256 << 12);
            assertThat(usage.pagesCached()).isPositive();
            kernel.drainAllPages();
            assertThat(kernel.snapshot().pagesFragmented()).isGreaterThanOrEqualTo(256);
            assertThat(usage.bytesReserved()).isEqualTo(BYTES);
            for (int i = 1; i < 512; i += 2) {
                kernel.pages().freePages(pages.get(i), 0);
            }
            TrimReport report = kernel.trim();
            assertThat(report.bytesReturned()).isGreaterThanOrEqualTo(1 << 20);
            assertThat(kernel.snapshot().bytesReturned()).isEqualTo(report.bytesReturned());
            assertThat(kernel.snapshot().bytesNeverTaken()).isEqualTo(BYTES - committed);
            long again = kernel.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_ZERO, 9);
            long back = report.bytesReturned() - kernel.snapshot().bytesReturned();
            long first = BYTES - committed - kernel.snapshot().bytesNeverTaken();
            assertThat(back + first)
                    .as("a block is of the host's once or again")
                    .isBetween(1L, 2L << 20);
            kernel.pages().freePages(again, 9);
            assertThat(kernel.snapshot().toString().lines().map(String::strip))
                    .anyMatch(line -> line.matches(
                            "reserved .* of it committed by the host .* returned to it .*, never taken .*"))
                    .anyMatch(line -> line.matches("managed .* of it used .*"))
                    .anyMatch(line -> line.matches("cached .* for CPUs"))
                    .anyMatch(line -> line.matches("free .* fragmented, in blocks below 2 MiB, .*"));
        }
    }
}
