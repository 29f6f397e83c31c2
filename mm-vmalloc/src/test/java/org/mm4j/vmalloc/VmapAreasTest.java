package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.CpuSource;

/** Areas of an address space, by one thread. */
class VmapAreasTest {
    private static final long START = 0x4000_0000L;
    private static final int PAGES = 4096;
    private static final long END = START + (long) PAGES * PAGE_SIZE;

    private final FlushLog flush = new FlushLog();

    /** One node: no pools. */
    private final VmapAreas areas = new VmapAreas(START, END, 1, CpuSource.fixed(0), flush);

    /** Four nodes. */
    private final VmapAreas four = new VmapAreas(START, END, 4, CpuSource.fixed(2), flush);

    @AfterEach
    void areValid() {
        assertThat(areas.validate()).isEmpty();
        assertThat(four.validate()).isEmpty();
    }

    private static VmapArea take(VmapAreas from, int pages) {
        VmapArea area = from.alloc((long) pages * PAGE_SIZE, PAGE_SIZE, VmFlags.VM_ALLOC);
        assertThat(area).isNotNull();
        area.publish();
        return area;
    }

    private static void free(VmapAreas of, VmapArea area) {
        assertThat(of.unlink(area.start())).isSameAs(area);
        of.freeLazily(area);
    }

    @Test
    @DisplayName("C64: between two areas of a page lies a guard page")
    void guardPages() {
        VmapArea first = take(areas, 2);
        VmapArea second = take(areas, 2);
        assertThat(first.bytesUsable()).isEqualTo(PAGE_SIZE);
        assertThat(second.start()).isEqualTo(first.end());
        assertThat(second.start() - (first.start() + first.bytesUsable())).isEqualTo(PAGE_SIZE);
        VmapArea bare = areas.alloc(PAGE_SIZE, PAGE_SIZE, VmFlags.VM_NO_GUARD);
        assertThat(bare.bytesUsable()).isEqualTo(PAGE_SIZE);
        assertThat(areas.alloc(PAGE_SIZE, 1, VmFlags.VMAP_RAM).bytesUsable()).isEqualTo(PAGE_SIZE);
    }

    @Test
    @DisplayName("C65: the lowest address first; a freed one again after a purge only")
    void addressesComeBackAfterAPurge() {
        VmapArea first = take(areas, 5);
        VmapArea second = take(areas, 5);
        assertThat(first.start()).isEqualTo(START);
        assertThat(second.start()).isEqualTo(first.end());
        free(areas, first);
        assertThat(areas.lazyPages()).isEqualTo(5);
        VmapArea third = take(areas, 5);
        assertThat(third.start()).isEqualTo(second.end());
        assertThat(flush.flushes).isEmpty();
        assertThat(areas.purge()).isEqualTo(1);
        assertThat(flush.flushes).containsExactly(FreeRanges.name(START, START + 5 * PAGE_SIZE));
        assertThat(areas.lazyPages()).isZero();
        assertThat(take(areas, 5).start()).isEqualTo(START);
    }

    @Test
    @DisplayName("C65: with more nodes than one, through the pool of the CPU")
    void rangesComeBackThroughPools() {
        VmapArea first = take(four, 5);
        VmapArea second = take(four, 300);
        free(four, first);
        free(four, second);
        assertThat(take(four, 5).start()).isEqualTo(second.end());
        four.purge();
        VmapStats stats = four.stats();
        assertThat(stats.rangesPooled()).as("the one of 300 pages is too long").isEqualTo(1);
        assertThat(stats.pagesPooled()).isEqualTo(5);
        assertThat(four.node(2).pools().count(5)).isEqualTo(1);
        assertThat(take(four, 4).start()).as("another length").isEqualTo(first.end());
        assertThat(take(four, 5).start()).isEqualTo(START);
        assertThat(four.stats().rangesPooled()).isZero();
    }

    @Test
    void aPooledRangeThatIsNotAlignedIsPutLast() {
        take(four, 1);
        VmapArea odd = take(four, 1);
        VmapArea even = take(four, 1);
        free(four, odd);
        free(four, even);
        four.purge();
        VmapArea big = four.alloc(PAGE_SIZE, 2 * PAGE_SIZE, VmFlags.VM_ALLOC);
        assertThat(big.start()).as("from the free addresses").isGreaterThan(even.start());
        assertThat(take(four, 1).start()).isEqualTo(even.start());
        assertThat(take(four, 1).start()).isEqualTo(odd.start());
    }

    @Test
    void aPurgeTakesAQuarterOfEachPoolAndAFullOneAll() {
        List<VmapArea> taken = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            taken.add(take(four, 3));
        }
        taken.forEach(area -> free(four, area));
        four.purge();
        assertThat(four.stats().rangesPooled()).isEqualTo(11);
        four.purge();
        assertThat(four.stats().rangesPooled()).isEqualTo(9);
        four.purge();
        four.purge();
        four.purge();
        assertThat(four.stats().rangesPooled()).isEqualTo(5);
        for (int i = 0; i < 9; i++) {
            four.purge();
        }
        assertThat(four.stats().rangesPooled()).as("of less than four none").isEqualTo(3);
        assertThat(flush.flushes).as("what is pooled was flushed").hasSize(1);
        four.lazyPurge().reclaim();
        assertThat(four.stats().bytesFree()).isEqualTo(END - START);
        assertThat(four.stats().gaps()).isEqualTo(1);
    }

    @Test
    @DisplayName("C66: when addresses run out, all that is lazy or pooled is gathered, and then there are none")
    void exhaustion() {
        List<VmapArea> taken = new ArrayList<>();
        for (int i = 0; i < PAGES / 16; i++) {
            taken.add(take(four, 16));
        }
        assertThat(four.alloc(PAGE_SIZE, PAGE_SIZE, 0)).isNull();
        assertThat(flush.flushes).isEmpty();
        for (int i = 0; i < 64; i++) {
            free(four, taken.get(i));
        }
        four.purge();
        for (int i = 64; i < 128; i++) {
            free(four, taken.get(i));
        }
        assertThat(four.stats().rangesPooled()).isEqualTo(64);
        VmapArea large = four.alloc(128L * 16 * PAGE_SIZE, PAGE_SIZE, 0);
        assertThat(large).isNotNull();
        assertThat(large.start()).isEqualTo(START);
        assertThat(flush.flushes).hasSize(2);
        assertThat(four.alloc(PAGE_SIZE, PAGE_SIZE, 0)).isNull();
        assertThat(four.unlink(large)).isTrue();
        four.freeLazily(large);
        assertThat(four.alloc(END - START, PAGE_SIZE, 0)).isNull();
        assertThat(four.stats().bytesLargestGap()).isEqualTo(128L * 16 * PAGE_SIZE);
    }

    @Test
    @DisplayName("C67: an address where no area begins is not unlinked")
    void unknownAddresses() {
        VmapArea area = take(areas, 3);
        assertThat(areas.unlink(area.start() + 1)).isNull();
        assertThat(areas.unlink(area.start() + PAGE_SIZE)).isNull();
        assertThat(areas.unlink(area.end())).isNull();
        assertThat(areas.unlink(0)).isNull();
        assertThat(areas.unlink(-4096)).isNull();
        assertThat(areas.unlink(area.start())).isSameAs(area);
        assertThat(areas.unlink(area.start())).as("twice").isNull();
        assertThat(areas.unlink(area)).isFalse();
        areas.freeLazily(area);
        assertThatIllegalStateException()
                .isThrownBy(() -> areas.freeLazily(area))
                .withMessage("not an unlinked area: area 0x40000000-0x40003000 LAZY");
        areas.purge();
        assertThatIllegalStateException().isThrownBy(() -> areas.freeLazily(area));
        VmapArea busy = take(areas, 3);
        assertThatIllegalStateException().isThrownBy(() -> areas.freeLazily(busy));
        assertThatIllegalStateException().isThrownBy(busy::publish);
    }

    @ParameterizedTest(name = "C71: {0} CPUs, {1} pages")
    @CsvSource({"1, 8192", "2, 16384", "3, 16384", "4, 24576", "64, 57344", "128, 65536", "127, 57344"})
    void lazyMaxPages(int cpus, long pages) {
        assertThat(LazyPurge.lazyMaxPages(cpus)).isEqualTo(pages);
        assertThat(new VmapAreas(START, END, cpus, CpuSource.BY_THREAD, flush).lazyMaxPages())
                .isEqualTo(pages);
    }

    @Test
    @DisplayName("C71: the page that is one too many purges, with one flush over all")
    void tooMuchLazyIsPurged() {
        VmapAreas large = new VmapAreas(START, START + (1L << 32), 2, CpuSource.BY_THREAD, flush);
        List<VmapArea> taken = new ArrayList<>();
        for (int i = 0; i < 65; i++) {
            taken.add(take(large, 256));
        }
        for (int i = 63; i >= 0; i--) {
            free(large, taken.get(i));
        }
        assertThat(large.lazyPages()).isEqualTo(16384);
        assertThat(flush.flushes).isEmpty();
        free(large, taken.get(64));
        assertThat(large.lazyPages()).isZero();
        assertThat(flush.flushes)
                .containsExactly(FreeRanges.name(START, taken.get(64).end()));
        assertThat(large.stats().flushes()).isEqualTo(1);
        assertThat(large.validate()).isEmpty();
    }

    @ParameterizedTest(name = "{0} CPUs, {1} nodes")
    @CsvSource({"1, 1", "2, 2", "128, 128", "300, 128"})
    void nodesAreAsManyAsCpus(int cpus, int nodes) {
        assertThat(new VmapAreas(START, END, cpus, CpuSource.BY_THREAD, flush).nodeCount())
                .isEqualTo(nodes);
    }

    @Test
    void nodesTakeTurnsEvery16Pages() {
        assertThat(VmapNode.index(0x0000, 3)).isZero();
        assertThat(VmapNode.index(0xffff, 3)).isZero();
        assertThat(VmapNode.index(0x1_0000, 3)).isEqualTo(1);
        assertThat(VmapNode.index(0x3_0000, 3)).isZero();
        assertThat(VmapNode.index(-1, 128)).isEqualTo(127);
    }

    @Test
    void anAreaIsFoundAtEachOfItsAddresses() {
        take(four, 7);
        VmapArea wide = take(four, 200); // over all nodes, several times
        VmapArea behind = take(four, 2);
        for (long address = wide.start(); address < wide.end(); address += PAGE_SIZE) {
            assertThat(four.find(address)).isSameAs(wide);
            assertThat(four.find(address + PAGE_SIZE - 1)).isSameAs(wide);
        }
        assertThat(four.find(behind.start())).isSameAs(behind);
        assertThat(four.find(behind.end())).isNull();
        assertThat(four.find(START - 1)).isNull();
    }

    @Test
    void areasAreFoundInTheOrderOfTheirAddresses() {
        List<VmapArea> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(take(four, 1 + i % 23));
        }
        for (int i = 0; i < 40; i += 3) {
            free(four, all.get(i));
            all.set(i, null);
        }
        all.removeIf(area -> area == null);
        List<VmapArea> walked = new ArrayList<>();
        for (VmapArea area = four.next(0); area != null; area = four.next(area.end())) {
            walked.add(area);
        }
        assertThat(walked).isEqualTo(all);
        VmapArea some = all.get(1);
        assertThat(four.findOverlapping(some.start(), some.end())).isSameAs(some);
        assertThat(four.findOverlapping(some.end() - 1, END)).isSameAs(some);
        assertThat(four.findOverlapping(START, all.get(0).start())).isNull();
        assertThat(four.findOverlapping(all.get(all.size() - 1).end(), END)).isNull();
        VmapArea locked = four.lockNext(some.start() + 5);
        assertThat(locked).isSameAs(some);
        four.unlock(locked);
        assertThat(four.lockNext(END)).isNull();
    }

    @Test
    void whatIsNotPublishedIsNotFound() {
        VmapArea area = four.alloc(3 * PAGE_SIZE, PAGE_SIZE, VmFlags.VM_ALLOC);
        assertThat(four.find(area.start())).isNull();
        assertThat(four.next(START)).isNull();
        assertThat(four.lockNext(START)).isNull();
        assertThat(four.unlink(area.start())).isNull();
        assertThat(four.stats().areasBusy()).isEqualTo(1);
        VmapArea behind = take(four, 1);
        assertThat(four.next(START)).isSameAs(behind);
        area.setCaller("someone");
        area.setPfns(new long[] {7, 9});
        area.publish();
        assertThat(four.find(area.start())).isSameAs(area);
        assertThat(area.caller()).isEqualTo("someone");
        assertThat(area.pfns()).containsExactly(7, 9);
        VmapArea halfBuilt = four.alloc(PAGE_SIZE, PAGE_SIZE, VmFlags.VM_ALLOC);
        assertThat(four.unlink(halfBuilt)).isTrue();
        assertThatIllegalStateException().isThrownBy(halfBuilt::publish);
        four.freeLazily(halfBuilt);
    }

    @Test
    void requestsMayBeBoundToARange() {
        VmapArea area = four.alloc(PAGE_SIZE, PAGE_SIZE, START + (1 << 20), START + (2 << 20), 0, true);
        assertThat(area.start()).isEqualTo(START + (1 << 20));
        assertThat(four.alloc(PAGE_SIZE, PAGE_SIZE, area.start(), area.end(), 0, true))
                .isNull();
        assertThat(four.alloc(PAGE_SIZE, PAGE_SIZE, END, END + PAGE_SIZE, 0, true))
                .isNull();
        assertThat(four.unlink(area)).isTrue();
        four.freeLazily(area);
        four.purge();
        assertThat(four.stats().rangesPooled()).as("it was not for anywhere").isZero();
    }

    @Test
    void badRequestsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> areas.alloc(0, PAGE_SIZE, 0))
                .withMessage("an area is whole pages long, not 0 bytes");
        assertThatIllegalArgumentException().isThrownBy(() -> areas.alloc(-4096, PAGE_SIZE, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> areas.alloc(4097, PAGE_SIZE, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> areas.alloc(4096, 12288, 0))
                .withMessage("an alignment is a power of two, not 12288");
        assertThatIllegalArgumentException().isThrownBy(() -> areas.alloc(4096, 0, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> areas.alloc(4096, 4096, START + 1, END, 0, true))
                .withMessage("no range of pages: 0x40000001-0x41000000");
        assertThatIllegalArgumentException().isThrownBy(() -> areas.alloc(4096, 4096, END, START, 0, true));
        assertThatIllegalArgumentException().isThrownBy(() -> new VmapAreas(START, END, 0, CpuSource.BY_THREAD, flush));
        assertThat(areas.alloc(Long.MAX_VALUE & -PAGE_SIZE, 1L << 63, 0)).isNull();
    }

    @Test
    void aFlushThatFailsLeavesAllLazy() {
        VmapArea first = take(four, 9);
        VmapArea second = take(four, 300);
        free(four, first);
        free(four, second);
        flush.fails = true;
        assertThatIllegalStateException().isThrownBy(four::purge).withMessage("no flush");
        assertThat(four.lazyPages()).isEqualTo(309);
        assertThat(four.validate()).isEmpty();
        assertThatIllegalStateException().isThrownBy(() -> four.alloc(END - START, PAGE_SIZE, 0));
        assertThat(four.validate()).isEmpty();
        flush.fails = false;
        assertThat(four.alloc(END - START, PAGE_SIZE, 0)).isNotNull();
    }

    @Test
    void withoutHeapNothingIsTaken() {
        for (int i = 0; i < four.nodeCount(); i++) {
            four.node(i).busy().tree().setCapacityMax(0);
        }
        List<VmapArea> taken = new ArrayList<>();
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> {
            while (true) {
                taken.add(take(four, 1));
            }
        });
        assertThat(taken).hasSizeGreaterThan(10);
        assertThat(four.validate()).isEmpty();
        assertThat(four.stats().areasBusy()).isEqualTo(taken.size());
        four.space().ranges().tree().setCapacityMax(0);
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> {
            while (true) {
                taken.add(take(four, 16)); // node after node
            }
        });
        assertThat(four.validate()).isEmpty();
        taken.forEach(area -> free(four, area));
        four.lazyPurge().reclaim();
        assertThat(four.stats().gaps()).isEqualTo(1);
        assertThat(four.stats().bytesFree()).isEqualTo(END - START);
    }
}
