package org.mm4j.slab;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.MemoryAccounting.Payer;

/**
 * One slab: a block of pages cut into objects of one cache.
 *
 * <p>Objects have numbers, 1 to {@link #objects}; 0 is no object.
 *
 * <p>In Linux 6.18: mm/slab.h, {@code struct slab}. Differs: it is an object of the Java heap, not an overlay of the frame
 * array. It lives as long as somebody may look at it, so that a caller who frees an object of a slab that is gone finds
 * that slab, all of whose objects are free, and never another one with the same number.
 */
final class Slab {
    /*
     * Who has an object
     *
     * One byte for each object says whether somebody has it: FREE on every freelist, in every sheaf, on its way to
     * one; ALLOCATED with a caller; DEFERRED when nobody has it but readers may still look at it; RESERVED with a caller
     * who has not taken it out of a prefilled sheaf.
     *
     *              the allocator: a store
     *     FREE  ------------------------------->  ALLOCATED
     *           <-------------------------------      |
     *       ^      whoever frees it: compare-and-set  |  free after a grace period: compare-and-set
     *       |                                         v
     *       `------------------------------------  DEFERRED
     *              when the grace period is over
     *
     * Invariant
     *   B1  an object that is FREE belongs to one place, an object that is ALLOCATED to one caller.
     *
     * Whoever takes an object off a freelist has it for itself, so it needs no atomic to say so. But two threads that
     * free the same object share nothing else: one may push it on the freelist of a CPU, the other on that of the
     * slab, and no word that both change could refuse the second. So a free costs one compare-and-set more than in the
     * kernel, which does not notice. It is a byte and not a bit so that the allocating side needs no atomic: the
     * bits of one word have many writers. An engine that knows by other means that nobody else frees the object at
     * the same time may clear the byte by a plain store.
     */
    static final byte FREE = 0;
    static final byte ALLOCATED = 1;
    static final byte DEFERRED = 2;

    /** With a caller, in a prefilled sheaf: it is not FREE, and cannot be freed. */
    static final byte RESERVED = 3;

    private static final VarHandle WORD;
    private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(Slab.class, "word", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final KmemCache cache;
    final long pfn;
    final int order;
    final int node;
    final int objects;

    /** Where object 0 would lie, in bytes from the begin of the memory. */
    final long origin;

    private final byte[] states;

    /**
     * Who pays for each object, if objects are charged. An entry belongs to whoever has the object; so it is plain. In
     * Linux: obj_exts.
     */
    private final @Nullable Payer @Nullable [] payers;

    /** A {@link SlabWord}. */
    @SuppressWarnings("UnusedVariable") // read by its handle
    private long word;

    // Links of the list that the slab is on; they belong to whoever guards that list.

    @Nullable
    Slab next;

    @Nullable
    Slab previous;

    /** Whether it is on its node's partial list, under that list's lock. In Linux: SL_partial. */
    boolean isOnPartial;

    /** Whether it is on its node's full list, under that node's lock; debug caches keep one. */
    boolean isOnFull;

    /** Objects in use that nobody has: a debug cache gave them up. Under the node's lock. */
    int objectsLost;

    /** Gives the pages back after a grace period; null: that need not be waited for. */
    @Nullable
    SlabRelease release;

    /** A slab on no list whose objects are all free, and not linked yet. */
    Slab(KmemCache cache, long pfn, int order, int node, int objects, long origin, boolean isCharged) {
        this.cache = cache;
        this.pfn = pfn;
        this.order = order;
        this.node = node;
        this.objects = objects;
        this.origin = origin;
        states = new byte[objects + 1];
        payers = isCharged ? new Payer[objects + 1] : null;
        word = SlabWord.ofFree(objects, 0);
    }

    // The word.

    long wordAcquire() {
        return (long) WORD.getAcquire(this);
    }

    void setWordPlain(long next) {
        WORD.set(this, next);
    }

    boolean casWord(long expected, long next) {
        return WORD.compareAndSet(this, expected, next);
    }

    // Who has an object.

    /** After taking an object off a freelist, for the caller who gets it. */
    void setAllocated(int object) {
        setStateRelease(object, ALLOCATED); // [slabobject.R1] publishes the take to whoever frees the object
    }

    /** Gives a free object to a caller, of a stock that may be wrong. False when somebody has it. */
    boolean takeFree(int object) {
        return casState(object, FREE, ALLOCATED); // [slabobject.R1]
    }

    /** Takes an object from the caller who had it. False when nobody has it. */
    boolean claim(int object) {
        return casState(object, ALLOCATED, FREE); // [slabobject.A1] pairs with [slabobject.R1] in setAllocated()
    }

    /** Takes an object from the caller who had it, to be freed after a grace period. False when nobody has it. */
    boolean defer(int object) {
        return casState(object, ALLOCATED, DEFERRED); // [slabobject.A1]
    }

    /** The grace period of a deferred object is over: it is claimed now. */
    void endDefer(int object) {
        setStateRelease(object, FREE);
    }

    /** After taking an object off a freelist, for a caller's prefilled sheaf. */
    void setReserved(int object) {
        setStateRelease(object, RESERVED);
    }

    /** Gives an object that was claimed or deferred back to the caller. */
    void unclaim(int object) {
        setStateRelease(object, ALLOCATED);
    }

    /** Whether nobody has the object. Racy, unless the asker knows more. */
    boolean isFree(int object) {
        return stateOpaque(object) == FREE;
    }

    /** Whether a caller has the object, and may use it. Racy, unless the asker is that caller. */
    boolean isAllocated(int object) {
        return stateOpaque(object) == ALLOCATED;
    }

    /** Who pays for an object; null: nobody. */
    @Nullable
    Payer payer(int object) {
        return payers == null ? null : payers[object];
    }

    /** Says who pays for an object that the caller has, or has claimed. Only where objects are charged. */
    void setPayer(int object, @Nullable Payer payer) {
        if (payers != null) {
            payers[object] = payer;
        }
    }

    /** How many objects callers have. Racy. */
    int allocated() {
        int count = 0;
        for (int object = 1; object <= objects; object++) {
            count += isFree(object) ? 0 : 1;
        }
        return count;
    }

    private byte stateOpaque(int object) {
        return (byte) STATE.getOpaque(states, object);
    }

    private void setStateRelease(int object, byte state) {
        STATE.setRelease(states, object, state);
    }

    private boolean casState(int object, byte expected, byte next) {
        return STATE.compareAndSet(states, object, expected, next);
    }

    /** How the debugger and error messages show a slab. */
    @Override
    public String toString() {
        return "the slab at pfn " + pfn + " of " + cache.name() + " (" + SlabWord.format(wordAcquire())
                + (isOnPartial ? ", partial)" : ")");
    }
}
