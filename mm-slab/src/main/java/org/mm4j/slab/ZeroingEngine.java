package org.mm4j.slab;

/**
 * An engine whose objects are zero when they are taken, zeroed when they are freed, or both, in front of another one.
 * Nobody finds in an object what its last owner wrote. Caches that are not to be zeroed do not have it, and pay nothing.
 *
 * <pre>
 *   alloc    take, zero the object
 *   free     claim, zero what the owner had, give the claimed object back
 *            on the next alloc the link, which lay in the object while it was free, is zeroed too
 * </pre>
 *
 * <p>In Linux 6.18: mm/slab.h, slab_want_init_on_alloc(), slab_want_init_on_free(); mm/slub.c, slab_free_hook(),
 * maybe_wipe_obj_freeptr(). Differs: pages that become a slab are zeroed here, where the kernel's page allocator does.
 */
final class ZeroingEngine extends EngineFront {
    private static final int BYTES_OF_OTHERS = SlabFlags.SLAB_TYPESAFE_BY_RCU | SlabFlags.SLAB_POISON;

    private final KmemCache cache;
    private final ObjectMemory memory;
    private final boolean onAlloc;
    private final boolean onFree;

    /** Where the link lies in a free object; -1: it lies outside. */
    private final int linkOffset;

    ZeroingEngine(SlabEngine engine, KmemCache cache, boolean onAlloc, boolean onFree) {
        super(engine);
        this.cache = cache;
        this.onAlloc = onAlloc;
        this.onFree = onFree;
        memory = cache.memory();
        linkOffset = cache.layout().isFreePointerOutside() ? -1 : cache.layout().freePointerOffset();
    }

    /** Whether the cache's objects are to be zeroed: neither what a constructor wrote nor what readers look at is. */
    static boolean concerns(KmemCache cache, SlabConfig config) {
        return (config.zeroesOnAlloc() || config.zeroesOnFree())
                && cache.ctor() == null
                && !SlabFlags.hasAny(cache.layout().flags(), BYTES_OF_OTHERS);
    }

    // Taking.

    @Override
    public long alloc(int gfp, int nid) {
        long address = super.alloc(gfp, nid);
        if (address != 0) {
            clean(address);
        }
        return address;
    }

    @Override
    public int allocBulk(int gfp, long[] objects, int from, int to) {
        int taken = super.allocBulk(gfp, objects, from, to);
        for (int at = from; at < from + taken; at++) {
            clean(objects[at]);
        }
        return taken;
    }

    private void clean(long address) {
        if (onAlloc) {
            memory.zero(address, cache.objectSize());
        } else if (linkOffset >= 0) {
            memory.zero(address + linkOffset, SlabLayout.WORD_BYTES);
        }
    }

    // Freeing.

    @Override
    public boolean free(Slab slab, int object) {
        if (!onFree) {
            return super.free(slab, object);
        }
        if (!slab.claim(object)) {
            return false;
        }
        wipe(slab, object);
        super.freeChain(slab, object, object, 1);
        return true;
    }

    @Override
    public void freeChain(Slab slab, int head, int tail, int count) {
        if (onFree) {
            wipeAll(slab, head, count);
        }
        super.freeChain(slab, head, tail, count);
    }

    /** The links stay. Behind a bad one nothing is touched: whoever follows it next will say so. */
    private void wipeAll(Slab slab, int head, int count) {
        int object = head;
        for (int left = count; left > 1 && object > 0; left--) {
            int next = memory.next(slab, object);
            if (next > 0) {
                wipe(slab, object);
                memory.setNext(slab, object, next);
            }
            object = next;
        }
        if (object > 0) {
            wipe(slab, object);
        }
    }

    /** What was not asked for may be a red zone. */
    private void wipe(Slab slab, int object) {
        memory.zero(memory.address(slab, object), cache.sizes().originalOfClaimed(slab, object));
    }
}
