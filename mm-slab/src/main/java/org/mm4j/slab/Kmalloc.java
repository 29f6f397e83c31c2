package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.util.List;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.trace.Tracepoints;

/**
 * Memory of any size up to 4 MiB, by address.
 *
 * <pre>
 *   bytes   0             1 to 8192                     8193 to 4 MiB                     more
 *           16            an object of the smallest     a compound block of               0
 *           "nothing"     class that holds it           2^n pages
 * </pre>
 *
 * <p>Sizes and counts are unsigned: a negative one is too large. An address is a multiple of 8, and of the largest power
 * of two that divides the size asked for. All methods may be called by any thread, virtual ones too, and allocate no Java
 * heap when they succeed. A call that names an address which is nobody's object is refused with a {@link
 * BadObjectException} and changes nothing; of two threads that free the same object at the same time, one is refused.
 *
 * <p>In Linux 6.18: include/linux/slab.h, mm/slub.c, mm/slab_common.c. Differs: bad addresses are refused where the kernel
 * warns, leaks or corrupts.
 */
public sealed class Kmalloc implements AutoCloseable permits TracedKmalloc {
    /** The address of 0 bytes: nothing may be read or written there, and freeing it does nothing. */
    public static final long ZERO_SIZE_PTR = 16;

    /** Of so many bytes, 1 or more, kmalloc takes an object and is done; debug caches are told the size, so it is 0. */
    private final long bytesSimple;

    private final SizeClasses sizes;
    private final KmallocCaches caches;
    private final LargeBlocks large;
    private final SlabFrames frames;
    private final KernelLog log;
    private final Krealloc resizing;
    private final KfreeRcu deferred;

    /** Over the caches of an allocator, with the classes of Linux. */
    public Kmalloc(SlabAllocator slabs) {
        this(slabs, SizeClasses.LINUX, false);
    }

    /**
     * Creates its caches in an allocator.
     *
     * @param sizes the classes
     * @param hasRandomCopies whether there are 16 caches for each normal class, among which callers are spread: see {@link
     *     #kmallocTrackCaller}. In Linux: CONFIG_RANDOM_KMALLOC_CACHES
     * @throws IllegalStateException when a cache cannot be created
     */
    public Kmalloc(SlabAllocator slabs, SizeClasses sizes, boolean hasRandomCopies) {
        this.sizes = sizes;
        caches = new KmallocCaches(slabs, sizes, hasRandomCopies);
        bytesSimple = caches.keepSizes() ? 0 : SizeClasses.MAX_CACHE_SIZE;
        large = new LargeBlocks(slabs.parts());
        frames = slabs.parts().frames();
        log = slabs.parts().config().log();
        resizing = new Krealloc(this, large, slabs.parts());
        deferred = new KfreeRcu(slabs, large);
        slabs.registry().addBeforeDestroy(deferred::barrier);
    }

    /**
     * {@link #Kmalloc(SlabAllocator, SizeClasses, boolean)}, which tells of what it does if the allocator has {@link
     * SlabConfig#trace tracepoints}.
     */
    public static Kmalloc of(SlabAllocator slabs, SizeClasses sizes, boolean hasRandomCopies) {
        return slabs.parts().config().trace().equals(Tracepoints.NONE)
                ? new Kmalloc(slabs, sizes, hasRandomCopies)
                : new TracedKmalloc(slabs, sizes, hasRandomCopies);
    }

    // Taking.

    /**
     * Takes memory, near the calling thread. Its bytes are those that its last owner left; with {@link Gfp#__GFP_ZERO} all
     * that {@link #ksize} says are zero, but for those that a debug cache makes a red zone: see {@link #ksize}.
     *
     * @param gfp flags of {@link Gfp}
     * @return the address; {@link #ZERO_SIZE_PTR} for 0 bytes; 0 when there is no memory, or more than 4 MiB are asked for,
     *     which is logged once
     */
    public long kmalloc(long bytes, int gfp) {
        if (!isSimple(bytes)) {
            return kmallocOther(bytes, gfp, NO_NODE);
        }
        return caches.cache(bytes, gfp).alloc(gfp);
    }

    /** {@link #kmalloc} of zeroes. */
    public long kzalloc(long bytes, int gfp) {
        return kmalloc(bytes, gfp | Gfp.__GFP_ZERO);
    }

    /**
     * {@link #kmalloc} that begins at node {@code nid}; with {@link Gfp#__GFP_THISNODE} it stays there.
     *
     * @throws IllegalArgumentException when there is no such node
     */
    public long kmallocNode(long bytes, int gfp, int nid) {
        if (!isSimple(bytes)) {
            return kmallocOther(bytes, gfp, nid);
        }
        return caches.cache(bytes, gfp).allocNode(gfp, nid);
    }

    /**
     * {@link #kmalloc} for a caller at a given place in the code. Where there are random copies of the caches, the place
     * and the allocator's seed decide which copy serves it, so that objects of different callers seldom lie together;
     * callers of the other methods share one copy.
     *
     * @param caller any number that tells places apart. In Linux: the return address
     */
    public long kmallocTrackCaller(long bytes, int gfp, int caller) {
        if (!isSimple(bytes)) {
            return isObject(bytes)
                    ? caches.cache(bytes, gfp, caller).allocSized((int) bytes, gfp, NO_NODE)
                    : kmallocOther(bytes, gfp, NO_NODE);
        }
        return caches.cache(bytes, gfp, caller).alloc(gfp);
    }

    /** {@link #kmalloc} of {@code count} times {@code bytes}; 0 when no number is so large. */
    public long kmallocArray(long count, long bytes, int gfp) {
        return overflows(count, bytes) ? 0 : kmalloc(count * bytes, gfp);
    }

    /** {@link #kmallocArray} of zeroes. */
    public long kcalloc(long count, long bytes, int gfp) {
        return kmallocArray(count, bytes, gfp | Gfp.__GFP_ZERO);
    }

    /** {@link #kmalloc} that takes pages, however few bytes are asked for. */
    public long kmallocLarge(long bytes, int gfp) {
        return bytes == 0 ? ZERO_SIZE_PTR : large.alloc(bytes, gfp, NO_NODE);
    }

    private boolean isSimple(long bytes) {
        return Long.compareUnsigned(bytes - 1, bytesSimple) < 0;
    }

    private static boolean isObject(long bytes) {
        return bytes > 0 && bytes <= SizeClasses.MAX_CACHE_SIZE;
    }

    private long kmallocOther(long bytes, int gfp, int nid) {
        if (isObject(bytes)) {
            return caches.cache(bytes, gfp).allocSized((int) bytes, gfp, nid);
        }
        return bytes == 0 ? ZERO_SIZE_PTR : large.alloc(bytes, gfp, nid);
    }

    private static boolean overflows(long count, long bytes) {
        return Math.unsignedMultiplyHigh(count, bytes) != 0;
    }

    // Another size.

    /**
     * Makes memory larger or smaller. Its bytes stay, up to the smaller size. It stays where it is when {@link #ksize} says
     * that it is large enough; otherwise it moves, and the old address is freed.
     *
     * <p>With {@link Gfp#__GFP_ZERO}, given here and at every call before, all bytes behind {@code bytes} are zero.
     *
     * @param address of memory, or 0 or {@link #ZERO_SIZE_PTR}: then as {@link #kmalloc}
     * @param bytes 0: the memory is freed
     * @return the address; {@link #ZERO_SIZE_PTR} for 0 bytes; 0 when there is no memory, and then the old one stays
     */
    public long krealloc(long address, long bytes, int gfp) {
        return resizing.resize(address, bytes, 1, gfp, NO_NODE);
    }

    /** {@link #krealloc} to {@code count} times {@code bytes}; 0, and nothing changes, when no number is so large. */
    public long kreallocArray(long address, long count, long bytes, int gfp) {
        return overflows(count, bytes) ? 0 : krealloc(address, count * bytes, gfp);
    }

    /**
     * {@link #krealloc} to an address that is a multiple of {@code align}. With {@link Gfp#__GFP_THISNODE} the memory moves
     * to node {@code nid} if it lies elsewhere.
     *
     * <p>In Linux 6.18: krealloc_node_align(). Differs: memory that moves is aligned whatever its size is; the kernel
     * leaves it to the caller to ask for a multiple of the alignment.
     *
     * @param align a power of two
     * @param nid a node, or {@link org.mm4j.api.PageAllocator#NO_NODE}
     * @throws IllegalArgumentException when {@code align} is no power of two, or there is no such node
     */
    public long kreallocNodeAlign(long address, long bytes, long align, int gfp, int nid) {
        return resizing.resize(address, bytes, align, gfp, nid);
    }

    // Sizes.

    /**
     * Bytes at an address that its owner may use: at least what was asked for; 0 for 0 and {@link #ZERO_SIZE_PTR}. A debug
     * cache that remembers what was asked for lets the owner use all of them from now on.
     *
     * @throws BadObjectException when no object of any cache, and no large block, begins there
     */
    public long ksize(long address) {
        if (isZeroOrNull(address)) {
            return 0;
        }
        Slab slab = frames.find(address);
        return slab == null ? large.bytesOwned(address) : slab.cache.sizes().tell(slab, address);
    }

    /** What {@link #ksize} will say of memory of so many bytes; a size that cannot be served is returned as it is. */
    public long kmallocSizeRoundup(long bytes) {
        return sizes.roundUp(bytes);
    }

    /** What an object's slot, or a block's pages, have; 0 for {@link #ZERO_SIZE_PTR}. In Linux: bytes_alloc. */
    final long bytesAllocated(long address) {
        Slab slab = frames.find(address);
        if (slab != null) {
            return slab.cache.layout().size();
        }
        return isZeroOrNull(address) ? 0 : large.bytesOwned(address);
    }

    /** In Linux: ZERO_OR_NULL_PTR(). */
    static boolean isZeroOrNull(long address) {
        return (address & ~ZERO_SIZE_PTR) == 0;
    }

    /**
     * Checks that bytes may be copied between user space and an object of any cache, or memory of this class, of which all
     * bytes may be: none beyond one object, and none that an object's cache keeps for itself. In Linux:
     * check_object_size().
     *
     * @param bytes as unsigned; 0: nothing is checked
     * @param toUser whether they are copied to user space, or from there
     * @throws BadObjectException when they may not, which is logged; or when nobody has memory at {@code address}
     */
    public void checkUserCopy(long address, long bytes, boolean toUser) {
        if (bytes == 0) {
            return;
        }
        UserCopy.checkRange(log, address, bytes, toUser);
        Slab slab = frames.find(address);
        if (slab == null) {
            large.checkUserCopy(address, bytes, toUser);
        } else {
            slab.cache.userCopy().check(slab, address, bytes, toUser);
        }
    }

    // Giving back.

    /**
     * Gives memory back: that of this class, or an object of any cache. 0 and {@link #ZERO_SIZE_PTR} do nothing.
     *
     * @throws BadObjectException when {@code address} is no memory that somebody has
     */
    public void kfree(long address) {
        Slab slab = frames.find(address);
        if (slab == null) {
            kfreeOther(address);
        } else {
            slab.cache.free(slab, address);
        }
    }

    private void kfreeOther(long address) {
        if (!isZeroOrNull(address)) {
            if (!large.claim(address)) {
                throw large.bad(address);
            }
            large.giveBack(address);
        }
    }

    /** {@link #kfree} after setting all bytes to zero. In Linux: kfree_sensitive(), once kzfree(). */
    public void kfreeSensitive(long address) {
        Slab slab = frames.find(address);
        if (slab != null) {
            slab.cache.freeZeroed(slab, address);
        } else if (!isZeroOrNull(address)) {
            if (!large.claim(address)) {
                throw large.bad(address);
            }
            large.giveBackZeroed(address);
        }
    }

    /**
     * {@link #kfree} of the first {@code count} of {@code addresses}; all of them or, when one is refused, none. Their order
     * changes.
     *
     * @throws BadObjectException when one of them cannot be freed, or stands there twice
     */
    public void kfreeBulk(long[] addresses, int count) {
        KfreeBulk.free(frames, large, addresses, count);
    }

    // Giving back after a grace period.

    /**
     * Gives memory back as {@link #kfree} does, when all readers who may look at it have left. It is the caller's no more
     * from now on: a second free is refused at once. Never waits, and frees nothing itself, so that holders of locks may
     * call. Addresses are gathered, for 5 s at the most, or 1 ms once there are some hundred; but nobody looks at the clock
     * except who calls this method, {@link #kfreeRcuWork} or {@link #kfreeRcuBarrier}. A cache with sheaves gathers its
     * objects itself, until there is a sheaf of them, or somebody calls {@link KmemCache#shrink} or {@link
     * #kfreeRcuBarrier}. In Linux: kfree_rcu().
     *
     * @throws BadObjectException when {@code address} is no memory that somebody has
     * @throws IllegalStateException when the allocator has no {@link Rcu}
     * @throws OutOfMemoryError when there is no Java heap to remember the address; it is still the caller's then
     */
    public void kfreeRcu(long address) {
        deferred.free(address);
    }

    /**
     * {@link #kfreeRcu} for callers who can wait, which they do when there is no Java heap: neither inside of a read
     * section nor with a lock. In Linux: kfree_rcu_mightsleep().
     */
    public void kfreeRcuMightSleep(long address) {
        deferred.freeMightSleep(address);
    }

    /**
     * Waits until all memory that was given to {@link #kfreeRcu} before is free. In Linux: kvfree_rcu_barrier().
     *
     * @throws IllegalStateException when a callback of the {@link Rcu} calls
     */
    public void kfreeRcuBarrier() {
        deferred.barrier();
    }

    /** How much memory waits for its grace period. */
    public long kfreeRcuWaiting() {
        return deferred.waiting();
    }

    /** What a periodic worker does: memory whose grace period is due is freed. Never waits. */
    public void kfreeRcuWork() {
        deferred.work();
    }

    // Looking.

    /** Pages of node {@code nid} that requests above {@link SizeClasses#MAX_CACHE_SIZE} have. Walks a table; racy. */
    public long largePages(int nid) {
        return large.pages(nid);
    }

    /** How many requests that are served by pages are live. Walks a table; racy. */
    public long largeBlocks() {
        return large.count();
    }

    /**
     * Compares the large blocks with the page allocator, and says what is broken, one sentence each. Exact only while
     * nobody else calls. The caches are checked by {@link SlabAllocator#validate}.
     */
    public List<String> validate() {
        return large.findings();
    }

    /**
     * Gives the pages of all large blocks back, after a warning when some are live; the caches belong to the {@link
     * SlabAllocator}. Nobody may call any more. Closing twice is allowed.
     */
    @Override
    public void close() {
        deferred.barrier();
        large.close();
    }
}
