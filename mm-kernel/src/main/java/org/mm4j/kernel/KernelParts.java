package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.MemoryAccounting.Kind;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.ObjectCache;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.trace.GuardedTracepoints;
import org.mm4j.api.trace.Tracepoints;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.kernel.arena.KernelArenas;
import org.mm4j.kernel.events.FlightRecorderTrace;
import org.mm4j.kernel.memcg.FileCharges;
import org.mm4j.kernel.memcg.MemoryCgroups;
import org.mm4j.kernel.pagecache.BlobFrames;
import org.mm4j.kernel.reclaim.Reclaim;
import org.mm4j.memory.HostMemory;
import org.mm4j.percpu.ChunkAllocator;
import org.mm4j.percpu.DirectPercpuMemory;
import org.mm4j.percpu.PerCpuPages;
import org.mm4j.percpu.PercpuConfig;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.Rcu;
import org.mm4j.slab.SlabAllocator;
import org.mm4j.slab.SlabConfig;
import org.mm4j.vmalloc.VmallocConfig;

/** What a kernel is made of, in the order in which it is made: each part knows only those above it. */
final class KernelParts {
    // What pages are taken for.
    static final String PERCPU = "percpu units";
    static final String VMALLOC = "vmalloc";
    static final String SLABS = "slabs";

    final KernelConfig config;
    final PhysicalMemory memory;

    /** {@link #memory}, or what fails in front of it, for who gives pages back to the host. */
    final PhysicalMemory memoryFront;

    final Rcu rcu;
    final Contexts contexts;
    final KernelFaults faults;
    final Tracepoints trace;
    final CpuSlots slots;
    final Reclaim reclaim;
    final BuddyAllocator buddy;
    final PageOwners owners;
    private final PageAllocator allPages;

    /** Null: there are none. */
    final @Nullable MemoryCgroups cgroups;

    final PageAllocator pages;
    final DirectMap directMap;
    final PageAddresses addresses;
    final PageSegments segments;
    final Folios folios;
    final DirectPercpuMemory percpuMemory;
    final ChunkAllocator percpu;

    /** What callers are given: {@link #percpu}, or what fails in front of it. */
    final PerCpuAllocator percpuFront;

    final SlabAllocator slab;
    final Kmalloc kmalloc;
    final KmallocSegments kmallocSegments;
    final SlabStats slabStats;
    final VmallocOnDemand vmalloc;
    final Kvmalloc kvmalloc;
    final KernelArenas arenas;
    final OnDemand<BlobFrames> blobFrames;

    /** Reserves the memory, and closes it again when this throws. */
    static KernelParts boot(KernelConfig config) {
        PhysicalMemory memory = HostMemory.reserve(config.memory());
        Rcu rcu = null;
        boolean booted = false;
        try {
            KernelFaults faults = new KernelFaults(
                    config.hasFaults(), config.log(), config.slab().seed());
            rcu = CpuSlots.of(config).rcu(faults.trylock());
            KernelParts parts = new KernelParts(config, memory, rcu, faults);
            booted = true;
            return parts;
        } finally {
            if (!booted) {
                memory.close();
                if (rcu != null) {
                    rcu.close();
                }
            }
        }
    }

    /** Over memory and grace periods that stay the caller's when this throws. */
    KernelParts(KernelConfig config, PhysicalMemory memory, Rcu rcu, KernelFaults faults) {
        this.config = config;
        this.memory = memory;
        this.rcu = rcu;
        contexts = new Contexts(config.log(), System::nanoTime);
        this.faults = faults;
        memoryFront = faults.before(memory);
        trace = config.hasEvents() ? GuardedTracepoints.of(new FlightRecorderTrace()) : Tracepoints.NONE;
        slots = CpuSlots.of(config);
        reclaim = new Reclaim(config.nodes().size(), contexts, config.log(), trace, faults.trylock());
        buddy = new BuddyAllocator(buddyConfig());
        reclaim.begin(config.nodes().size(), buddy::balance, buddy::compaction, config.compaction());
        buddy.blocks().addNotifier(new HostNotifier(memoryFront, reclaim));
        owners = new PageOwners(config.owners(), memory.bytes() >>> PageFrame.PAGE_SHIFT);
        allPages = faults.before(config.pageAllocator().apply(buddy));
        cgroups = config.hasCgroups() ? makeCgroups() : null;
        pages = pagesFor(PageOwners.NOBODY);
        directMap = new DirectMap(memory);
        addresses = new PageAddresses(pages, directMap);
        segments = new PageSegments(pages, directMap);
        folios = new Folios(pages, directMap);
        percpuMemory = new DirectPercpuMemory(noted(PERCPU), memoryFront);
        percpu = new ChunkAllocator(
                PercpuConfig.of(slots.cpus())
                        .withLog(config.log())
                        .withContext(contexts)
                        .withChargesCgroups(config.hasCgroups())
                        .withTrylockFaults(faults.trylock())
                        .withTrace(trace),
                percpuMemory);
        percpuFront =
                faults.before(cgroups == null ? percpu : cgroups.charging(percpu, percpu::bytesAllocated, contexts));
        slab = new SlabAllocator(pagesFor(SLABS), memory, slabConfig());
        kmalloc = Kmalloc.of(slab, config.slab().sizes(), config.slab().hasRandomCopies());
        kmallocSegments = new KmallocSegments(kmalloc, directMap);
        slabStats = new SlabStats(slab, kmalloc, reclaim::isHopeless);
        vmalloc = new VmallocOnDemand(
                VmallocConfig.of(slots.cpus())
                        .withCpu(slots.source())
                        .withLog(config.log())
                        .withContext(contexts)
                        .withFaults(faults.ofVmalloc())
                        .withTrace(trace),
                charged(noted(VMALLOC), Kind.VMALLOC),
                memory);
        kvmalloc = new Kvmalloc(kmalloc, vmalloc, directMap, rcu, config.log());
        arenas = new KernelArenas(
                new KernelChunks(kvmalloc, directMap),
                config.arenas(),
                slots.cpus(),
                slots.source(),
                memory.bytes(),
                System::nanoTime);
        buddy.blocks().setHolders(new PageHolders(this)::of);
        blobFrames = new OnDemand<>(
                () -> new BlobFrames(buddy, faults.before(buddy), memory, FileCharges.of(cgroups, contexts)));
    }

    /** The pages for a purpose, under which they are noted. */
    PageAllocator pagesFor(String purpose) {
        return charged(noted(purpose), Kind.PAGES);
    }

    private PageAllocator noted(String purpose) {
        PageAllocator watched = owners.watch(allPages, purpose);
        return config.hasEvents() ? new WatchedPages(watched, new TracedPages(trace)) : watched;
    }

    private PageAllocator charged(PageAllocator uncharged, Kind kind) {
        return cgroups == null ? uncharged : cgroups.charging(uncharged, kind, contexts);
    }

    /** The cgroups, if there are any. */
    MemoryCgroups cgroups() {
        if (cgroups == null) {
            throw new IllegalStateException(
                    "this kernel has no memory cgroups: boot it with KernelConfig.withCgroups(true)");
        }
        return cgroups;
    }

    private MemoryCgroups makeCgroups() {
        MemoryCgroups made = new MemoryCgroups(
                memory.bytes() >>> PageFrame.PAGE_SHIFT,
                faults.before(slots.gate()),
                new GuardedGroupReclaim(reclaim, contexts),
                faults.charge());
        reclaim.setCgroups(made.root());
        buddy.setBooks(made.booksOf(buddy));
        return made;
    }

    private BuddyConfig buddyConfig() {
        boolean isOwn = config.reclaims() && config.pressure().equals(MemoryPressure.NONE);
        return new BuddyConfig(
                config.nodes(),
                config.distances(),
                config.settings(),
                (pfn, frames) -> memory.zero(pfn << PageFrame.PAGE_SHIFT, frames << PageFrame.PAGE_SHIFT),
                new GuardedReclaim(isOwn ? reclaim : config.pressure(), contexts),
                config.log(),
                config.callerNode(),
                pageCaches(),
                config.hasCgroups(),
                contexts,
                trace,
                config.blocks(),
                faults.ofBuddy());
    }

    private PageCache.Maker pageCaches() {
        return PerCpuPages.maker(faults.before(slots.gate()), slots.cpus());
    }

    private SlabConfig slabConfig() {
        SlabOptions options = config.slab();
        SlabConfig slab = SlabConfig.ofCpus(slots.cpus())
                .withCpus(slots.source())
                .withNodes(config.nodes().size(), config::nodeOfCpu)
                .withEngine(options.engine(), faults.before(slots.gate()))
                .withFailslab(faults.failslab())
                .withFreelists(options.hardensFreelists(), options.shufflesFreelists())
                .withMerging(options.merges())
                .withSeed(options.seed())
                .withLog(config.log())
                .withRcu(rcu)
                .withContext(contexts)
                .withStock(options.stock())
                .withTrace(trace)
                .withAccounting(cgroups);
        String debug = options.debug();
        return debug == null ? slab : slab.withSlabDebug(debug);
    }

    /** What is broken, one sentence each. */
    List<String> validate() {
        List<String> findings = new ArrayList<>(buddy.validate());
        findings.addAll(percpu.validate());
        findings.addAll(slab.validate());
        findings.addAll(kmalloc.validate());
        findings.addAll(vmalloc.validate());
        findings.addAll(cgroups == null ? List.of() : cgroups.validate());
        return findings;
    }

    /** A cache as the configuration says. */
    ObjectCache objectCache(String name, int objectSize) {
        ObjectCache.Maker maker = config.objectCaches();
        ObjectCache cache = maker == null
                ? slab.kmemCacheCreate(name, objectSize, KmemCacheArgs.NONE)
                : maker.make(name, objectSize, pages, memory);
        if (cache == null) {
            throw new IllegalArgumentException("there is no cache of objects of " + objectSize + " bytes, see the log");
        }
        return cache;
    }
}
