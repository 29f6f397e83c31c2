package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.mm4j.api.FaultAttributes;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.memory.AddressReserve;
import org.mm4j.memory.BackEnd;
import org.mm4j.memory.FaultyReserve;
import org.mm4j.memory.HostMemory;
import org.mm4j.memory.MemoryOptions;

/** A vmalloc over real memory. Closing it checks everything, and that no page and no mapping is lost. */
final class Machine implements AutoCloseable {
    static final long PAGE = PAGE_SIZE;
    static final long FRAMES = 16 << 10;

    final PhysicalMemory memory;
    final BuddyAllocator buddy;
    final FaultyPages pages;
    final AddressReserve reserve;

    /** Which mappings and unmappings the host refuses. */
    final FaultInjection map = point("map");

    final FaultInjection unmap = point("unmap");
    final KernelLog log;
    final Vmalloc vmalloc;
    final long pagesFreeAtFirst;

    Machine(BackEnd backEnd) {
        this(backEnd, VmallocConfig.of(2));
    }

    Machine(BackEnd backEnd, VmallocConfig config) {
        this(backEnd, config, FRAMES);
    }

    Machine(BackEnd backEnd, VmallocConfig config, long frames) {
        long bytes = (BuddyConfig.FIRST_PFN + frames) << PAGE_SHIFT;
        memory = HostMemory.reserve(MemoryOptions.defaults().withBytes(bytes).withBackEnd(backEnd));
        buddy = BuddyAllocator.ofFrames(frames);
        pagesFreeAtFirst = pagesFree();
        pages = new FaultyPages(buddy);
        reserve = new FaultyReserve(
                HostMemory.reserveAddresses(memory, config.bytes(), config.mappingsMax()), map, unmap);
        log = config.log();
        vmalloc = new Vmalloc(config, pages, memory, reserve);
    }

    private static FaultInjection point(String name) {
        return new FaultInjection(name, new Random(1), new KernelLog());
    }

    void refuseMaps(int times) {
        map.set(FaultAttributes.oneIn(1).withTimes(times));
    }

    void refuseUnmaps(int times) {
        unmap.set(FaultAttributes.oneIn(1).withTimes(times));
    }

    /** Frames are taken one by one and lie scattered. */
    static VmallocConfig scattered() {
        return VmallocConfig.of(2).withBlockOrderMax(0);
    }

    /** Leaves no two free frames next to each other, of which there are {@code count}. */
    long[] fragment(int count) {
        long[] taken = new long[2 * count];
        assertThat(buddy.allocPagesBulk(Gfp.GFP_KERNEL, 0, taken)).isEqualTo(taken.length);
        Arrays.sort(taken);
        long[] kept = new long[count];
        for (int at = 0; at < taken.length; at++) {
            if (at % 2 == 0) {
                kept[at / 2] = taken[at];
            }
        }
        for (int at = 1; at < taken.length; at += 2) {
            buddy.freePages(taken[at], 0);
        }
        return kept;
    }

    long pagesFree() {
        return buddy.snapshot().stream()
                .flatMap(node -> node.zones().stream())
                .mapToLong(zone -> zone.freeBlocks().pages())
                .sum();
    }

    /** Pages that neither are free nor hold page tables. */
    long pagesUsed() {
        return pagesFreeAtFirst - pagesFree() - vmalloc.pagesOfTables();
    }

    byte read(long address) {
        byte[] one = new byte[1];
        vmalloc.vread(address, MemorySegment.ofArray(one));
        return one[0];
    }

    /** Writes a number into each page of an area. */
    void mark(long address, int number) {
        for (MemorySegment segment : vmalloc.segments(address)) {
            for (long at = 0; at + Integer.BYTES <= segment.byteSize(); at += PAGE) {
                segment.set(ValueLayout.JAVA_INT_UNALIGNED, at, number);
            }
        }
    }

    boolean isMarked(long address, int number) {
        for (MemorySegment segment : vmalloc.segments(address)) {
            for (long at = 0; at + Integer.BYTES <= segment.byteSize(); at += PAGE) {
                if (segment.get(ValueLayout.JAVA_INT_UNALIGNED, at) != number) {
                    return false;
                }
            }
        }
        return true;
    }

    boolean isZero(long address) {
        return vmalloc.segments(address).stream()
                .allMatch(segment -> segment.mismatch(MemorySegment.ofArray(new byte[(int) segment.byteSize()])) == -1);
    }

    List<String> lines() {
        return log.lines();
    }

    void assertValid() {
        assertThat(vmalloc.validate()).isEmpty();
        assertThat(buddy.validate()).isEmpty();
    }

    /** Nothing is in use, and nothing is lost. */
    void assertAllFree() {
        assertValid();
        assertThat(vmalloc.areas().stream()
                        .filter(area -> !area.isUnpurged() && !area.words().contains("vm_map_ram")))
                .as("areas besides blocks, which stay")
                .isEmpty();
        assertThat(vmalloc.pagesUsed()).isZero();
        assertThat(pagesUsed()).isZero();
        assertThat(vmalloc.mappings()).isZero();
    }

    @Override
    public void close() {
        assertValid();
        vmalloc.close();
        closeMemory();
    }

    /** Behind the close of vmalloc, whose last try went well. */
    void closeMemory() {
        assertThat(vmalloc.pagesOfTables()).isZero();
        assertThat(pagesFree()).as("free pages at the end").isEqualTo(pagesFreeAtFirst);
        memory.close();
    }
}
