package org.mm4j.slab;

import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.Objects;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.memory.HostMemory;
import org.mm4j.memory.MemoryOptions;

/** A slab allocator for stress tests, one for all states of a test, with one CPU that all threads share. */
final class SlabRig {
    private static final long FRAMES = 1 << 16;
    private static final int OBJECT_BYTES = 512;

    /** Objects of a slab: 8 in one page. */
    final KmemCache cache;

    final SlabFrames frames;

    final BuddyAllocator pages = BuddyAllocator.ofFrames(FRAMES);
    final PhysicalMemory memory = HostMemory.reserve(
            MemoryOptions.defaults().withBytes((BuddyConfig.FIRST_PFN + FRAMES) << PageFrame.PAGE_SHIFT));
    final Rcu rcu = new Rcu(1, CpuSource.fixed(0), AsymmetricBarrier.FENCES);

    SlabRig() {
        this(0);
    }

    /** With flags of {@link SlabFlags} for the cache. */
    SlabRig(int flags) {
        SlabConfig config = SlabConfig.ofCpus(1).withCpus(CpuSource.fixed(0)).withRcu(rcu);
        SlabAllocator slabs = new SlabAllocator(pages, memory, config);
        frames = slabs.parts().frames();
        cache = Objects.requireNonNull(
                slabs.kmemCacheCreate("stress", OBJECT_BYTES, 0, SlabFlags.SLAB_NO_MERGE | flags));
    }

    /** A slab on no list that is frozen, as a CPU's active slab is; all its objects are taken off its freelist. */
    Slab frozen() {
        Slab slab = Objects.requireNonNull(cache.slabs().create(GFP_KERNEL, 0));
        cache.slabs().freelists().freeze(slab);
        return slab;
    }

    /** A slab on no list that nobody has, all of whose objects are taken. */
    Slab full() {
        Slab slab = frozen();
        cache.slabs().freelists().takeFreed(slab);
        return slab;
    }

    /** How many objects a list has, each of which must be one of the slab; -1 when it is no list. */
    int length(Slab slab, int head) {
        int length = 0;
        for (int object = head; object != 0; object = cache.memory().next(slab, object)) {
            length++;
            if (object == ObjectMemory.CORRUPT || length > slab.objects) {
                return -1;
            }
        }
        return length;
    }

    /** Gives the pages of a slab back, whatever its state is. */
    void drop(Slab slab) {
        cache.slabs().abandon(slab);
    }
}
