package org.mm4j.slab;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/**
 * Makes one cache's slabs of pages, and pages of slabs.
 *
 * <p>In Linux 6.18: mm/slub.c, allocate_slab(), __free_slab(), shuffle_freelist().
 */
final class SlabPages {
    /** What of a request reaches the page allocator. In Linux: GFP_RECLAIM_MASK and GFP_CONSTRAINT_MASK. */
    private static final int PASSED = Gfp.__GFP_RECLAIM
            | Gfp.__GFP_HIGH
            | Gfp.__GFP_IO
            | Gfp.__GFP_FS
            | Gfp.__GFP_NOWARN
            | Gfp.__GFP_RETRY_MAYFAIL
            | Gfp.__GFP_NOFAIL
            | Gfp.__GFP_NORETRY
            | Gfp.__GFP_MEMALLOC
            | Gfp.__GFP_NOMEMALLOC
            | Gfp.__GFP_HARDWALL
            | Gfp.__GFP_THISNODE;

    /** What makes no sense for a slab. In Linux: GFP_SLAB_BUG_MASK. */
    private static final int REFUSED = Gfp.__GFP_DMA32 | Gfp.__GFP_HIGHMEM;

    private final KmemCache cache;
    private final SlabLayout layout;
    private final ObjectMemory memory;
    private final PageAllocator pages;
    private final SlabFrames frames;
    private final SlabRandom random;
    private final KernelLog log;
    private final @Nullable Rcu rcu;
    private final @Nullable LongConsumer ctor;
    private final int gfpAlways;
    private final PhysicalMemory bytes;
    private final boolean zeroesPages;
    private final boolean isCharged;

    /** In which order the objects of a new slab are handed out, from a random one on; empty: in the order of addresses. */
    private final short[] permutation;

    SlabPages(KmemCache cache, SlabParts parts, KmemCacheArgs args) {
        this.cache = cache;
        layout = cache.layout();
        memory = cache.memory();
        pages = parts.pages();
        frames = parts.frames();
        random = parts.random();
        log = parts.config().log();
        ctor = args.ctor();
        int flags = layout.flags();
        rcu = SlabFlags.has(flags, SlabFlags.SLAB_TYPESAFE_BY_RCU)
                ? parts.config().rcu()
                : null;
        gfpAlways = gfpAlways(flags);
        bytes = parts.memory();
        zeroesPages = parts.config().zeroesOnFree(); // who had the pages before did not
        isCharged = parts.config().accounting() != null;
        boolean isShuffled = parts.config().shufflesFreelists() && layout.objectsPerSlab() > 1;
        permutation = isShuffled ? random.permutation(layout.objectsPerSlab()) : new short[0];
    }

    private static int gfpAlways(int flags) {
        int gfp = Gfp.__GFP_COMP;
        gfp |= SlabFlags.has(flags, SlabFlags.SLAB_CACHE_DMA) ? Gfp.__GFP_DMA : 0;
        gfp |= SlabFlags.has(flags, SlabFlags.SLAB_CACHE_DMA32) ? Gfp.__GFP_DMA32 : 0;
        return SlabFlags.has(flags, SlabFlags.SLAB_RECLAIM_ACCOUNT) ? gfp | Gfp.__GFP_RECLAIMABLE : gfp;
    }

    // New slabs.

    /**
     * A new slab on no list whose objects are all free; null when there are no pages. Holding no lock.
     *
     * @param nid a node, or {@link PageAllocator#NO_NODE}
     */
    @Nullable
    Slab create(int gfp, int nid) {
        int fit = fit(gfp);
        int order = layout.order();
        long pfn = pages.allocPages(firstTry(fit), order, nid);
        if (pfn == PageFrame.NONE) {
            order = layout.minOrder();
            pfn = pages.allocPages(fit, order, nid);
        }
        if (pfn == PageFrame.NONE) {
            return null;
        }
        boolean isMade = false;
        try {
            Slab slab = make(pfn, order);
            isMade = true;
            return slab;
        } finally {
            if (!isMade) {
                pages.freePages(pfn, order); // the constructor threw, or the Java heap is full
            }
        }
    }

    private int fit(int gfp) {
        int fit = fixed(gfp, log);
        if (ctor != null && (gfp & Gfp.__GFP_ZERO) != 0) {
            log.warnOnce(
                    "ctor and zero", "cache " + cache.name() + " has a constructor, but __GFP_ZERO undoes its work");
        }
        return (fit & PASSED) | gfpAlways;
    }

    /** A request without what makes no sense for an object; it is logged. In Linux: kmalloc_fix_flags(). */
    static int fixed(int gfp, KernelLog log) {
        int fit = gfp & ~REFUSED;
        if (fit != gfp) {
            log.warn("Unexpected gfp: " + Gfp.format(gfp & REFUSED) + ". Fixing up to gfp: " + Gfp.format(fit)
                    + ". Fix your code!");
        }
        return fit;
    }

    /** A large slab is nice to have: smaller ones will do before anybody waits or is warned. */
    private int firstTry(int gfp) {
        int light = (gfp | Gfp.__GFP_NOWARN | Gfp.__GFP_NORETRY) & ~Gfp.__GFP_NOFAIL;
        boolean hasSmaller = layout.order() > layout.minOrder();
        return hasSmaller && Gfp.allowsBlocking(light) ? (light | Gfp.__GFP_NOMEMALLOC) & ~Gfp.__GFP_RECLAIM : light;
    }

    /** All that can fail comes first: the slab is known to the frames last. */
    private Slab make(long pfn, int order) {
        int objects = order == layout.order() ? layout.objectsPerSlab() : layout.minOrderObjects();
        @Nullable Slab[] section = frames.section(pfn);
        Slab slab = new Slab(cache, pfn, order, pages.nodeOf(pfn), objects, memory.origin(pfn), isCharged);
        if (zeroesPages) {
            bytes.zero(pfn << PageFrame.PAGE_SHIFT, (long) PageFrame.PAGE_SIZE << order);
        }
        ObjectPatterns patterns = cache.patterns();
        if (patterns != null) {
            patterns.paint(slab);
        }
        slab.release = rcu == null ? null : new SlabRelease(this, slab);
        construct(slab);
        slab.setWordPlain(SlabWord.ofFree(objects, link(slab)));
        frames.add(slab, section);
        return slab;
    }

    private void construct(Slab slab) {
        if (ctor != null) {
            for (int object = 1; object <= slab.objects; object++) {
                ctor.accept(memory.address(slab, object));
            }
        }
    }

    /** Links all objects, and returns the first one. */
    private int link(Slab slab) {
        int count = permutation.length == 0 ? slab.objects : permutation.length;
        int from = permutation.length == 0 ? 0 : random.below(count);
        int first = 0;
        for (int step = count - 1; step >= 0; step--) {
            int object = at((from + step) % count);
            if (object <= slab.objects) { // a smaller slab leaves some out
                memory.setNext(slab, object, first);
                first = object;
            }
        }
        return first;
    }

    private int at(int place) {
        return permutation.length == 0 ? place + 1 : permutation[place];
    }

    // The end of slabs.

    /**
     * Gives the pages of a slab on no list, whose objects are all free, back: at once, or when no reader can look at its
     * objects any more. Nobody finds the slab from now on. Holding no lock.
     *
     * @return false, and the slab stays, when readers may look and the {@link Rcu} is closed
     */
    boolean discard(Slab slab) {
        SlabRelease release = slab.release;
        if (rcu == null || release == null) {
            frames.remove(slab);
            pages.freePages(slab.pfn, slab.order);
            return true;
        }
        frames.remove(slab);
        frames.addWaiting(1L << slab.order);
        boolean isDeferred = rcu.deferUnlessClosed(release);
        if (!isDeferred) {
            frames.addWaiting(-(1L << slab.order));
            frames.add(slab, frames.section(slab.pfn));
        }
        return isDeferred;
    }

    /** Gives the pages of a slab on no list back, whoever has objects of it or looks. */
    void abandon(Slab slab) {
        frames.remove(slab);
        pages.freePages(slab.pfn, slab.order);
    }

    /** Nobody looks at a slab that was deferred any more. */
    void giveBack(Slab slab) {
        frames.addWaiting(-(1L << slab.order));
        pages.freePages(slab.pfn, slab.order);
    }
}
