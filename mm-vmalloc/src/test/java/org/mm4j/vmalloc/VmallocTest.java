package org.mm4j.vmalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.VirtualAllocator.NONE;
import static org.mm4j.vmalloc.Machine.PAGE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.memory.BackEnd;

/** What vmalloc does besides the conformance cases: contents, blocks, segments, listing, the end. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VmallocTest {
    @BackEnds
    void whatIsWrittenThroughTheAreaIsInItsFrames(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd, Machine.scattered())) {
            long[] kept = machine.fragment(100);
            long area = machine.vmalloc.vmalloc(20 * PAGE);
            for (int page = 0; page < 20; page++) {
                long pfn = machine.vmalloc.vmallocToPfn(area + page * PAGE + 17);
                machine.memory.directMap().set(JAVA_BYTE, (pfn << PAGE_SHIFT) + 5, (byte) (page + 1));
                assertThat(machine.read(area + page * PAGE + 5)).isEqualTo((byte) (page + 1));
            }
            long at = 0;
            for (MemorySegment segment : machine.vmalloc.segments(area)) {
                for (long in = 0; in < segment.byteSize(); in += PAGE, at += PAGE) {
                    assertThat(segment.get(JAVA_BYTE, in + 5)).isEqualTo((byte) (at / PAGE + 1));
                    segment.set(JAVA_BYTE, in + 6, (byte) 77);
                    long pfn = machine.vmalloc.vmallocToPfn(area + at);
                    assertThat(machine.memory.directMap().get(JAVA_BYTE, (pfn << PAGE_SHIFT) + 6))
                            .isEqualTo((byte) 77);
                }
            }
            assertThat(at).isEqualTo(20 * PAGE);
            machine.vmalloc.vfree(area);
            for (long pfn : kept) {
                machine.buddy.freePages(pfn, 0);
            }
            machine.assertAllFree();
        }
    }

    @BackEnds
    void theContextDecidesWhatIsAsked(BackEnd backEnd) {
        List<Integer> asked = new ArrayList<>();
        VmallocConfig config = VmallocConfig.of(2).withBytes(4 * PAGE).withContext(gfp -> {
            asked.add(gfp);
            return gfp | Gfp.__GFP_NOWARN;
        });
        try (Machine machine = new Machine(backEnd, config)) {
            assertThat(machine.vmalloc.vmalloc(8 * PAGE)).isEqualTo(NONE);
            assertThat(machine.vmalloc.vmallocUser(8 * PAGE)).isEqualTo(NONE);
            assertThat(asked).containsExactly(Gfp.GFP_KERNEL, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO);
            assertThat(machine.log.linesWritten()).isZero();
        }
    }

    @BackEnds
    void addressesWithNothingMappedKeepTheirAlignment(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            int flags = VmFlags.VM_MAP | VmFlags.VM_NO_GUARD;
            for (long align = PAGE; align <= 64 * PAGE; align *= 2) {
                long small = machine.vmalloc.getVmArea(PAGE, flags);
                long area = machine.vmalloc.getVmArea(5 * PAGE, align, flags);
                assertThat(area % align).as("align %d", align).isZero();
                assertThat(machine.vmalloc.findVmArea(area).bytes()).isEqualTo(5 * PAGE);
                machine.vmalloc.vunmap(small);
                machine.vmalloc.vunmap(area);
            }
            machine.assertAllFree();
        }
    }

    @BackEnds
    void zeroedMemoryIsZeroWhateverTheFramesHeld(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long[] pfns = new long[2000];
            machine.buddy.allocPagesBulk(Gfp.GFP_KERNEL, 0, pfns);
            for (long pfn : pfns) {
                machine.memory.directMap().asSlice(pfn << PAGE_SHIFT, PAGE).fill((byte) 0xa5);
                machine.buddy.freePages(pfn, 0);
            }
            long a = machine.vmalloc.vzalloc(100 * PAGE);
            long b = machine.vmalloc.vmallocUser(10 * PAGE);
            long c = machine.vmalloc.vzallocNode(10 * PAGE, 0);
            long d = machine.vmalloc.vmallocNode(100, 0);
            assertThat(machine.isZero(a)).isTrue();
            assertThat(machine.isZero(b)).isTrue();
            assertThat(machine.isZero(c)).isTrue();
            assertThat(machine.vmalloc.segment(d).byteSize()).isEqualTo(100);
            assertThat(machine.vmalloc.findVmArea(b).words()).containsExactly("vmalloc", "user");
            for (long area : new long[] {a, b, c, d}) {
                machine.vmalloc.vfree(area);
            }
        }
    }

    @BackEnds
    void hugeAreasAreMadeOfHugeBlocks(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long bytes = 5L << 20;
            long area = machine.vmalloc.vmallocHuge(bytes, Gfp.GFP_KERNEL);
            assertThat(area % (2L << 20)).isZero();
            assertThat(machine.vmalloc.findVmArea(area).pages()).isEqualTo(3 * 512);
            assertThat(machine.vmalloc.vmallocToPfn(area) % 512).isZero();
            assertThat(machine.vmalloc.vmallocToPfn(area + 511 * PAGE))
                    .isEqualTo(machine.vmalloc.vmallocToPfn(area) + 511);
            long tables = machine.vmalloc.pagesOfTables();
            machine.assertValid();
            machine.mark(area, 3);
            machine.vmalloc.vfree(area);
            machine.vmalloc.vmUnmapAliases();
            long small = machine.vmalloc.vmalloc(5 * PAGE); // a table comes where a huge entry was
            assertThat(small).isEqualTo(area);
            assertThat(machine.vmalloc.pagesOfTables()).isEqualTo(tables + 1);
            machine.vmalloc.vfree(small);
            machine.vmalloc.vmUnmapAliases();
            long again = machine.vmalloc.vmallocHuge(bytes, Gfp.GFP_KERNEL); // and stays
            machine.assertValid();
            machine.vmalloc.vfree(again);
            machine.pages.failOrder = 9;
            long scattered = machine.vmalloc.vmallocHuge(bytes, Gfp.GFP_KERNEL);
            assertThat(machine.vmalloc.findVmArea(scattered).pages()).isEqualTo(bytes / PAGE);
            assertThat(machine.lines()).isEmpty();
            machine.vmalloc.vfree(scattered);
            machine.assertAllFree();
        }
    }

    @BackEnds
    void framesAreTakenInTheLargestBlocksThatFit(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            machine.pages.requests = 0;
            long area = machine.vmalloc.vmalloc(1024 * PAGE + 13 * PAGE);
            assertThat(machine.pages.requests - machine.vmalloc.pagesOfTables()).isBetween(1L, 8L);
            if (machine.vmalloc.hasRealAddresses()) {
                assertThat(machine.vmalloc.mappings()).isLessThanOrEqualTo(5);
            }
            machine.vmalloc.vfree(area);
        }
    }

    @BackEnds
    void vmapPutPagesGivesTheFramesToTheArea(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long[] pfns = new long[5];
            machine.buddy.allocPagesBulk(Gfp.GFP_KERNEL, 0, pfns);
            long area = machine.vmalloc.vmap(pfns, VmFlags.VM_MAP_PUT_PAGES);
            assertThat(machine.vmalloc.findVmArea(area).pages()).isEqualTo(5);
            machine.assertValid();
            machine.vmalloc.vfree(area);
            machine.assertAllFree();
        }
    }

    @BackEnds
    void segmentsEndWithTheArea(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long a = machine.vmalloc.vmalloc(PAGE);
            MemorySegment segment = machine.vmalloc.segment(a);
            machine.vmalloc.vfree(a);
            assertThatThrownBy(() -> segment.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
            machine.vmalloc.vmUnmapAliases();
            long b = machine.vmalloc.vmalloc(PAGE);
            assertThat(b).isEqualTo(a);
            assertThatThrownBy(() -> segment.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
            machine.vmalloc.vfree(b);
        }
    }

    @BackEnds
    void scatteredAreasHaveOneSegmentOnRealAddressesOnly(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd, Machine.scattered())) {
            long[] kept = machine.fragment(100);
            long area = machine.vmalloc.vmalloc(10 * PAGE);
            if (machine.vmalloc.hasRealAddresses()) {
                assertThat(machine.vmalloc.segment(area).address()).isEqualTo(area);
                assertThat(machine.vmalloc.segment(area).byteSize()).isEqualTo(10 * PAGE);
            } else {
                assertThatThrownBy(() -> machine.vmalloc.segment(area))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("has 10 segments");
            }
            machine.vmalloc.vfree(area);
            for (long pfn : kept) {
                machine.buddy.freePages(pfn, 0);
            }
        }
    }

    @BackEnds
    void theListingIsTheKernels(BackEnd backEnd) {
        VmallocConfig config = VmallocConfig.of(1).withNamesCallers(true);
        try (Machine machine = new Machine(backEnd, config)) {
            long a = machine.vmalloc.vmalloc(4 * PAGE);
            long io = machine.vmalloc.getVmArea(PAGE, VmFlags.VM_IOREMAP);
            long b = machine.vmalloc.vmalloc(PAGE);
            machine.vmalloc.vfree(b);
            String text = VmallocInfoText.of(machine.vmalloc.areas()).replaceAll("\\+\\d+ ", "+9 ");
            assertThat(text.lines())
                    .containsExactly(
                            range(a, 5) + "   20480 VmallocTest.theListingIsTheKernels+9 pages=4 vmalloc N0=4",
                            range(io, 2) + "    8192 VmallocTest.theListingIsTheKernels+9 ioremap",
                            range(b, 2) + "    8192 unpurged vm_area");
            machine.vmalloc.vfree(a);
            machine.vmalloc.vunmap(io);
        }
    }

    private static String range(long address, long pages) {
        return "0x%016x-0x%016x".formatted(address, address + pages * PAGE);
    }

    @BackEnds
    void closingTellsAndFreesWhatIsLive(BackEnd backEnd) {
        Machine machine = new Machine(backEnd);
        long a = machine.vmalloc.vmalloc(3 * PAGE);
        machine.vmalloc.vfreeAtomic(machine.vmalloc.vmalloc(PAGE));
        MemorySegment segment = machine.vmalloc.segments(a).getFirst();
        machine.close();
        assertThat(machine.lines())
                .containsExactly("vmalloc: closed with 1 areas in use, of 3 pages, and 0 mappings of vm_map_ram()");
        assertThatThrownBy(() -> segment.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        machine.vmalloc.close();
        assertThatThrownBy(() -> machine.vmalloc.vmalloc(PAGE)).hasMessage("vmalloc is closed");
        assertThatThrownBy(() -> machine.vmalloc.vfree(a)).hasMessage("vmalloc is closed");
        assertThatThrownBy(() -> machine.vmalloc.vfreeAtomic(a)).hasMessage("vmalloc is closed");
        assertThatThrownBy(() -> machine.vmalloc.vmallocToPfn(a)).hasMessage("vmalloc is closed");
    }

    /** Random areas, each with its number in every page, as long as they live. */
    @BackEnds
    void randomRunsKeepEveryAreasContents(BackEnd backEnd) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Machine machine = new Machine(backEnd, VmallocConfig.of(2).withBlockOrderMax(random.nextInt(4)))) {
            List<Long> areas = new ArrayList<>();
            List<Integer> numbers = new ArrayList<>();
            for (int step = 0; step < 1500; step++) {
                if (random.nextInt(5) < 3 && areas.size() < 200) {
                    long area = machine.vmalloc.vmalloc(1 + random.nextLong(20 * PAGE));
                    assertThat(area).isNotEqualTo(NONE);
                    machine.mark(area, step);
                    areas.add(area);
                    numbers.add(step);
                } else if (!areas.isEmpty()) {
                    int index = random.nextInt(areas.size());
                    assertThat(machine.isMarked(areas.get(index), numbers.get(index)))
                            .as("seed %d, step %d", seed, step)
                            .isTrue();
                    machine.vmalloc.vfree(areas.remove(index));
                    numbers.remove(index);
                }
                if (step % 300 == 0) {
                    machine.assertValid();
                }
            }
            areas.forEach(machine.vmalloc::vfree);
            machine.assertAllFree();
        }
    }
}
