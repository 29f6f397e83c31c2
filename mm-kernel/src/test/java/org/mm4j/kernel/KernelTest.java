package org.mm4j.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.memory.BackEnd;
import org.mm4j.memory.MemoryOptions;

class KernelTest {
    private static final long BYTES = 64L << 20;

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(BYTES));

    @AfterEach
    void close() {
        kernel.close();
    }

    @Test
    void frameAddressAndSegmentNameTheSameBytes() {
        long pfn = kernel.pages().allocPages(Gfp.GFP_KERNEL, 2);
        MemorySegment segment = kernel.directMap().segment(pfn, 4 * PageFrame.PAGE_SIZE);
        segment.set(JAVA_LONG, 4096, 42);

        assertThat(segment.address()).isEqualTo(kernel.directMap().address(pfn));
        assertThat(kernel.directMap().pfn(segment.address() + 4096)).isEqualTo(pfn + 1);
        assertThat(kernel.memory().directMap().get(JAVA_LONG, (pfn + 1) * PageFrame.PAGE_SIZE))
                .isEqualTo(42);
        kernel.pages().freePages(pfn, 2);
        assertThat(kernel.pagesInUse()).isZero();
    }

    @Test
    void addressesGoBackAsTheyCame() {
        PageAddresses addresses = kernel.addresses();
        long block = addresses.getFreePages(Gfp.GFP_KERNEL | Gfp.__GFP_HIGHMEM, 3);
        long page = addresses.getFreePage(Gfp.GFP_KERNEL);
        long dma = addresses.getDmaPages(Gfp.GFP_KERNEL, 0);
        long exact = addresses.allocPagesExact(5 * 4096 - 1, Gfp.GFP_KERNEL);

        assertThat(kernel.directMap().pfn(dma)).isLessThan(1 << 12);
        assertThat(kernel.pagesInUse()).isEqualTo(8 + 1 + 1 + 5);
        assertThatThrownBy(() -> addresses.freePages(block + 1, 3)).hasMessageContaining("1 bytes behind the start");
        assertThatThrownBy(() -> addresses.freePages(page, 1)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> addresses.freePage(16)).hasMessageContaining("the direct map is 0x");
        addresses.freePages(block, 3);
        addresses.freePage(page);
        addresses.freePage(dma);
        addresses.freePagesExact(exact, 5 * 4096 - 1);
        addresses.freePage(PageAddresses.NONE);
        assertThat(kernel.pagesInUse()).isZero();
        assertThat(kernel.validate()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = BackEnd.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void aZeroedPageIsZeroAfterItWasUsed(BackEnd backEnd) {
        MemoryOptions options = MemoryOptions.defaults().withBytes(8 << 20).withBackEnd(backEnd);
        try (Kernel small = Kernel.boot(KernelConfig.ofMemory(options, 1))) {
            long used = small.addresses().getFreePage(Gfp.GFP_KERNEL);
            MemorySegment bytes = small.directMap().segment(small.directMap().pfn(used), 4096);
            bytes.fill((byte) 1);
            small.addresses().freePage(used);
            long zeroed = small.addresses().getZeroedPage(Gfp.GFP_KERNEL);

            assertThat(zeroed).as("the page just freed").isEqualTo(used);
            assertThat(bytes.mismatch(MemorySegment.ofArray(new byte[4096]))).isEqualTo(-1);
            small.addresses().freePage(zeroed);
        }
    }

    @Test
    void segmentsAreBoundedAndFailuresThrown() {
        MemorySegment segment = kernel.segments().allocate(10_000, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO);

        assertThat(segment.byteSize()).isEqualTo(10_000);
        assertThatThrownBy(() -> segment.get(JAVA_LONG, 9_996)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.segments().free(segment.asSlice(0, 4096)))
                .isInstanceOf(BadPageException.class)
                .hasMessageContaining("3 exact pages begin there, not 1");
        assertThatThrownBy(() -> kernel.segments().free(MemorySegment.ofArray(new long[8])))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kernel.segments().allocate(5 << 20, Gfp.GFP_KERNEL))
                .isInstanceOf(AllocationFailure.class)
                .hasMessage("there are no 5242880 contiguous bytes for GFP_KERNEL: the page allocator has blocks of "
                        + "4 MiB at most");
        kernel.segments().free(segment);
        assertThat(kernel.pagesInUse()).isZero();
    }

    @Test
    void aClosedKernelRefusesEverything() {
        MemorySegment segment = kernel.segments().allocate(4096, Gfp.GFP_KERNEL);
        kernel.close();

        assertThat(kernel.log().lines())
                .containsExactly("the kernel is closed with 1 pages in use", "  1 pages in 1 blocks of 'unnamed'");
        assertThatThrownBy(kernel::pages)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the kernel is closed");
        assertThatThrownBy(kernel::buddyinfo).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> segment.get(JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
        kernel.close();
    }

    @Test
    void twoKernelsDoNotMeet() {
        try (Kernel other = Kernel.boot(KernelConfig.ofBytes(BYTES))) {
            long page = other.addresses().getFreePage(Gfp.GFP_KERNEL);

            assertThatThrownBy(() -> kernel.addresses().freePage(page)).isInstanceOf(IllegalArgumentException.class);
            assertThat(kernel.pagesInUse()).isZero();
            assertThat(other.pagesInUse()).isOne();
        }
    }

    @Test
    void textsShowTheZonesOfThisKernel() {
        assertThat(kernel.buddyinfo())
                .startsWith(
                        "Node 0, zone      DMA      1      1      1      1      1      1      1      1      1      1"
                                + "      3 \nNode 0, zone    DMA32 ")
                .endsWith(" \n");
        assertThat(kernel.pagetypeinfo()).startsWith("Page block order: 9\nPages per block:  512\n\n");
        assertThat(kernel.zoneinfo()).startsWith("Node 0, zone      DMA\n  per-node stats\n");
        assertThat(kernel.percpuStats()).startsWith("Percpu Memory Statistics\nAllocation Info:\n");
    }

    @Test
    void everyCpuHasItsCopyOfAPercpuArea() {
        long area = kernel.percpu().allocPercpu(8, 8);
        for (int cpu = 0; cpu < kernel.percpu().cpus(); cpu++) {
            MemorySegment copy = kernel.percpu().segment(area, cpu, 8);
            assertThat(copy.get(JAVA_LONG, 0)).isZero();
            copy.set(JAVA_LONG, 0, cpu + 1);
            assertThat(copy.address()).isEqualTo(kernel.percpu().address(area, cpu));
            assertThat(kernel.directMap().contains(copy.address())).isTrue();
        }
        assertThat(kernel.percpu().segment(area, 0, 8).get(JAVA_LONG, 0)).isOne();
        kernel.percpu().freePercpu(area);
        assertThat(kernel.pagesInUse()).isZero();
        assertThat(kernel.validate()).isEmpty();
    }

    @Test
    void nodesShareTheMemoryEvenly() {
        KernelConfig config = KernelConfig.ofMemory(MemoryOptions.defaults().withBytes(BYTES), 3);
        try (Kernel three = Kernel.boot(config)) {
            long here = three.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_THISNODE, 0, 2);

            assertThat(three.pages().nodeOf(here)).isEqualTo(2);
            assertThat(three.nodes()).hasSize(3);
            three.pages().freePages(here, 0);
            assertThat(three.validate()).isEmpty();
        }
        assertThatThrownBy(() -> KernelConfig.ofMemory(MemoryOptions.defaults().withBytes(8 << 20), 3))
                .hasMessage("8388608 bytes cannot be shared by 3 nodes: each has 4 MiB at least");
    }

    @Test
    void cachedPagesAreSeenInZoneinfoAndNotInBuddyinfo() {
        long pfn = kernel.pages().allocPages(Gfp.GFP_KERNEL, 0);
        kernel.pages().freePages(pfn, 0);

        long cached = kernel.nodes().stream()
                .flatMap(node -> node.zones().stream())
                .flatMap(zone -> zone.pageSets().stream())
                .mapToLong(set -> set.count())
                .sum();
        assertThat(cached).isPositive();
        assertThat(kernel.zoneinfo()).contains("count:    " + cached + "\n");
        assertThat(kernel.pagesInUse()).isZero();
    }
}
