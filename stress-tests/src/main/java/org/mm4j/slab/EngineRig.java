package org.mm4j.slab;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.HashSet;
import java.util.Set;
import org.mm4j.api.CpuSource;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.SlotGate;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.memory.HostMemory;
import org.mm4j.memory.MemoryOptions;

/**
 * A cache of its own for one state of a stress test, with the shipped engine over a given gate: sheaves of two objects,
 * slabs of eight, and one page that all objects come from. All rigs have the same memory.
 */
final class EngineRig {
    /** Objects of a sheaf; a stack of the engine with stacks has twice as many. */
    static final int CAPACITY = 2;

    private static final int OBJECT_BYTES = 512;
    private static final long FRAMES = 1 << 16;
    private static final BuddyAllocator PAGES = BuddyAllocator.ofFrames(FRAMES);
    private static final PhysicalMemory MEMORY = HostMemory.reserve(
            MemoryOptions.defaults().withBytes((BuddyConfig.FIRST_PFN + FRAMES) << PageFrame.PAGE_SHIFT));
    private static final SlabConfig CONFIG = SlabConfig.ofCpus(1).withCpus(CpuSource.fixed(0));
    private static final SlabFrames SLAB_FRAMES = new SlabFrames(MEMORY);
    private static final SlabLayout LAYOUT = layout();

    final KmemCache cache;

    /** Slabs that objects of the cache were seen in. */
    private final Set<Slab> slabs = new HashSet<>();

    private boolean isBroken;

    EngineRig(SlabEngineKind kind, SlotGate gate) {
        this(CONFIG.withEngine(kind, gate));
    }

    /** With grace periods. */
    EngineRig(SlabEngineKind kind, SlotGate gate, Rcu rcu) {
        this(CONFIG.withEngine(kind, gate).withRcu(rcu));
    }

    private EngineRig(SlabConfig config) {
        SlabParts parts = new SlabParts(PAGES, MEMORY, config, SLAB_FRAMES, new SlabRandom(1));
        cache = new KmemCache("stress", LAYOUT, KmemCacheArgs.NONE, parts, new CacheRegistry(parts));
    }

    private static SlabLayout layout() {
        SlabLayout usual = SlabLayout.of(SlabRequest.of(OBJECT_BYTES, CONFIG.settings()));
        return new SlabLayout(
                usual.request(),
                usual.objectSize(),
                usual.size(),
                usual.inuse(),
                usual.freePointerOffset(),
                usual.redLeftPad(),
                usual.align(),
                usual.order(),
                usual.minOrder(),
                usual.objectsPerSlab(),
                usual.minOrderObjects(),
                usual.minPartial(),
                usual.cpuPartialObjects(),
                usual.cpuPartialSlabs(),
                CAPACITY);
    }

    /** An object, or 0 and the rig is broken: a twin's engine may fail in any way, and its actors must not. */
    long alloc() {
        try {
            return cache.alloc(GFP_NOWAIT);
        } catch (RuntimeException broken) {
            isBroken = true;
            return 0;
        }
    }

    void free(long object) {
        try {
            cache.free(object);
        } catch (RuntimeException broken) {
            isBroken = true;
        }
    }

    void flush() {
        try {
            cache.engine().flush();
        } catch (RuntimeException broken) {
            isBroken = true;
        }
    }

    /** So many objects, which are not in the engine. */
    long[] take(int count) {
        long[] objects = new long[count];
        for (int at = 0; at < count; at++) {
            objects[at] = seen(alloc());
        }
        flush();
        return objects;
    }

    Slab slab(long object) {
        return SLAB_FRAMES.find(object);
    }

    /** What a caller has written into an object. */
    int read(long object) {
        return MEMORY.directMap().get(JAVA_INT, object - MEMORY.directMapAddress());
    }

    void write(long object, int value) {
        MEMORY.directMap().set(JAVA_INT, object - MEMORY.directMapAddress(), value);
    }

    private long seen(long object) {
        Slab slab = SLAB_FRAMES.find(object);
        if (slab != null) {
            slabs.add(slab);
        }
        return object;
    }

    /**
     * Whether each object is in one place, and none is lost: so many as a slab has can be taken besides those that are
     * held, all are different, and when all are back no slab is left. The end of the rig, whatever was found.
     */
    boolean isSound(long... held) {
        Set<Long> objects = new HashSet<>();
        boolean isSound = true;
        for (long object : held) {
            isSound &= objects.add(seen(object));
        }
        for (int count = 0; isSound && !isBroken && count < LAYOUT.objectsPerSlab() + 1; count++) {
            isSound = objects.add(seen(alloc()));
        }
        if (isSound && !isBroken) { // else lists may be in knots
            objects.forEach(this::free);
            isSound = !isLeft();
        }
        for (Slab slab : slabs) {
            boolean isLeft = SLAB_FRAMES.find(cache.memory().address(slab, 1)) == slab;
            if (isLeft) {
                giveBack(slab, isSound);
            }
        }
        return isSound && !isBroken;
    }

    /** A broken engine may have died with a lock, and its lists lead anywhere: then only the pages come back. */
    private void giveBack(Slab slab, boolean isSound) {
        if (isSound && !isBroken) {
            cache.slabs().abandon(slab);
        } else {
            SLAB_FRAMES.remove(slab);
            PAGES.freePages(slab.pfn, slab.order);
        }
    }

    private boolean isLeft() {
        try {
            return cache.shrink();
        } catch (RuntimeException broken) {
            isBroken = true;
            return true;
        }
    }
}
