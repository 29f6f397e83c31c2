package org.mm4j.vmalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.VirtualAllocator.NONE;
import static org.mm4j.vmalloc.Machine.PAGE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.VirtualAreaSnapshot;
import org.mm4j.memory.BackEnd;

/** What vmalloc promises, case by case. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VmallocConformanceTest {
    @BackEnds
    void c63_nothingIsRefusedWithALine(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            assertThat(machine.vmalloc.vmalloc(0)).isEqualTo(NONE);
            assertThat(machine.vmalloc.vmalloc(0)).isEqualTo(NONE);
            assertThat(machine.lines()).containsExactly("vmalloc of 0 bytes");
            machine.assertAllFree();
        }
    }

    @BackEnds
    void c64_aGuardPageLiesBehindEveryArea(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long a = machine.vmalloc.vmalloc(PAGE);
            long b = machine.vmalloc.vmalloc(PAGE);
            assertThat(Math.abs(a - b)).isGreaterThanOrEqualTo(2 * PAGE);
            assertThat(machine.vmalloc.vmallocToPfn(a + PAGE)).isZero();
            assertThat(machine.vmalloc.findVmArea(a).bytes()).isEqualTo(2 * PAGE);
            assertThatThrownBy(() -> machine.vmalloc.segment(a).get(JAVA_BYTE, PAGE))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            machine.vmalloc.vfree(a);
            machine.vmalloc.vfree(b);
        }
    }

    @BackEnds
    void c65_addressesAreUsedAgainOnlyAfterThePurge(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long first = machine.vmalloc.vmalloc(PAGE);
            assertThat(first).isEqualTo(machine.reserve.address());
            machine.vmalloc.vfree(first);
            long second = machine.vmalloc.vmalloc(PAGE);
            assertThat(second).isEqualTo(first + 2 * PAGE);
            assertThat(machine.vmalloc.pagesLazy()).isEqualTo(2);
            machine.vmalloc.vmUnmapAliases();
            assertThat(machine.vmalloc.pagesLazy()).isZero();
            long third = machine.vmalloc.vmalloc(PAGE);
            assertThat(third).isEqualTo(first);
            machine.vmalloc.vfree(second);
            machine.vmalloc.vfree(third);
        }
    }

    @BackEnds
    void c66_exhaustionPurgesFirstAndThenFailsWithALine(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd, VmallocConfig.of(2).withBytes(16 * PAGE))) {
            List<Long> areas = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                areas.add(machine.vmalloc.vmalloc(PAGE));
            }
            assertThat(areas).doesNotContain(NONE);
            assertThat(machine.vmalloc.vmalloc(PAGE)).isEqualTo(NONE);
            assertThat(machine.lines())
                    .last()
                    .asString()
                    .contains(": vmalloc error: size 4096, vm_struct allocation failed, mode:0xcc0(GFP_KERNEL)");
            assertThat(machine.vmalloc.vmallocWith(PAGE, Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN))
                    .isEqualTo(NONE);
            assertThat(machine.log.linesWritten()).isEqualTo(2);
            assertThat(machine.lines())
                    .first()
                    .asString()
                    .contains("vmalloc_node_range for size 4096 failed: Address range restricted to 0x"
                            + Long.toHexString(machine.reserve.address()) + " - 0x"
                            + Long.toHexString(machine.reserve.address() + 16 * PAGE));
            machine.vmalloc.vfree(areas.removeFirst());
            assertThat(machine.vmalloc.vmallocWith(PAGE, Gfp.GFP_NOWAIT | Gfp.__GFP_NOWARN))
                    .as("who may not block does not wait for a purge")
                    .isEqualTo(NONE);
            assertThat(machine.vmalloc.pagesLazy()).isEqualTo(2);
            long again = machine.vmalloc.vmalloc(PAGE);
            assertThat(again).as("after the purge").isEqualTo(machine.reserve.address());
            machine.vmalloc.vfree(again);
            areas.forEach(machine.vmalloc::vfree);
        }
    }

    @BackEnds
    void c68_vfreeAtomicIsDeferred(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long a = machine.vmalloc.vmalloc(3 * PAGE);
            long b = machine.vmalloc.vmalloc(PAGE);
            machine.vmalloc.vfreeAtomic(a);
            assertThat(machine.vmalloc.pagesUsed()).isEqualTo(4);
            assertThat(machine.vmalloc.findVmArea(a)).isNull();
            assertThatThrownBy(() -> machine.vmalloc.vfreeAtomic(a)).hasMessageContaining("nonexistent vm area");
            assertThatThrownBy(() -> machine.vmalloc.segments(a)).hasMessageContaining("nonexistent vm area");
            machine.assertValid();
            long atomic = machine.vmalloc.vmallocWith(PAGE, Gfp.GFP_ATOMIC);
            assertThat(machine.vmalloc.pagesUsed())
                    .as("nothing is drained by who cannot wait")
                    .isBetween(4L, 5L);
            machine.vmalloc.vfree(b);
            assertThat(machine.vmalloc.pagesUsed()).isEqualTo(atomic == NONE ? 0 : 1);
            machine.vmalloc.vfreeAtomic(atomic);
            machine.vmalloc.vfreeAtomic(NONE);
            machine.vmalloc.drainDeferred();
            machine.assertAllFree();
        }
    }

    @BackEnds
    void c69_vmallocToPfnGivesTheFrames(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long[] pfns = new long[3];
            machine.buddy.allocPagesBulk(Gfp.GFP_KERNEL, 0, pfns);
            long area = machine.vmalloc.vmap(pfns);
            for (int page = 0; page < 3; page++) {
                assertThat(machine.vmalloc.vmallocToPfn(area + page * PAGE)).isEqualTo(pfns[page]);
                assertThat(machine.vmalloc.vmallocToPfn(area + page * PAGE + 4095))
                        .isEqualTo(pfns[page]);
            }
            assertThat(machine.vmalloc.vmallocToPfn(area + 3 * PAGE)).isZero();
            assertThat(machine.vmalloc.vmallocToPfn(area - 1)).isZero();
            assertThat(machine.vmalloc.vmallocToPfn(0)).isZero();
            assertThat(machine.vmalloc.vmallocToPfn(-1)).isZero();
            machine.vmalloc.vunmap(area);
            assertThat(machine.vmalloc.vmallocToPfn(area)).isZero();
            for (long pfn : pfns) {
                machine.buddy.freePages(pfn, 0);
            }
            machine.assertAllFree();
        }
    }

    @BackEnds
    void c70_upTo64PagesComeFromABlock(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long[] pfns = new long[65];
            machine.buddy.allocPagesBulk(Gfp.GFP_KERNEL, 0, pfns);
            long[] few = Arrays.copyOf(pfns, 64);
            long a = machine.vmalloc.vmMapRam(few, PageAllocator.NO_NODE);
            VirtualAreaSnapshot block = machine.vmalloc.findVmArea(a);
            assertThat(block.bytes()).isEqualTo(1024 * PAGE);
            assertThat(block.words()).containsExactly("vm_map_ram");
            long b = machine.vmalloc.vmMapRam(pfns, PageAllocator.NO_NODE);
            assertThat(machine.vmalloc.findVmArea(b).bytes()).isEqualTo(65 * PAGE);
            machine.mark(a, 7);
            assertThat(machine.isMarked(b, 7)).isFalse();
            machine.mark(b, 8);
            assertThat(machine.isMarked(a, 8)).isTrue();
            machine.assertValid();
            MemorySegment old = machine.vmalloc.segments(a).getFirst();
            assertThatThrownBy(() -> machine.vmalloc.vmUnmapRam(a, 63)).hasMessageContaining("has mapped 64 pages");
            assertThatThrownBy(() -> machine.vmalloc.vmUnmapRam(a + PAGE, 1))
                    .hasMessageContaining("has mapped nothing");
            machine.vmalloc.vmUnmapRam(a, 64);
            assertThatThrownBy(() -> old.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> machine.vmalloc.vmUnmapRam(a, 64)).hasMessageContaining("has mapped nothing");
            machine.vmalloc.vmUnmapRam(b, 65);
            for (long pfn : pfns) {
                machine.buddy.freePages(pfn, 0);
            }
            machine.vmalloc.vmUnmapAliases();
            machine.assertValid();
        }
    }

    @Test
    void c71_lazyMaxPages() {
        for (int[] pair : new int[][] {{1, 8192}, {2, 16384}, {64, 57344}}) {
            try (Machine machine = new Machine(BackEnd.ARENA, VmallocConfig.of(pair[0]), 1024)) {
                assertThat(machine.vmalloc.pagesLazyMax()).isEqualTo(pair[1]);
            }
        }
    }

    @BackEnds
    void c72_vrealloc(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long p = machine.vmalloc.vrealloc(NONE, 3 * PAGE, Gfp.GFP_KERNEL);
            machine.mark(p, 5);
            assertThat(machine.vmalloc.vrealloc(p, PAGE, Gfp.GFP_KERNEL)).isEqualTo(p);
            assertThat(machine.vmalloc.segments(p).stream()
                            .mapToLong(MemorySegment::byteSize)
                            .sum())
                    .isEqualTo(PAGE);
            assertThat(machine.vmalloc.vrealloc(p, 3 * PAGE, Gfp.GFP_KERNEL)).isEqualTo(p);
            assertThat(machine.isMarked(p, 5)).as("nothing is zeroed unasked").isTrue();
            assertThat(machine.vmalloc.vrealloc(p, 100, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO))
                    .isEqualTo(p);
            assertThat(machine.vmalloc.vrealloc(p, 3 * PAGE, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO))
                    .isEqualTo(p);
            assertThat(machine.read(p)).isEqualTo((byte) 5);
            assertThat(machine.read(p + 2 * PAGE)).isZero();
            long q = machine.vmalloc.vrealloc(p, 5 * PAGE, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO);
            assertThat(q).isNotIn(NONE, p);
            assertThat(machine.read(q)).isEqualTo((byte) 5);
            assertThat(machine.read(q + 4 * PAGE)).isZero();
            assertThat(machine.vmalloc.findVmArea(p)).isNull();
            assertThat(machine.vmalloc.vreallocAligned(q, 2 * PAGE, 1L << 40, Gfp.GFP_KERNEL, PageAllocator.NO_NODE))
                    .isEqualTo(q % (1L << 40) == 0 ? q : NONE);
            assertThat(machine.read(q)).as("still valid").isEqualTo((byte) 5);
            assertThatThrownBy(() -> machine.vmalloc.vrealloc(p, PAGE, Gfp.GFP_KERNEL))
                    .hasMessage("Trying to vrealloc() nonexistent vm area (0x" + Long.toHexString(p) + ")");
            assertThat(machine.vmalloc.vrealloc(q, Long.MAX_VALUE, Gfp.GFP_KERNEL))
                    .isEqualTo(NONE);
            assertThat(machine.vmalloc.vrealloc(q, 0, Gfp.GFP_KERNEL)).isEqualTo(NONE);
            machine.assertAllFree();
        }
    }

    @BackEnds
    void c73_holesAndIoremapReadAsZeroes(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long a = machine.vmalloc.vmalloc(PAGE);
            long io = machine.vmalloc.getVmArea(PAGE, VmFlags.VM_IOREMAP);
            long b = machine.vmalloc.vmalloc(PAGE);
            machine.vmalloc.segment(a).fill((byte) 1);
            machine.vmalloc.segment(b).fill((byte) 2);
            byte[] read = new byte[(int) (b + PAGE + 10 - a)];
            Arrays.fill(read, (byte) 9);
            assertThat(machine.vmalloc.vread(a, MemorySegment.ofArray(read))).isEqualTo(2 * PAGE);
            for (int at = 0; at < read.length; at++) {
                boolean inA = at < PAGE;
                boolean inB = at >= b - a && at < b - a + PAGE;
                assertThat(read[at]).as("byte %d", at).isEqualTo((byte) (inA ? 1 : inB ? 2 : 0));
            }
            assertThat(machine.vmalloc.segments(io)).isEmpty();
            assertThat(machine.vmalloc.vread(a - 100, MemorySegment.ofArray(new byte[100])))
                    .isZero();
            machine.vmalloc.vfree(a);
            machine.vmalloc.vfree(b);
            machine.vmalloc.vunmap(io);
        }
    }
}
