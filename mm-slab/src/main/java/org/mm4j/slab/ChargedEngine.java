package org.mm4j.slab;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.MemoryAccounting;
import org.mm4j.api.MemoryAccounting.Kind;
import org.mm4j.api.MemoryAccounting.Payer;

/**
 * An engine whose objects are charged to somebody, in front of another one: all of a cache with SLAB_ACCOUNT, of others
 * those that are asked for with {@code __GFP_ACCOUNT}. Allocators without accounting do not have it, and pay nothing.
 *
 * <pre>
 *   alloc    charge the payer;  take;  nothing: uncharge;  else note the payer beside the object
 *   free     claim;  take the payer out, uncharge;  give the claimed object back
 * </pre>
 *
 * <p>Objects that engines keep are nobody's, and charged to nobody.
 *
 * <p>In Linux 6.18: mm/slub.c, memcg_slab_post_alloc_hook(), memcg_slab_free_hook(); mm/memcontrol.c, obj_full_size().
 * Differs: it is charged before the object is taken.
 */
final class ChargedEngine extends EngineFront {
    /** What a payer costs, beside the object. In Linux: a pointer to struct obj_cgroup. */
    static final int PAYER_BYTES = 8;

    private final KmemCache cache;
    private final SlabFrames frames;
    private final MemoryAccounting accounting;
    private final boolean chargesAll;
    private final Kind kind;
    private final long bytes;

    ChargedEngine(SlabEngine engine, KmemCache cache, SlabFrames frames, MemoryAccounting accounting) {
        super(engine);
        this.cache = cache;
        this.frames = frames;
        this.accounting = accounting;
        int flags = cache.layout().flags();
        chargesAll = SlabFlags.has(flags, SlabFlags.SLAB_ACCOUNT);
        kind = kind(flags);
        bytes = bytes(cache);
    }

    private static Kind kind(int flags) {
        return SlabFlags.has(flags, SlabFlags.SLAB_RECLAIM_ACCOUNT) ? Kind.SLAB_RECLAIMABLE : Kind.SLAB_UNRECLAIMABLE;
    }

    /** What an object is charged for. */
    private static long bytes(KmemCache cache) {
        return (long) cache.layout().size() + PAYER_BYTES;
    }

    private @Nullable Payer payer(int gfp) {
        return chargesAll || (gfp & Gfp.__GFP_ACCOUNT) != 0 ? accounting.payer() : null;
    }

    // Taking.

    @Override
    public long alloc(int gfp, int nid) {
        Payer payer = payer(gfp);
        return payer == null ? super.alloc(gfp, nid) : allocCharged(payer, gfp, nid);
    }

    private long allocCharged(Payer payer, int gfp, int nid) {
        if (!payer.tryCharge(kind, bytes, gfp)) {
            return 0;
        }
        long address = 0;
        try {
            address = super.alloc(gfp, nid);
        } finally {
            if (address == 0) {
                payer.uncharge(kind, bytes);
            }
        }
        if (address != 0) {
            note(address, payer);
        }
        return address;
    }

    /** All are charged at once, or none is taken. */
    @Override
    public int allocBulk(int gfp, long[] objects, int from, int to) {
        Payer payer = to > from ? payer(gfp) : null;
        if (payer == null) {
            return super.allocBulk(gfp, objects, from, to);
        }
        if (!payer.tryCharge(kind, (to - from) * bytes, gfp)) {
            return 0;
        }
        int taken = 0;
        try {
            taken = super.allocBulk(gfp, objects, from, to);
        } finally {
            if (taken < to - from) {
                payer.uncharge(kind, (to - from - taken) * bytes);
            }
        }
        for (int at = from; at < from + taken; at++) {
            note(objects[at], payer);
        }
        return taken;
    }

    private void note(long address, Payer payer) {
        Slab slab = frames.find(address);
        if (slab != null) {
            slab.setPayer(cache.memory().number(slab, address), payer);
        }
    }

    /** Charges an object that somebody has and nobody pays for. False when there is no room. */
    static boolean charge(Slab slab, int object, int gfp, MemoryAccounting accounting) {
        Payer payer = slab.payer(object) == null ? accounting.payer() : null;
        if (payer == null) {
            return true;
        }
        if (!payer.tryCharge(kind(slab.cache.layout().flags()), bytes(slab.cache), gfp)) {
            return false;
        }
        slab.setPayer(object, payer);
        return true;
    }

    // Giving back.

    @Override
    public boolean free(Slab slab, int object) {
        if (slab.payer(object) == null) {
            return super.free(slab, object);
        }
        if (!slab.claim(object)) {
            return false;
        }
        uncharge(slab, object);
        super.freeChain(slab, object, object, 1);
        return true;
    }

    /** Behind a bad link nothing is looked at: whoever follows it next will say so. */
    @Override
    public void freeChain(Slab slab, int head, int tail, int count) {
        int object = head;
        for (int left = count; left > 0 && object > 0; left--) {
            uncharge(slab, object);
            object = left > 1 ? cache.memory().next(slab, object) : 0;
        }
        super.freeChain(slab, head, tail, count);
    }

    private void uncharge(Slab slab, int object) {
        Payer payer = slab.payer(object);
        if (payer != null) {
            slab.setPayer(object, null);
            payer.uncharge(kind, bytes);
        }
    }
}
