package org.mm4j.vmalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.VirtualAllocator.NONE;
import static org.mm4j.vmalloc.Machine.PAGE;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.FaultAttributes;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.memory.BackEnd;
import org.mm4j.memory.HostMemoryException;

/** Everything that can be missing is missing once, at every step. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailureInjectionTest {
    @BackEnds
    void anyRequestForPagesMayFail(BackEnd backEnd) {
        for (int order : new int[] {0, 10}) {
            for (int step = 0; step < 40; step++) {
                try (Machine machine = new Machine(backEnd, VmallocConfig.of(2).withBlockOrderMax(order), 4096)) {
                    machine.pages.failAfter = step;
                    machine.pages.failsOn = true;
                    long p = machine.vmalloc.vmallocWith(13 * PAGE, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO);
                    machine.pages.failAfter = -1;
                    if (p == NONE) {
                        assertThat(machine.lines())
                                .singleElement()
                                .asString()
                                .containsPattern(
                                        "vmalloc error: size 53248, (failed to allocate pages|failed to map pages: "
                                                + "there is no page for a page table), mode:0x");
                        machine.assertAllFree();
                        p = machine.vmalloc.vmalloc(13 * PAGE);
                    } else {
                        assertThat(machine.isZero(p)).isTrue();
                    }
                    machine.vmalloc.vfree(p);
                    machine.assertAllFree();
                }
            }
        }
    }

    @BackEnds
    void memoryThatRunsOutIsGivenBack(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd, VmallocConfig.of(2), 1024)) {
            long much = machine.vmalloc.vmalloc(900 * PAGE);
            assertThat(machine.vmalloc.vmalloc(900 * PAGE)).isEqualTo(NONE);
            assertThat(machine.lines().getLast()).contains("vmalloc error: size 3686400, failed to allocate pages, ");
            assertThat(machine.vmalloc.pagesUsed()).isEqualTo(900);
            machine.assertValid();
            machine.vmalloc.vfree(much);
            machine.assertAllFree();
        }
    }

    @Test
    void noFrameForTheRootClosesTheReserve() {
        FaultyPages none = new FaultyPages(null);
        none.failAfter = 0;
        try (Machine machine = new Machine(BackEnd.AUTO)) {
            assertThatThrownBy(() -> new Vmalloc(VmallocConfig.of(1), none, machine.memory))
                    .isInstanceOf(AllocationFailure.class);
        } // which could not close its memory while a reserve of it is open
    }

    /** So many CPUs that there is no array of them: the table is there by then, and the reserve. */
    @Test
    void whatCannotBeMadeLeavesNothingOpen() {
        try (Machine machine = new Machine(BackEnd.AUTO)) {
            long pagesFree = machine.pagesFree();
            assertThatThrownBy(() -> new Vmalloc(VmallocConfig.of(Integer.MAX_VALUE), machine.buddy, machine.memory))
                    .isInstanceOf(OutOfMemoryError.class);
            assertThat(machine.pagesFree()).isEqualTo(pagesFree);
        } // which could not close its memory while a reserve of it is open
    }

    @BackEnds
    void aCloseThatTheHostRefusesIsTriedAgain(BackEnd backEnd) {
        for (int step = 0; step < 200; step++) {
            Machine machine = new Machine(backEnd);
            machine.vmalloc.vmalloc(3 * PAGE);
            long one = machine.vmalloc.vmalloc(5 * PAGE);
            long other = machine.vmalloc.vmalloc(7 * PAGE);
            machine.vmalloc.vmalloc(9 * PAGE);
            long pfn = machine.buddy.allocPages(Gfp.GFP_KERNEL, 0);
            machine.vmalloc.vmMapRam(new long[] {pfn}, PageAllocator.NO_NODE);
            machine.vmalloc.vfreeAtomic(one); // no call behind them that would give them back
            machine.vmalloc.vfreeAtomic(other);
            machine.unmap.set(FaultAttributes.oneIn(1).withProbability(50));
            for (int skipped = 0; skipped < step; skipped++) { // other random numbers in each step
                machine.unmap.shouldFail(1);
            }
            while (!isClosed(machine)) {
                assertThat(machine.buddy.validate()).isEmpty();
            }
            machine.buddy.freePages(pfn, 0);
            machine.closeMemory();
        }
    }

    private static boolean isClosed(Machine machine) {
        try {
            machine.vmalloc.close();
            return true;
        } catch (HostMemoryException e) {
            machine.assertValid();
            return false;
        }
    }

    @BackEnds
    void aHostThatRefusesToMap(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            machine.refuseMaps(1);
            assertThat(machine.vmalloc.vmalloc(5 * PAGE)).isEqualTo(NONE);
            assertThat(machine.lines().getLast())
                    .contains("vmalloc error: size 20480, failed to map pages: mmap was made to fail, mode:0x");
            machine.assertAllFree();
            long[] pfns = new long[70];
            machine.buddy.allocPagesBulk(Gfp.GFP_KERNEL, 0, pfns);
            machine.refuseMaps(3);
            assertThat(machine.vmalloc.vmap(pfns)).isEqualTo(NONE);
            assertThat(machine.vmalloc.vmMapRam(pfns, 0)).isEqualTo(NONE);
            assertThat(machine.vmalloc.vmMapRam(new long[] {pfns[0]}, 0)).isEqualTo(NONE);
            machine.assertValid();
            long p = machine.vmalloc.vmap(pfns);
            machine.vmalloc.vunmap(p);
            for (long pfn : pfns) {
                machine.buddy.freePages(pfn, 0);
            }
            machine.vmalloc.vmUnmapAliases();
            machine.assertAllFree();
        }
    }

    @BackEnds
    void aHalfThatCannotBeUndoneKeepsItsFramesUntilItCan(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            machine.refuseMaps(1);
            machine.refuseUnmaps(3); // the first leaves the half
            assertThat(machine.vmalloc.vmalloc(6 * PAGE)).isEqualTo(NONE);
            assertThat(machine.vmalloc.pagesUsed())
                    .as("kept, for somebody may reach them")
                    .isEqualTo(6);
            assertThat(machine.lines().getLast())
                    .startsWith("vmalloc: the area at 0x")
                    .endsWith(" could not be undone and is kept until it can: munmap was made to fail");
            machine.assertValid();
            machine.vmalloc.drainDeferred();
            assertThat(machine.vmalloc.pagesUsed()).isEqualTo(6);
            machine.vmalloc.drainDeferred();
            machine.assertAllFree();
        }
    }

    @BackEnds
    void aHostThatRefusesToUnmapLeavesTheAreaAsItWas(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            long p = machine.vmalloc.vmalloc(4 * PAGE);
            machine.mark(p, 4);
            machine.refuseUnmaps(1);
            assertThatThrownBy(() -> machine.vmalloc.vfree(p)).isInstanceOf(HostMemoryException.class);
            machine.assertValid();
            assertThat(machine.isMarked(p, 4)).isTrue();
            machine.refuseUnmaps(1);
            assertThatThrownBy(() -> machine.vmalloc.vrealloc(p, 9 * PAGE, Gfp.GFP_KERNEL))
                    .isInstanceOf(HostMemoryException.class);
            machine.assertValid();
            assertThat(machine.vmalloc.pagesUsed()).isEqualTo(4);
            assertThat(machine.isMarked(p, 4)).isTrue();
            long[] pfns = {machine.buddy.allocPages(Gfp.GFP_KERNEL, 0)};
            long ram = machine.vmalloc.vmMapRam(pfns, PageAllocator.NO_NODE);
            machine.refuseUnmaps(1);
            assertThatThrownBy(() -> machine.vmalloc.vmUnmapRam(ram, 1)).isInstanceOf(HostMemoryException.class);
            machine.assertValid();
            machine.vmalloc.vmUnmapRam(ram, 1);
            machine.buddy.freePages(pfns[0], 0);
            machine.vmalloc.vfreeAtomic(p);
            machine.refuseUnmaps(2);
            machine.vmalloc.drainDeferred();
            machine.vmalloc.drainDeferred();
            machine.assertValid();
            assertThat(machine.vmalloc.pagesUsed()).isEqualTo(4);
            machine.vmalloc.drainDeferred();
            machine.vmalloc.vmUnmapAliases();
            machine.assertAllFree();
        }
    }

    @BackEnds
    void noneOfTheseRequestsFailWithNofail(BackEnd backEnd) {
        try (Machine machine = new Machine(backEnd)) {
            machine.refuseMaps(3);
            long p = machine.vmalloc.vmallocWith(5 * PAGE, Gfp.GFP_KERNEL | Gfp.__GFP_NOFAIL);
            assertThat(p).isNotEqualTo(NONE);
            machine.pages.failAfter = 0;
            machine.pages.failsOn = false;
            long q = machine.vmalloc.vmallocWith(PAGE, Gfp.GFP_KERNEL | Gfp.__GFP_NOFAIL);
            assertThat(q).isNotEqualTo(NONE);
            machine.vmalloc.vfree(p);
            machine.vmalloc.vfree(q);
            machine.assertAllFree();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theCapOfMappingsIsAFailureAndNotTheEnd() {
        VmallocConfig config = Machine.scattered().withMappingsMax(40);
        try (Machine machine = new Machine(BackEnd.MEMFD, config)) {
            long[] kept = machine.fragment(200);
            long p = machine.vmalloc.vmalloc(30 * PAGE);
            assertThat(machine.vmalloc.mappings()).isEqualTo(31);
            assertThat(machine.vmalloc.vmalloc(20 * PAGE)).isEqualTo(NONE);
            assertThat(machine.lines().getLast())
                    .contains(
                            "vmalloc error: size 81920, failed to map pages: mapping 20 pages costs up to 21 mappings of"
                                    + " the host, and 31 of 40 are in use; the process may have ");
            machine.assertValid();
            machine.vmalloc.vfree(p);
            long q = machine.vmalloc.vmalloc(20 * PAGE);
            assertThat(q).isNotEqualTo(NONE);
            machine.vmalloc.vfree(q);
            for (long pfn : kept) {
                machine.buddy.freePages(pfn, 0);
            }
            machine.assertAllFree();
        }
    }

    @BackEnds
    void aSegmentThatANativeCallUsesKeepsItsArea(BackEnd backEnd) throws Throwable {
        try (Machine machine = new Machine(backEnd)) {
            long p = machine.vmalloc.vmalloc(PAGE);
            MemorySegment segment = machine.vmalloc.segment(p);
            int[] refusals = new int[1];
            Pinned.during(segment, () -> {
                try {
                    machine.vmalloc.vfree(p);
                } catch (IllegalStateException e) {
                    refusals[0]++;
                }
            });
            assertThat(refusals[0]).isPositive();
            segment.set(JAVA_BYTE, 0, (byte) 1);
            assertThat(machine.read(p)).isEqualTo((byte) 1);
            machine.assertValid();
            machine.vmalloc.vfree(p);
            machine.assertAllFree();
        }
    }
}
