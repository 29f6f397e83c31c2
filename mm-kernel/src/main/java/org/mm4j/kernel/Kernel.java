package org.mm4j.kernel;

import java.util.List;
import java.util.Map;
import org.mm4j.api.KernelLog;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.ObjectCache;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.MemoryBlocks;
import org.mm4j.kernel.arena.KernelArena;
import org.mm4j.kernel.arena.KernelArenas;
import org.mm4j.kernel.memcg.MemoryCgroups;
import org.mm4j.kernel.pagecache.BlobCache;
import org.mm4j.kernel.pagecache.BlobCacheConfig;
import org.mm4j.kernel.pagecache.BlobLoader;
import org.mm4j.kernel.reclaim.Reclaim;
import org.mm4j.percpu.PercpuStatsText;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.Rcu;
import org.mm4j.slab.SlabAllocator;
import org.mm4j.slab.SlabAttributes;
import org.mm4j.slab.SlabInfoText;
import org.mm4j.vmalloc.Vmalloc;
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
    private final KernelParts parts;
    private final Closing closing;

    private Kernel(KernelParts parts) {
        this.parts = parts;
        closing = new Closing(parts);
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
        return new Kernel(KernelParts.boot(config));
    }

    /** Who gives memory back when it runs low: register shrinkers here. */
    public Reclaim reclaim() {
        checkOpen();
        return parts.reclaim;
    }

    /**
     * Memory cgroups: who pays for memory, and how much each may have.
     *
     * @throws IllegalStateException when the kernel was booted without, see {@link KernelConfig#withCgroups}
     */
    public MemoryCgroups cgroups() {
        checkOpen();
        return parts.cgroups();
    }

    /** Page frames by number. */
    public PageAllocator pages() {
        checkOpen();
        return parts.pages;
    }

    /** The zoned allocator itself, with what lower layers alone can do: contiguous ranges. */
    public BuddyAllocator buddy() {
        checkOpen();
        return parts.buddy;
    }

    /** Pages by virtual address. */
    public PageAddresses addresses() {
        checkOpen();
        return parts.addresses;
    }

    /** Pages as bounded segments. */
    public PageSegments segments() {
        checkOpen();
        return parts.segments;
    }

    /** Variables of which every CPU has a copy of its own. */
    public PerCpuAllocator percpu() {
        checkOpen();
        return parts.percpuFront;
    }

    /** Caches of equal objects. */
    public SlabAllocator slab() {
        checkOpen();
        return parts.slab;
    }

    /**
     * A cache of equal objects, made as {@link KernelConfig#objectCaches} says.
     *
     * @throws IllegalArgumentException when there can be no such cache
     */
    public ObjectCache objectCache(String name, int objectSize) {
        checkOpen();
        return parts.objectCache(name, objectSize);
    }

    /** Memory of any size up to 4 MiB, by virtual address. */
    public Kmalloc kmalloc() {
        checkOpen();
        return parts.kmalloc;
    }

    /** Memory of any size up to 4 MiB, as bounded segments. */
    public KmallocSegments kmallocSegments() {
        checkOpen();
        return parts.kmallocSegments;
    }

    /** Memory that is contiguous by address, of frames that need not be. The first call reserves the addresses. */
    public Vmalloc vmalloc() {
        checkOpen();
        return parts.vmalloc.get();
    }

    /** Memory of any size: of kmalloc if that is easy, else of vmalloc. */
    public Kvmalloc kvmalloc() {
        checkOpen();
        return parts.kvmalloc;
    }

    /** Compound pages, each with its order. */
    public Folios folios() {
        checkOpen();
        return parts.folios;
    }

    /** What drivers build on the allocators: reserves, pieces of pages, caches for one user of kmalloc. */
    public KernelPools pools() {
        checkOpen();
        return new KernelPools(parts);
    }

    /** The objects of a cache as segments, taken with flags of {@link org.mm4j.api.Gfp}. */
    public CacheSegments segmentsOf(KmemCache cache, int gfp) {
        checkOpen();
        return new CacheSegments(cache, parts.directMap, gfp);
    }

    /** The arenas that are open, and what they hold. */
    public KernelArenas arenas() {
        checkOpen();
        return parts.arenas;
    }

    /** Opens an arena for any thread; see {@link KernelArena} for what its end does. */
    public KernelArena openArena() {
        return openArena("unnamed");
    }

    /** {@link #openArena()} with a label for reports. */
    public KernelArena openArena(String label) {
        return arenas().openShared(label);
    }

    /** Opens an arena for the calling thread, whose segments end when it is closed. The kernel cannot close before it, unless its thread has ended. */
    public KernelArena openConfinedArena() {
        return arenas().openConfined("unnamed");
    }

    /** A cache of blobs in pages of this kernel, which gives pages back when they are needed. Close it before the kernel. */
    public <K> BlobCache<K> blobCache(String name, long bytesMax, BlobLoader<? super K> loader) {
        return blobCache(BlobCacheConfig.of(name, bytesMax), loader);
    }

    /** {@link #blobCache(String, long, BlobLoader)} with more to say. */
    public <K> BlobCache<K> blobCache(BlobCacheConfig options, BlobLoader<? super K> loader) {
        return new BlobCache<>(options, parts.blobFrames.get(), reclaim().shrinkers(), loader);
    }

    /** Grace periods for readers of objects that are freed by {@link Kmalloc#kfreeRcu} or lie in type-safe caches. */
    public Rcu rcu() {
        checkOpen();
        return parts.rcu;
    }

    /** From frames to addresses and segments, and back. */
    public DirectMap directMap() {
        checkOpen();
        return parts.directMap;
    }

    /** The memory itself. */
    public PhysicalMemory memory() {
        checkOpen();
        return parts.memory;
    }

    /** What the running code is allowed: scopes in which nobody waits, or reclaim is kept from doing something. */
    public Contexts contexts() {
        return parts.contexts;
    }

    /** The memory in blocks, which go offline, so that the host has their bytes, and come (back) while the kernel runs. */
    public MemoryBlocks memoryBlocks() {
        checkOpen();
        return parts.buddy.blocks();
    }

    /** What the kernel warned about. */
    public KernelLog log() {
        return parts.config.log();
    }

    /** Where it can be made to fail, if it was booted {@link KernelConfig#withFaults}. */
    public KernelFaults faults() {
        return parts.faults;
    }

    /** What it was booted with. */
    public KernelConfig config() {
        return parts.config;
    }

    /** All nodes and zones at this moment; each zone is exact, between zones others may run. */
    public List<NodeSnapshot> nodes() {
        checkOpen();
        return parts.buddy.snapshot();
    }

    /** Where the memory is, apart: used and by whom, cached, free, fragmented, reserved, returned to the host. Racy. */
    public MemoryUsage snapshot() {
        checkOpen();
        return MemoryUsage.of(parts);
    }

    /** Gives the host back what it can, and says what keeps the rest. Others may allocate and free meanwhile. */
    public TrimReport trim() {
        checkOpen();
        return Trimming.trim(parts);
    }

    /** Who holds pages, by label and stack, as far as {@link KernelConfig#owners()} notes it. */
    public PageOwners owners() {
        checkOpen();
        return parts.owners;
    }

    /** Shows the usage as a managed bean, {@code org.mm4j:type=Kernel,name=...}, until it is closed. */
    public KernelBean register(String name) {
        checkOpen();
        return KernelBean.register(this, name);
    }

    /**
     * Pages that users have: neither free nor cached, nor units of the percpu allocator, nor slabs or large blocks of
     * kmalloc, nor page tables. Exact when nobody allocates or frees meanwhile.
     */
    public long pagesInUse() {
        checkOpen();
        return PageCounts.inUse(parts);
    }

    /** Pages of the percpu allocator's units, whether areas are in them or not. */
    public long pagesOfPercpu() {
        return parts.percpuMemory.pagesReserved();
    }

    /** Pages of slabs, whether objects are in them or not, and of large blocks of kmalloc. */
    public long pagesOfSlab() {
        return PageCounts.ofSlab(parts);
    }

    /** Walks the whole state, and says what is broken, one sentence each. Exact only while nobody else calls. */
    public List<String> validate() {
        checkOpen();
        return parts.validate();
    }

    /** All texts that Linux would show of this kernel under /proc and /sys, by path. */
    public ProcTree proc() {
        checkOpen();
        return new ProcTree(this, parts.vmalloc, parts.slabStats);
    }

    /** The text of /proc/buddyinfo: free blocks by order. */
    public String buddyinfo() {
        return BuddyInfoText.of(nodes());
    }

    /** The text of /proc/pagetypeinfo: free blocks by order and mobility, and pageblocks by mobility. */
    public String pagetypeinfo() {
        return PageTypeInfoText.of(nodes());
    }

    /** The text of /proc/zoneinfo: everything about every zone. */
    public String zoneinfo() {
        return ZoneInfoText.of(nodes(), parts.slabStats);
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
        return VmallocInfoText.of(parts.vmalloc.areas());
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
        parts.buddy.drainAllPages();
    }

    /** What a periodic worker does: page caches that have become too large shrink a little. In Linux: vmstat_update(). */
    public void decayPageCaches() {
        checkOpen();
        parts.buddy.decayPageCaches();
    }

    /**
     * Gives all memory back to the host. What is still live is told to the log: arenas by label, objects by cache, and pages by
     * who took them, see {@link PageOwners}. Waits for readers of {@link #rcu}. Closing twice is allowed.
     *
     * @throws IllegalStateException while a native call or a channel uses the memory, or a confined arena is open whose
     *     thread lives, or another thread closes the kernel, or inside of a read section of {@link #rcu}; close again later
     */
    @Override
    public void close() {
        closing.close();
    }

    private void checkOpen() {
        parts.contexts.checkOpen();
    }
}
