package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PerCpuChunkSnapshot;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.memory.HostMemory;

/** A percpu allocator over real memory. Closing it checks everything, and that no page is lost. */
final class Machine implements AutoCloseable {
    private static final long FRAMES = 16 << 10;
    private static final long FRAMES_FEW = 2 << 10;

    final PhysicalMemory memory;
    final BuddyAllocator buddy;
    final long pagesFreeAtFirst;
    final FaultyPages pages;
    final CheckedMemory units;
    final KernelLog log;
    final ChunkAllocator percpu;

    Machine(int cpus) {
        this(PercpuConfig.of(cpus));
    }

    Machine(PercpuConfig config) {
        this(config, FRAMES);
    }

    /** A machine that is quick to make. */
    static Machine small(int cpus) {
        return new Machine(PercpuConfig.of(cpus), FRAMES_FEW);
    }

    private Machine(PercpuConfig config, long frames) {
        memory = HostMemory.reserve((BuddyConfig.FIRST_PFN + frames) << PAGE_SHIFT);
        buddy = BuddyAllocator.ofFrames(frames);
        pagesFreeAtFirst = pagesFree();
        pages = new FaultyPages(buddy);
        units = new CheckedMemory(new DirectPercpuMemory(pages, memory));
        log = config.log();
        dirty();
        percpu = new ChunkAllocator(config, units);
    }

    /** No page is zero by luck. */
    private void dirty() {
        memory.directMap().asSlice(BuddyConfig.FIRST_PFN << PAGE_SHIFT).fill((byte) 0xa5);
    }

    long pagesFree() {
        return buddy.snapshot().stream()
                .flatMap(node -> node.zones().stream())
                .mapToLong(zone -> zone.freeBlocks().pages())
                .sum();
    }

    List<PerCpuChunkSnapshot> chunks() {
        return percpu.stats().chunks();
    }

    /** Free chunks besides the first one. */
    long chunksFree() {
        int unitBytes = percpu.stats().layout().unitBytes();
        return chunks().stream()
                .filter(chunk -> chunk.place() == PerCpuChunkSnapshot.Place.LISTED && chunk.bytesFree() == unitBytes)
                .count();
    }

    void fill(long handle, int cpu, long bytes, int value) {
        percpu.segment(handle, cpu, bytes).fill((byte) value);
    }

    /** Whether all bytes of a CPU's copy have this value. */
    boolean holds(long handle, int cpu, long bytes, int value) {
        MemorySegment copy = percpu.segment(handle, cpu, bytes);
        for (long at = 0; at < bytes; at++) {
            if (copy.get(ValueLayout.JAVA_BYTE, at) != (byte) value) {
                return false;
            }
        }
        return true;
    }

    void assertValid() {
        assertThat(percpu.validate()).isEmpty();
        assertThat(units.complaints).isEmpty();
        assertThat(units.pagesPopulated()).isEqualTo(percpu.stats().pagesPopulated());
    }

    @Override
    public void close() {
        assertValid();
        assertThat(buddy.validate()).isEmpty();
        percpu.close();
        assertThat(units.live()).as("units that were not given back").isZero();
        assertThat(pagesFree()).isEqualTo(pagesFreeAtFirst);
        memory.close();
    }
}
