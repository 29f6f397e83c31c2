package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.CpuSource;
import org.mm4j.api.KernelLog;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.SlotGate;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.memory.HostCpus;
import org.mm4j.memory.HostMemory;
import org.mm4j.percpu.ChunkAllocator;
import org.mm4j.percpu.DirectPercpuMemory;
import org.mm4j.percpu.OwnedGate;
import org.mm4j.percpu.PerCpuPages;
import org.mm4j.percpu.PercpuConfig;
import org.mm4j.percpu.PercpuStatsText;
import org.mm4j.percpu.SharedGate;

/**
 * The memory management of one machine: physical memory, and the page allocator over it. Several kernels run side by
 * side in one JVM.
 *
 * <pre>
 *    pages()       pfn          what allocators are built on
 *    addresses()   long         what C would use: virtual addresses in the direct map
 *    segments()    MemorySegment   what Java uses: bounded, and failures are thrown
 *        |
 *    BuddyAllocator   frames: which are free
 *        |
 *    PhysicalMemory   bytes: what is in them
 * </pre>
 *
 * <p>Any thread may call any method. {@link #close()} gives everything back to the host; a call after it throws {@link
 * IllegalStateException}, and so does every access through an old segment. Addresses are bare numbers: after close,
 * nothing may be read or written there.
 *
 * <p>In Linux 6.18: init/main.c, mm_core_init().
 */
public final class Kernel implements AutoCloseable {
    private final KernelConfig config;
    private final PhysicalMemory memory;
    private final BuddyAllocator buddy;
    private final DirectMap directMap;
    private final PageAddresses addresses;
    private final PageSegments segments;
    private final DirectPercpuMemory percpuMemory;
    private final ChunkAllocator percpu;
    private volatile boolean isClosed;

    private Kernel(KernelConfig config, PhysicalMemory memory) {
        this.config = config;
        this.memory = memory;
        int cpus = Math.max(1, config.cpus());
        buddy = new BuddyAllocator(new BuddyConfig(
                config.nodes(),
                config.distances(),
                config.settings(),
                (pfn, frames) -> memory.zero(pfn << PageFrame.PAGE_SHIFT, frames << PageFrame.PAGE_SHIFT),
                config.pressure(),
                config.log(),
                config.callerNode(),
                PerCpuPages.maker(gate(cpus), cpus),
                false));
        directMap = new DirectMap(memory);
        addresses = new PageAddresses(buddy, directMap);
        segments = new PageSegments(buddy, directMap);
        percpuMemory = new DirectPercpuMemory(buddy, memory);
        percpu = new ChunkAllocator(PercpuConfig.of(cpus).withLog(config.log()), percpuMemory);
    }

    /** Boots with {@link KernelConfig#defaults()}. */
    public static Kernel boot() {
        return boot(KernelConfig.defaults());
    }

    /**
     * Reserves the memory and makes all of its frames free. Physical memory is committed when it is touched.
     *
     * @throws IllegalArgumentException when the nodes do not fit together
     * @throws org.mm4j.memory.HostMemoryException when the host has not so much memory
     */
    public static Kernel boot(KernelConfig config) {
        PhysicalMemory memory = HostMemory.reserve(config.memory());
        boolean booted = false;
        try {
            Kernel kernel = new Kernel(config, memory);
            booted = true;
            return kernel;
        } finally {
            if (!booted) {
                memory.close();
            }
        }
    }

    /** Slots that threads own, where the host has a barrier that makes this cheap. */
    private static SlotGate gate(int cpus) {
        CpuSource source = HostCpus.schedGetcpu().orElse(CpuSource.BY_THREAD);
        return HostCpus.membarrier()
                .<SlotGate>map(barrier -> new OwnedGate(cpus, source, barrier))
                .orElseGet(() -> new SharedGate(cpus, source));
    }

    /** Page frames by number. */
    public PageAllocator pages() {
        checkOpen();
        return buddy;
    }

    /** The zoned allocator itself, with what lower layers alone can do: contiguous ranges. */
    public BuddyAllocator buddy() {
        checkOpen();
        return buddy;
    }

    /** Pages by virtual address. */
    public PageAddresses addresses() {
        checkOpen();
        return addresses;
    }

    /** Pages as bounded segments. */
    public PageSegments segments() {
        checkOpen();
        return segments;
    }

    /** Variables of which every CPU has a copy of its own. */
    public PerCpuAllocator percpu() {
        checkOpen();
        return percpu;
    }

    /** From frames to addresses and segments, and back. */
    public DirectMap directMap() {
        checkOpen();
        return directMap;
    }

    /** The memory itself. */
    public PhysicalMemory memory() {
        checkOpen();
        return memory;
    }

    /** What the kernel warned about. */
    public KernelLog log() {
        return config.log();
    }

    /** What it was booted with. */
    public KernelConfig config() {
        return config;
    }

    /** All nodes and zones at this moment; each zone is exact, between zones others may run. */
    public List<NodeSnapshot> snapshot() {
        checkOpen();
        return buddy.snapshot();
    }

    /**
     * Pages that users have: neither free nor cached, nor units of the percpu allocator. Exact when nobody allocates or
     * frees meanwhile.
     */
    public long pagesInUse() {
        long pages = snapshot().stream()
                .flatMap(node -> node.zones().stream())
                .mapToLong(Kernel::pagesInUse)
                .sum();
        return pages - pagesOfPercpu();
    }

    /** Pages of the percpu allocator's units, whether areas are in them or not. */
    public long pagesOfPercpu() {
        return percpuMemory.pagesReserved();
    }

    private static long pagesInUse(ZoneSnapshot zone) {
        long pagesCached =
                zone.pageSets().stream().mapToLong(set -> set.count()).sum();
        return zone.pagesManaged() - zone.freeBlocks().pages() - pagesCached;
    }

    /** Walks the whole state, and says what is broken, one sentence each. Others may run meanwhile. */
    public List<String> validate() {
        checkOpen();
        List<String> findings = new ArrayList<>(buddy.validate());
        findings.addAll(percpu.validate());
        return findings;
    }

    /** The text of /proc/buddyinfo: free blocks by order. */
    public String buddyinfo() {
        return BuddyInfoText.of(snapshot());
    }

    /** The text of /proc/pagetypeinfo: free blocks by order and mobility, and pageblocks by mobility. */
    public String pagetypeinfo() {
        return PageTypeInfoText.of(snapshot());
    }

    /** The text of /proc/zoneinfo: everything about every zone. */
    public String zoneinfo() {
        return ZoneInfoText.of(snapshot());
    }

    /** The text of /sys/kernel/debug/percpu_stats: every chunk of the percpu allocator. */
    public String percpuStats() {
        return PercpuStatsText.of(percpu().stats());
    }

    /** Gives all cached pages back to their zones. In Linux: drain_all_pages(). */
    public void drainAllPages() {
        checkOpen();
        buddy.drainAllPages();
    }

    /** What a periodic worker does: page caches that have become too large shrink a little. In Linux: vmstat_update(). */
    public void decayPageCaches() {
        checkOpen();
        buddy.decayPageCaches();
    }

    /**
     * Gives all memory back to the host. Pages that are still in use are told to the log. Closing twice is allowed.
     *
     * @throws IllegalStateException while a native call or a channel uses the memory; close again later
     */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        long pagesInUse = pagesInUse();
        percpu.close();
        memory.close();
        isClosed = true;
        if (pagesInUse > 0) {
            config.log().warn("the kernel is closed with " + pagesInUse + " pages in use");
        }
    }

    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("the kernel is closed");
        }
    }
}
