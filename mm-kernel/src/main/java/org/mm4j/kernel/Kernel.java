package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.kernel.pagecache.BlobCache;
import org.mm4j.kernel.pagecache.BlobFrames;
import org.mm4j.kernel.pagecache.BlobLoader;
import org.mm4j.kernel.pools.DmaPool;
import org.mm4j.kernel.pools.ElementSource;
import org.mm4j.kernel.pools.Mempool;
import org.mm4j.kernel.pools.PageFragCache;
import org.mm4j.kernel.pools.PageFragCaches;
import org.mm4j.kernel.reclaim.Reclaim;
import org.mm4j.memory.HostMemory;
import org.mm4j.percpu.ChunkAllocator;
import org.mm4j.percpu.DirectPercpuMemory;
import org.mm4j.percpu.PerCpuPages;
import org.mm4j.percpu.PercpuConfig;
import org.mm4j.percpu.PercpuStatsText;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.Rcu;
import org.mm4j.slab.SlabAllocator;
import org.mm4j.slab.SlabAttributes;
import org.mm4j.slab.SlabConfig;
import org.mm4j.slab.SlabInfoText;
import org.mm4j.vmalloc.Vmalloc;
import org.mm4j.vmalloc.VmallocConfig;
import org.mm4j.vmalloc.VmallocInfoText;

/**
 * The memory management of one machine: physical memory, the page allocator over it, and what is built on pages. Several
 * kernels run side by side in one JVM.
 *
 * <pre>
 *    kmalloc()     long         memory of any size; kmallocSegments(): bounded
 *    slab()        long         caches of equal objects
 *        |
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
    private final Contexts contexts;
    private final PhysicalMemory memory;
    private final Reclaim reclaim;
    private final BuddyAllocator buddy;
    private final DirectMap directMap;
    private final PageAddresses addresses;
    private final PageSegments segments;
    private final DirectPercpuMemory percpuMemory;
    private final ChunkAllocator percpu;
    private final Rcu rcu;
    private final SlabAllocator slab;
    private final Kmalloc kmalloc;
    private final KmallocSegments kmallocSegments;
    private final SlabStats slabStats;
    private final VmallocOnDemand vmalloc;
    private final OnDemand<BlobFrames> blobFrames;
    private volatile boolean isClosed;

    private Kernel(KernelConfig config, PhysicalMemory memory, Rcu rcu) {
        this.config = config;
        this.memory = memory;
        this.rcu = rcu;
        contexts = new Contexts(config.log(), System::nanoTime);
        int cpus = cpus(config);
        int nodes = config.nodes().size();
        reclaim = new Reclaim(nodes, contexts, config.log());
        buddy = new BuddyAllocator(new BuddyConfig(
                config.nodes(),
                config.distances(),
                config.settings(),
                (pfn, frames) -> memory.zero(pfn << PageFrame.PAGE_SHIFT, frames << PageFrame.PAGE_SHIFT),
                new GuardedReclaim(pressure(config, reclaim), contexts),
                config.log(),
                config.callerNode(),
                PerCpuPages.maker(HostSlots.gate(cpus), cpus),
                false,
                contexts));
        reclaim.begin(nodes, buddy::balance, this::compactBeforeSleep);
        directMap = new DirectMap(memory);
        addresses = new PageAddresses(buddy, directMap);
        segments = new PageSegments(buddy, directMap);
        percpuMemory = new DirectPercpuMemory(buddy, memory);
        percpu = new ChunkAllocator(PercpuConfig.of(cpus).withLog(config.log()).withContext(contexts), percpuMemory);
        slab = new SlabAllocator(buddy, memory, slabConfig(config, cpus).withRcu(rcu));
        kmalloc = new Kmalloc(slab, config.slab().sizes(), config.slab().hasRandomCopies());
        kmallocSegments = new KmallocSegments(kmalloc, directMap);
        blobFrames = new OnDemand<>(() -> new BlobFrames(buddy(), memory));
        slabStats = new SlabStats(slab, kmalloc, reclaim::isHopeless);
        vmalloc = new VmallocOnDemand(
                VmallocConfig.of(cpus).withCpu(HostSlots.cpuSource()).withLog(config.log()), buddy, memory);
    }

    private static MemoryPressure pressure(KernelConfig config, Reclaim reclaim) {
        return config.reclaims() && config.pressure().equals(MemoryPressure.NONE) ? reclaim : config.pressure();
    }

    private void compactBeforeSleep(int nid, int order) {
        buddy.resetCompactionHints(nid);
        if (order > 0) {
            buddy.compactFor(nid, order);
        }
    }

    private static SlabConfig slabConfig(KernelConfig config, int cpus) {
        SlabOptions options = config.slab();
        return SlabConfig.ofCpus(cpus)
                .withCpus(HostSlots.cpuSource())
                .withNodes(config.nodes().size(), config::nodeOfCpu)
                .withEngine(options.engine(), HostSlots.gate(cpus))
                .withFreelists(options.hardensFreelists(), options.shufflesFreelists())
                .withMerging(options.merges())
                .withLog(config.log());
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
        Rcu rcu = null;
        boolean booted = false;
        try {
            rcu = HostSlots.rcu(cpus(config));
            Kernel kernel = new Kernel(config, memory, rcu);
            booted = true;
            return kernel;
        } finally {
            if (!booted) {
                memory.close();
                if (rcu != null) {
                    rcu.close();
                }
            }
        }
    }

    private static int cpus(KernelConfig config) {
        return Math.max(1, config.cpus());
    }

    /** Who gives memory back when it runs low: register shrinkers here. */
    public Reclaim reclaim() {
        checkOpen();
        return reclaim;
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

    /** Caches of equal objects. */
    public SlabAllocator slab() {
        checkOpen();
        return slab;
    }

    /** Memory of any size up to 4 MiB, by virtual address. */
    public Kmalloc kmalloc() {
        checkOpen();
        return kmalloc;
    }

    /** Memory of any size up to 4 MiB, as bounded segments. */
    public KmallocSegments kmallocSegments() {
        checkOpen();
        return kmallocSegments;
    }

    /** Memory that is contiguous by address, of frames that need not be. The first call reserves the addresses. */
    public Vmalloc vmalloc() {
        checkOpen();
        return vmalloc.get();
    }

    /** A pool that always has blocks of pages, of one order, for whoever can wait. */
    public Mempool mempoolOfPages(String name, int minNr, int order) {
        return new Mempool(name, minNr, ElementSource.ofPages(pages(), order), log());
    }

    /** Pieces of pages, for one thread at a time; see {@link PageFragCaches} for many. */
    public PageFragCache pageFragCache() {
        return new PageFragCache(pages(), memory);
    }

    /** Pieces of pages, for many threads. */
    public PageFragCaches pageFragCaches() {
        return new PageFragCaches(HostSlots.gate(cpus(config)), pages(), memory);
    }

    /** Blocks for a device, aligned, and never across a boundary; see {@link DmaPool}. */
    public DmaPool dmaPool(String name, long size, long align, long boundary) {
        return new DmaPool(name, size, align, boundary, pages(), memory, log());
    }

    /**
     * A cache of blobs in pages of this kernel, which gives pages back when they are needed. Close it before the kernel.
     *
     * @param name for reports
     * @param bytesMax how large it may become
     * @param loader what makes blobs that are not there
     */
    public <K> BlobCache<K> blobCache(String name, long bytesMax, BlobLoader<? super K> loader) {
        return new BlobCache<>(name, bytesMax, blobFrames.get(), reclaim().shrinkers(), loader);
    }

    /** Grace periods for readers of objects that are freed by {@link Kmalloc#kfreeRcu} or lie in type-safe caches. */
    public Rcu rcu() {
        checkOpen();
        return rcu;
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

    /** What the running code is allowed: scopes in which nobody waits, or reclaim is kept from doing something. */
    public Contexts contexts() {
        return contexts;
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
     * Pages that users have: neither free nor cached, nor units of the percpu allocator, nor slabs or large blocks of
     * kmalloc, nor page tables. Exact when nobody allocates or frees meanwhile.
     */
    public long pagesInUse() {
        long pages = snapshot().stream()
                .flatMap(node -> node.zones().stream())
                .mapToLong(Kernel::pagesInUse)
                .sum();
        return pages - pagesOfPercpu() - pagesOfSlab() - vmalloc.pagesOfTables();
    }

    /** Pages of the percpu allocator's units, whether areas are in them or not. */
    public long pagesOfPercpu() {
        return percpuMemory.pagesReserved();
    }

    /** Pages of slabs, whether objects are in them or not, and of large blocks of kmalloc. */
    public long pagesOfSlab() {
        long pages = IntStream.range(0, config.nodes().size())
                .mapToLong(slabStats::pages)
                .sum();
        return pages + slab.pagesWaiting();
    }

    private static long pagesInUse(ZoneSnapshot zone) {
        long pagesCached =
                zone.pageSets().stream().mapToLong(set -> set.count()).sum();
        return zone.pagesManaged() - zone.freeBlocks().pages() - pagesCached;
    }

    /** Walks the whole state, and says what is broken, one sentence each. Exact only while nobody else calls. */
    public List<String> validate() {
        checkOpen();
        List<String> findings = new ArrayList<>(buddy.validate());
        findings.addAll(percpu.validate());
        findings.addAll(slab.validate());
        findings.addAll(kmalloc.validate());
        findings.addAll(vmalloc.validate());
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
        return ZoneInfoText.of(snapshot(), slabStats);
    }

    /** The text of /sys/kernel/debug/percpu_stats: every chunk of the percpu allocator. */
    public String percpuStats() {
        return PercpuStatsText.of(percpu().stats());
    }

    /** The text of /proc/slabinfo: objects and slabs of every cache, newest first. */
    public String slabinfo() {
        return SlabInfoText.of(slab().snapshot());
    }

    /** The text of /proc/vmallocinfo: every area, by address. */
    public String vmallocinfo() {
        checkOpen();
        return VmallocInfoText.of(vmalloc.areas());
    }

    /**
     * The files of /sys/kernel/slab/{@code name} and their texts.
     *
     * @param name of a cache, also of one that was merged into another one
     * @throws IllegalArgumentException when there is no such cache
     */
    public Map<String, String> slabAttributes(String name) {
        return SlabAttributes.of(
                slab().find(name).orElseThrow(() -> new IllegalArgumentException("there is no cache " + name)));
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
     * Gives all memory back to the host. Areas and objects that are still live are told to the log, cache by cache, and so are pages
     * that are still in use. Waits for readers of {@link #rcu}. Closing twice is allowed.
     *
     * @throws IllegalStateException while a native call or a channel uses the memory; close again later
     */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        reclaim.close();
        vmalloc.close();
        kmalloc.close();
        slab.close();
        rcu.close();
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
