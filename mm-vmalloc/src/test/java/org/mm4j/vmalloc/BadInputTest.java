package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.VirtualAllocator.NONE;
import static org.mm4j.vmalloc.Machine.PAGE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadAddressException;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.memory.BackEnd;

/** What the kernel warns about, stops at, or never notices. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadInputTest {
    @BackEnds
    void c67_vfreeOfBadAddresses(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            Vmalloc vmalloc = machine.vmalloc;
            long p = vmalloc.vmalloc(2 * PAGE);
            for (long bad : new long[] {p + 1, p + 4095, 7, -1, Long.MIN_VALUE + 1}) {
                assertThatThrownBy(() -> vmalloc.vfree(bad))
                        .isInstanceOfSatisfying(
                                BadAddressException.class,
                                e -> assertThat(e.address()).isEqualTo(bad))
                        .hasMessage("Trying to vfree() bad address (0x" + Long.toHexString(bad) + ")");
            }
            for (long unknown : new long[] {p + PAGE, p + 2 * PAGE, p - PAGE, 4096, Long.MIN_VALUE, 1L << 62}) {
                assertThatThrownBy(() -> vmalloc.vfree(unknown))
                        .isInstanceOf(BadAddressException.class)
                        .hasMessage("Trying to vfree() nonexistent vm area (0x" + Long.toHexString(unknown) + ")");
                assertThatThrownBy(() -> vmalloc.vfreeAtomic(unknown)).isInstanceOf(BadAddressException.class);
                assertThatThrownBy(() -> vmalloc.vunmap(unknown))
                        .hasMessage("Trying to vunmap() nonexistent vm area (0x" + Long.toHexString(unknown) + ")");
                assertThatThrownBy(() -> vmalloc.segments(unknown)).isInstanceOf(BadAddressException.class);
                assertThatThrownBy(() -> vmalloc.vrealloc(unknown, 1, Gfp.GFP_KERNEL))
                        .isInstanceOf(BadAddressException.class);
                assertThatThrownBy(() -> vmalloc.vmUnmapRam(unknown, 1)).isInstanceOf(BadAddressException.class);
                assertThat(vmalloc.findVmArea(unknown) == null || unknown == p + PAGE || unknown == p + 2 * PAGE)
                        .isTrue();
            }
            machine.assertValid();
            machine.mark(p, 1);
            vmalloc.vfree(p);
            assertThatThrownBy(() -> vmalloc.vfree(p)).hasMessageContaining("nonexistent vm area");
            vmalloc.vfree(NONE);
            vmalloc.vunmap(NONE);
            machine.assertAllFree();
        }
    }

    @BackEnds
    void anAreaIsEndedByTheCallThatFitsIt(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long p = machine.vmalloc.vmalloc(PAGE);
            assertThatThrownBy(() -> machine.vmalloc.vunmap(p))
                    .hasMessage("Trying to vunmap() an area that has pages of its own, which vfree() gives back (0x"
                            + Long.toHexString(p) + ")");
            long[] pfns = {machine.buddy.allocPages(Gfp.GFP_KERNEL, 0)};
            long ram = machine.vmalloc.vmMapRam(pfns, PageAllocator.NO_NODE);
            assertThatThrownBy(() -> machine.vmalloc.vfree(ram)).hasMessageContaining("nonexistent vm area");
            assertThatThrownBy(() -> machine.vmalloc.vunmap(ram)).hasMessageContaining("nonexistent vm area");
            long map = machine.vmalloc.vmap(pfns);
            assertThatThrownBy(() -> machine.vmalloc.vmUnmapRam(map, 1)).hasMessageContaining("has mapped nothing");
            machine.vmalloc.vmUnmapRam(ram, 1);
            machine.vmalloc.vfree(map); // as in Linux: its frames stay the caller's
            machine.vmalloc.vfree(p);
            machine.buddy.freePages(pfns[0], 0);
            machine.vmalloc.vmUnmapAliases();
            machine.assertAllFree();
        }
    }

    @BackEnds
    void absurdSizesAndAlignmentsFailCleanly(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            for (long bytes :
                    new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, machine.memory.bytes() + PAGE}) {
                assertThat(machine.vmalloc.vmalloc(bytes)).isEqualTo(NONE);
                assertThat(machine.lines().getLast())
                        .contains("vmalloc error: size " + Long.toUnsignedString(bytes) + ", exceeds total pages, ");
                assertThat(machine.vmalloc.vmallocHuge(bytes, Gfp.GFP_KERNEL)).isEqualTo(NONE);
                assertThat(machine.vmalloc.getVmArea(bytes, VmFlags.VM_IOREMAP))
                        .isEqualTo(bytes > 0 && bytes < 1L << 40 ? machine.reserve.address() : NONE);
            }
            for (long align : new long[] {0, 3, 4097, -1, -4096}) {
                assertThat(machine.vmalloc.vmallocAligned(PAGE, align, Gfp.GFP_KERNEL, PageAllocator.NO_NODE))
                        .as("align %d", align)
                        .isEqualTo(NONE);
                assertThat(machine.vmalloc.getVmArea(PAGE, align, VmFlags.VM_MAP))
                        .as("align %d", align)
                        .isEqualTo(NONE);
            }
            machine.vmalloc.vunmap(machine.reserve.address());
            machine.assertAllFree();
        }
    }

    @BackEnds
    void v7_anAlignmentIsKeptOrRefused(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            int kept = 0;
            for (int shift = 0; shift < 64; shift++) {
                long align = 1L << shift;
                long p = machine.vmalloc.vmallocAligned(PAGE, align, Gfp.GFP_KERNEL, PageAllocator.NO_NODE);
                if (p != NONE) {
                    assertThat(p & (align - 1)).isZero();
                    machine.mark(p, shift);
                    machine.vmalloc.vfree(p);
                    kept++;
                } else {
                    assertThat(shift).as("the first that fails").isGreaterThan(30);
                }
            }
            assertThat(kept).isBetween(31, 63);
            machine.assertAllFree();
        }
    }

    @BackEnds
    void framesThatNobodyHasAreNotMapped(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long pfn = machine.buddy.allocPages(Gfp.GFP_KERNEL, 0);
            for (long bad : new long[] {0, -1, Long.MAX_VALUE, machine.memory.bytes() / PAGE}) {
                assertThatThrownBy(() -> machine.vmalloc.vmap(new long[] {pfn, bad}))
                        .isInstanceOfSatisfying(
                                BadPageException.class, e -> assertThat(e.pfn()).isEqualTo(bad));
                assertThatThrownBy(() -> machine.vmalloc.vmMapRam(new long[] {pfn, bad}, 0))
                        .isInstanceOf(BadPageException.class);
            }
            machine.buddy.freePages(pfn, 0);
            assertThatThrownBy(() -> machine.vmalloc.vmap(new long[] {pfn}))
                    .hasMessage("pfn " + pfn + " cannot be mapped: it is not in use");
            assertThat(machine.vmalloc.vmap(new long[0])).isEqualTo(NONE);
            assertThat(machine.vmalloc.vmMapRam(new long[0], 0)).isEqualTo(NONE);
            machine.assertAllFree();
        }
    }

    @Test
    void vmapFlagsThatMakeNoSense() {
        try (Machine machine = new Machine(BackEnd.AUTO)) {
            long[] pfns = {machine.buddy.allocPages(Gfp.GFP_KERNEL, 0)};
            assertThat(machine.vmalloc.vmap(pfns, VmFlags.VM_FLUSH_RESET_PERMS)).isEqualTo(NONE);
            long p = machine.vmalloc.vmap(pfns, VmFlags.VM_NO_GUARD);
            assertThat(machine.vmalloc.findVmArea(p).bytes()).isEqualTo(2 * PAGE);
            assertThat(machine.lines()).hasSize(2);
            machine.vmalloc.vunmap(p);
            machine.buddy.freePages(pfns[0], 0);
        }
    }

    @Test
    void flagsThatAreNotSupportedAreDroppedWithALine() {
        try (Machine machine = new Machine(BackEnd.AUTO)) {
            long p = machine.vmalloc.vmallocWith(PAGE, Gfp.GFP_KERNEL | Gfp.__GFP_COMP | Gfp.__GFP_MOVABLE);
            assertThat(p).isNotEqualTo(NONE);
            assertThat(machine.lines())
                    .containsExactly("Unexpected gfp: 0x40008 (__GFP_MOVABLE|__GFP_COMP). Fixing up to gfp: 0xcc0"
                            + " (GFP_KERNEL). Fix your code!");
            assertThat(machine.pages.requestFlags & (Gfp.__GFP_COMP | Gfp.__GFP_MOVABLE))
                    .isZero();
            machine.vmalloc.vfree(p);
            assertThatThrownBy(() -> machine.vmalloc.vmallocWith(
                            PAGE, Gfp.GFP_KERNEL | Gfp.__GFP_DMA | Gfp.__GFP_HIGHMEM | Gfp.__GFP_DMA32))
                    .isInstanceOf(BadGfpException.class);
            assertThatThrownBy(() -> machine.vmalloc.vmallocNode(PAGE, 5)).isInstanceOf(IllegalArgumentException.class);
            machine.assertAllFree();
        }
    }

    /** Two threads free each area; one of them is told so. */
    @BackEnds
    void concurrentDoubleFreesFreeOnce(BackEnd backEnd) throws Exception {
        int rounds = 300;
        try (Machine machine = new Machine(backEnd);
                ExecutorService pool = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < rounds; round++) {
                long p = machine.vmalloc.vmalloc(3 * PAGE);
                AtomicInteger refusals = new AtomicInteger();
                CountDownLatch start = new CountDownLatch(2);
                List<Future<?>> frees = new ArrayList<>();
                for (int thread = 0; thread < 2; thread++) {
                    boolean isAtomic = thread == 1 && round % 2 == 0;
                    frees.add(pool.submit(() -> {
                        start.countDown();
                        start.await();
                        try {
                            if (isAtomic) {
                                machine.vmalloc.vfreeAtomic(p);
                            } else {
                                machine.vmalloc.vfree(p);
                            }
                        } catch (BadAddressException e) {
                            refusals.incrementAndGet();
                        }
                        return null;
                    }));
                }
                for (Future<?> free : frees) {
                    free.get();
                }
                assertThat(refusals).hasValue(1);
            }
            machine.vmalloc.drainDeferred();
            machine.assertAllFree();
        }
    }

    /** A page that its user gave back himself is told, and costs nothing else. */
    @BackEnds
    void aPageThatWasStolenIsTold(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long p = machine.vmalloc.vmalloc(3 * PAGE);
            machine.buddy.freePages(machine.vmalloc.vmallocToPfn(p + PAGE), 0);
            assertThat(machine.vmalloc.validate()).singleElement().asString().contains("which is free");
            machine.vmalloc.vfree(p);
            assertThat(machine.lines())
                    .singleElement()
                    .asString()
                    .startsWith("vmalloc: a page of the area at 0x")
                    .contains("is not the area's any more: ");
            machine.assertAllFree();
        }
    }

    @Test
    void aReadGoesWhereverItIsAsked() {
        try (Machine machine = new Machine(BackEnd.AUTO)) {
            byte[] read = {1, 2, 3};
            for (long at : new long[] {0, -2, Long.MAX_VALUE - 1, Long.MIN_VALUE}) {
                assertThat(machine.vmalloc.vread(at, MemorySegment.ofArray(read)))
                        .isZero();
            }
            assertThat(read).containsOnly(0);
            assertThat(machine.vmalloc.isVmallocAddr(machine.reserve.address())).isTrue();
            assertThat(machine.vmalloc.isVmallocAddr(machine.reserve.address() - 1))
                    .isFalse();
            assertThat(machine.vmalloc.isVmallocAddr(machine.reserve.address() + machine.reserve.bytes()))
                    .isFalse();
            assertThat(machine.vmalloc.isVmallocAddr(0)).isFalse();
        }
    }
}
