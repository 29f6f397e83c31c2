package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_NOFAIL;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.FaultAttributes;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.kernel.arena.KernelArena;
import org.mm4j.memory.HostMemoryException;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheArgs;

/** The points where a kernel can be made to fail. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelFaultsTest {
    private static final FaultAttributes ALWAYS = FaultAttributes.oneIn(1);

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20).withFaults(true));
    private final KernelFaults faults = kernel.faults();

    @AfterEach
    void nothingIsLost() {
        faults.setAll(FaultAttributes.NONE);
        assertThat(kernel.validate()).isEmpty();
        assertThat(kernel.pagesInUse()).isZero();
        kernel.close();
    }

    private KmemCache cache() {
        return Objects.requireNonNull(kernel.slab().kmemCacheCreate("things", 64, KmemCacheArgs.NONE));
    }

    @Test
    void nothingFailsUntilItIsToldTo() {
        long pfn = kernel.pages().allocPages(GFP_KERNEL, 0);
        assertThat(pfn).isNotEqualTo(PageFrame.NONE);
        kernel.pages().freePages(pfn, 0);
        assertThat(faults.faults()).isZero();
    }

    @Test
    void pagesFail() {
        faults.set(FaultPoint.FAIL_PAGE_ALLOC, ALWAYS);
        assertThat(kernel.pages().allocPages(GFP_KERNEL, 0)).isEqualTo(PageFrame.NONE);
        assertThat(kernel.kmalloc().kmalloc(2 << 20, GFP_KERNEL)).isZero();
        assertThat(faults.of(FaultPoint.FAIL_PAGE_ALLOC).faults()).isEqualTo(2);
        long pfn = kernel.pages().allocPages(GFP_KERNEL | __GFP_NOFAIL, 0);
        kernel.pages().freePages(pfn, 0);
    }

    @Test
    void objectsFail() {
        KmemCache cache = cache();
        faults.set(FaultPoint.FAILSLAB, ALWAYS);
        assertThat(cache.alloc(GFP_KERNEL)).isZero();
        assertThat(kernel.kmalloc().kmalloc(100, GFP_KERNEL)).isZero();
        faults.filterCaches(true);
        cache.free(cache.alloc(GFP_KERNEL));
        assertThat(faults.of(FaultPoint.FAILSLAB).faults()).isEqualTo(2);
    }

    @Test
    void percpuMemoryFails() {
        faults.set(FaultPoint.FAIL_PERCPU_ALLOC, ALWAYS);
        assertThat(kernel.percpu().allocPercpu(8, 8)).isEqualTo(PerCpuAllocator.NONE);
        assertThat(faults.of(FaultPoint.FAIL_PERCPU_ALLOC).faults()).isEqualTo(1);
    }

    @Test
    void theHostRefusesToMapAndToUnmap() {
        faults.set(FaultPoint.FAIL_MAP, ALWAYS);
        assertThat(kernel.vmalloc().vmalloc(8192)).isZero();
        assertThat(kernel.log().lines().getLast()).contains("failed to map pages: mmap was made to fail");
        faults.set(FaultPoint.FAIL_MAP, FaultAttributes.NONE);
        long address = kernel.vmalloc().vmalloc(8192);
        faults.set(FaultPoint.FAIL_UNMAP, ALWAYS.withTimes(1));
        assertThatThrownBy(() -> kernel.vmalloc().vfree(address)).isInstanceOf(HostMemoryException.class);
        assertThat(kernel.validate()).isEmpty();
        kernel.vmalloc().vfree(address);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("what the host refuses to take from an arena goes with a later call, and the other chunks at once")
    void anArenaLosesNoChunk() {
        try (KernelArena arena = kernel.openConfinedArena()) {
            arena.allocate(5 << 20, 8);
            arena.allocate(6 << 20, 8);
            faults.set(FaultPoint.FAIL_UNMAP, ALWAYS.withTimes(1));
        }
        assertThat(faults.of(FaultPoint.FAIL_UNMAP).faults()).isEqualTo(1);
        kernel.vmalloc().vmUnmapAliases();
    }

    @Test
    @DisplayName("who cannot enter a slot takes the slow way, and nobody sees it")
    void slotsAreTaken() {
        faults.set(FaultPoint.FAIL_TRYLOCK, ALWAYS);
        KmemCache cache = cache();
        for (int i = 0; i < 1000; i++) {
            kernel.pages().freePages(kernel.pages().allocPages(GFP_KERNEL, 0), 0);
            cache.free(cache.alloc(GFP_KERNEL));
            kernel.percpu().freePercpu(kernel.percpu().allocPercpu(8, 8));
            kernel.vmalloc().vfree(kernel.vmalloc().vmalloc(4096));
        }
        assertThat(faults.of(FaultPoint.FAIL_TRYLOCK).faults()).isGreaterThan(1000);
    }

    @Test
    void aListenerHearsOfEachFault() {
        Set<FaultPoint> heard = EnumSet.noneOf(FaultPoint.class);
        faults.onFault(heard::add);
        faults.setAll(ALWAYS);
        assertThat(kernel.kmalloc().kmalloc(100, GFP_KERNEL)).isZero();
        assertThat(heard).containsExactly(FaultPoint.FAILSLAB);
    }

    @Test
    void filesAreThoseOfTheKernel() {
        faults.set(
                FaultPoint.FAIL_PAGE_ALLOC, FaultAttributes.parse("7,50,4096,3").withMinOrder(1));
        ProcTree proc = kernel.proc();
        assertThat(proc.list("/sys/kernel/debug"))
                .containsExactly(
                        "fail_charge/",
                        "fail_contig_alloc/",
                        "fail_map/",
                        "fail_mempool_alloc/",
                        "fail_mempool_alloc_bulk/",
                        "fail_page_alloc/",
                        "fail_percpu_alloc/",
                        "fail_punch/",
                        "fail_trylock/",
                        "fail_unmap/",
                        "failslab/",
                        "percpu_stats");
        String folder = "/sys/kernel/debug/fail_page_alloc/";
        assertThat(proc.read(folder + "interval")).isEqualTo("7\n");
        assertThat(proc.read(folder + "probability")).isEqualTo("50\n");
        assertThat(proc.read(folder + "space")).isEqualTo("4096\n");
        assertThat(proc.read(folder + "times")).isEqualTo("3\n");
        assertThat(proc.read(folder + "min-order")).isEqualTo("1\n");
        assertThat(proc.read(folder + "ignore-gfp-wait")).isEqualTo("N\n");
        assertThat(proc.read("/sys/kernel/debug/failslab/cache-filter")).isEqualTo("N\n");
        assertThat(proc.read("/sys/kernel/debug/failslab/faults")).isEqualTo("0\n");
    }

    @Test
    void aKernelWithoutPointsSaysSo() {
        try (Kernel plain = Kernel.boot(KernelConfig.ofBytes(64 << 20))) {
            assertThatThrownBy(() -> plain.faults().set(FaultPoint.FAILSLAB, ALWAYS))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("withFaults");
            assertThat(plain.faults().faults()).isZero();
            assertThat(plain.proc().list("/sys/kernel/debug")).containsExactly("percpu_stats");
        }
    }

    @Test
    void ratesAreReadAsPeopleWriteThem() {
        FaultAttributes rare = FaultAttributes.ofRate("1/1000");
        assertThat(FaultRates.parse("1/1000").attributes())
                .hasSize(FaultPoint.values().length)
                .containsValue(rare);
        assertThat(FaultRates.parse("failslab=0.001, fail_map=1/4").attributes())
                .containsOnlyKeys(FaultPoint.FAILSLAB, FaultPoint.FAIL_MAP)
                .containsEntry(FaultPoint.FAILSLAB, rare)
                .containsEntry(FaultPoint.FAIL_MAP, FaultAttributes.ofRate("0.25"));
        FaultRates.parse("failslab=1").applyTo(faults);
        assertThat(kernel.kmalloc().kmalloc(100, GFP_KERNEL)).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "failslap=0.1 | there is no fault point 'failslap'; there are failslab, fail_page_alloc, "
                        + "fail_contig_alloc, fail_percpu_alloc, fail_mempool_alloc, fail_mempool_alloc_bulk, "
                        + "fail_charge, fail_map, fail_unmap, fail_punch, fail_trylock",
                "failslab | a rate is a number like 1/1000 or 0.001, not \"failslab\"",
                "failslab=0.1,0.2 | '0.2' is not POINT=RATE, as failslab=1/1000",
                "failslab=0.1,failslab=0.2 | failslab is given twice",
                "failslab=2 | a rate is above 0 and at most 1, as 1/1000 or 0.001; not 2"
            })
    void badRatesAreRefused(String text, String message) {
        assertThatThrownBy(() -> FaultRates.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "failslab",
                "fail_page_alloc",
                "fail_contig_alloc",
                "fail_percpu_alloc",
                "fail_mempool_alloc",
                "fail_mempool_alloc_bulk",
                "fail_charge",
                "fail_map",
                "fail_unmap",
                "fail_punch",
                "fail_trylock"
            })
    void pointsHaveTheirNames(String name) {
        assertThat(FaultPoint.of(name).kernelName()).isEqualTo(name);
        assertThat(faults.of(FaultPoint.of(name)).name()).isEqualTo(name);
    }
}
