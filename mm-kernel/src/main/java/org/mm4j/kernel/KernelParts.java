package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.ObjectCache;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.kernel.arena.KernelArenas;
import org.mm4j.kernel.pagecache.BlobFrames;
import org.mm4j.kernel.reclaim.Reclaim;
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
    final KernelConfig config;
    final PhysicalMemory memory;
    final Rcu rcu;
    final Contexts contexts;
    final CpuSlots slots;
    final Reclaim reclaim;
    final BuddyAllocator buddy;
    final PageOwners owners;
    final PageAllocator pages;
    final DirectMap directMap;
    final PageAddresses addresses;
    final PageSegments segments;
    final Folios folios;
    final DirectPercpuMemory percpuMemory;
    final ChunkAllocator percpu;
    final SlabAllocator slab;
    final Kmalloc kmalloc;
    final KmallocSegments kmallocSegments;
    final SlabStats slabStats;
    final VmallocOnDemand vmalloc;
    final Kvmalloc kvmalloc;
    final KernelArenas arenas;
    final OnDemand<BlobFrames> blobFrames;

    /** Over memory and grace periods that stay the caller's when this throws. */
    KernelParts(KernelConfig config, PhysicalMemory memory, Rcu rcu) {
        this.config = config;
        this.memory = memory;
        this.rcu = rcu;
        contexts = new Contexts(config.log(), System::nanoTime);
        slots = CpuSlots.of(config);
        reclaim = new Reclaim(config.nodes().size(), contexts, config.log());
        buddy = new BuddyAllocator(buddyConfig());
        reclaim.begin(config.nodes().size(), buddy::balance, buddy::compaction, config.compaction());
        buddy.blocks().addNotifier(new HostNotifier(memory, reclaim));
        owners = new PageOwners(config.owners(), memory.bytes() >>> PageFrame.PAGE_SHIFT);
        PageAllocator watched = owners.watch(config.pageAllocator().apply(buddy));
        pages = config.hasEvents() ? new WatchedPages(watched, new PageEvents()) : watched;
        directMap = new DirectMap(memory);
        addresses = new PageAddresses(pages, directMap);
        segments = new PageSegments(pages, directMap);
        folios = new Folios(pages, directMap);
        percpuMemory = new DirectPercpuMemory(pages, memory);
        percpu = new ChunkAllocator(
                PercpuConfig.of(slots.cpus()).withLog(config.log()).withContext(contexts), percpuMemory);
        slab = new SlabAllocator(pages, memory, slabConfig());
        kmalloc = new Kmalloc(slab, config.slab().sizes(), config.slab().hasRandomCopies());
        kmallocSegments = new KmallocSegments(kmalloc, directMap);
        slabStats = new SlabStats(slab, kmalloc, reclaim::isHopeless);
        vmalloc = new VmallocOnDemand(
                VmallocConfig.of(slots.cpus())
                        .withCpu(slots.source())
                        .withLog(config.log())
                        .withContext(contexts),
                pages,
                memory);
        kvmalloc = new Kvmalloc(kmalloc, vmalloc, directMap, config.log());
        arenas = new KernelArenas(
                new KernelChunks(kvmalloc, directMap),
                config.arenas(),
                slots.cpus(),
                slots.source(),
                memory.bytes(),
                System::nanoTime);
        blobFrames = new OnDemand<>(() -> new BlobFrames(buddy, memory));
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
                PerCpuPages.maker(slots.gate(), slots.cpus()),
                false,
                contexts,
                config.blocks());
    }

    private SlabConfig slabConfig() {
        SlabOptions options = config.slab();
        SlabConfig slab = SlabConfig.ofCpus(slots.cpus())
                .withCpus(slots.source())
                .withNodes(config.nodes().size(), config::nodeOfCpu)
                .withEngine(options.engine(), slots.gate())
                .withFreelists(options.hardensFreelists(), options.shufflesFreelists())
                .withMerging(options.merges())
                .withSeed(options.seed())
                .withLog(config.log())
                .withRcu(rcu)
                .withContext(contexts);
        String debug = options.debug();
        return debug == null ? slab : slab.withSlabDebug(debug);
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

    /** What is broken in any of them, one sentence each. */
    List<String> validate() {
        List<String> findings = new ArrayList<>(buddy.validate());
        findings.addAll(percpu.validate());
        findings.addAll(slab.validate());
        findings.addAll(kmalloc.validate());
        findings.addAll(vmalloc.validate());
        return findings;
    }
}
