package org.mm4j.kernel.pools;

import java.lang.invoke.VarHandle;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/**
 * Pieces of pages, of any size, one behind the other: as network drivers want them. A fragment is an address; whoever
 * has one gives it back by {@link #free}, on any thread, in any order.
 *
 * <pre>
 *    one block of 8 pages, or 1 page where there are no 8
 *    +--------+------+-----------+---------------------------+
 *    | freed  | used | used      |                           |
 *    +--------+------+-----------+---------------------------+
 *                                 ^ offset, grows upward
 *
 *    references of the block  =  bias (those that this cache has)  +  fragments in use
 * </pre>
 *
 * <p>A fragment needs a reference, but taking one each time would be an atomic each time. So the cache takes {@value
 * #REFERENCES} at once, and passes one on with every fragment by counting down its own bias, a plain field. When the
 * block is used up and all references are the cache's again, no fragment is left, and the block is used from its start.
 * Otherwise the cache drops its references, and the last fragment gives the block back.
 *
 * <p>One thread at a time; {@link #free} any. Nothing is allocated on the Java heap. A fragment has no identity: freeing
 * it twice drops the reference of another one.
 *
 * <p>In Linux 6.18: mm/page_frag_cache.c. Differs: pages of emergency reserves are not told from others.
 */
public final class PageFragCache {
    /** What allocations return when they fail. */
    public static final long NONE = 0;

    /** The order of a cache's block: 32 KiB. In Linux: PAGE_FRAG_CACHE_MAX_ORDER. */
    public static final int MAX_ORDER = 3;

    /** As many as a block has bytes: no block has more fragments. In Linux: PAGE_FRAG_CACHE_MAX_SIZE. */
    private static final int REFERENCES = PageFrame.PAGE_SIZE << MAX_ORDER;

    private static final int HASTY = Gfp.__GFP_COMP | Gfp.__GFP_NOWARN | Gfp.__GFP_NORETRY | Gfp.__GFP_NOMEMALLOC;
    private static final int UNFIT = Gfp.__GFP_DIRECT_RECLAIM | Gfp.__GFP_NOFAIL;

    private final PageAllocator pages;
    private final PhysicalMemory memory;

    private long pfn = PageFrame.NONE;
    private int order;
    private int offset;
    private int bias;

    /** A cache without a block. The memory is that of the pages. */
    public PageFragCache(PageAllocator pages, PhysicalMemory memory) {
        this.pages = pages;
        this.memory = memory;
    }

    /** {@link #alloc(int, int, int)} without alignment. In Linux: page_frag_alloc(). */
    public long alloc(int bytes, int gfp) {
        return alloc(bytes, gfp, 1);
    }

    /**
     * The address of a fragment, or {@link #NONE} when there are no pages, or when it is larger than a page and does not
     * fit behind the last one. In Linux: page_frag_alloc_align().
     *
     * @param bytes 1 or more; up to a page always fit
     * @param align a power of two, up to a page
     * @throws BadGfpException with {@link Gfp#__GFP_ZERO}: a block that is used again has old contents
     * @throws IllegalArgumentException when size or alignment cannot be
     */
    public long alloc(int bytes, int gfp, int align) {
        check(bytes, gfp, align);
        if (pfn == PageFrame.NONE && !refill(gfp)) {
            return NONE;
        }
        int start = -align & (offset + align - 1);
        if (start > blockBytes() - bytes) {
            if (bytes > PageFrame.PAGE_SIZE || !(reuse() || (drop() && refill(gfp)))) {
                return NONE;
            }
            start = 0;
        }
        offset = start + bytes;
        bias--;
        return memory.directMapAddress() + (pfn << PageFrame.PAGE_SHIFT) + start;
    }

    private static void check(int bytes, int gfp, int align) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("a fragment has at least 1 byte, not " + bytes);
        }
        if (Integer.bitCount(align) != 1 || align < 0 || align > PageFrame.PAGE_SIZE) {
            throw new IllegalArgumentException("a fragment is aligned to a power of two up to a page, not to " + align);
        }
        if ((gfp & Gfp.__GFP_ZERO) != 0) {
            throw new BadGfpException(gfp, "a fragment of a block that is used again has old contents");
        }
    }

    private int blockBytes() {
        return PageFrame.PAGE_SIZE << order;
    }

    private boolean refill(int gfp) {
        long block = pages.allocPages((gfp & ~UNFIT) | HASTY, MAX_ORDER);
        order = MAX_ORDER;
        if (block == PageFrame.NONE) {
            block = pages.allocPages(gfp, 0);
            order = 0;
        }
        if (block != PageFrame.NONE) {
            pages.getPage(block, REFERENCES);
            pfn = block;
            bias = REFERENCES + 1;
            offset = 0;
        }
        return block != PageFrame.NONE;
    }

    /** Begins the block again, if no fragment of it is left. References of others would keep the count above bias. */
    private boolean reuse() {
        if (pages.pageCount(pfn) != bias) {
            return false;
        }
        VarHandle.acquireFence(); // [page-frag.A1] pairs with [references.R1]: what users of fragments wrote is over
        pages.getPage(pfn, REFERENCES + 1 - bias);
        bias = REFERENCES + 1;
        offset = 0;
        return true;
    }

    /** Leaves the block to its fragments. Always true. */
    private boolean drop() {
        long block = pfn;
        pfn = PageFrame.NONE;
        pages.putPage(block, bias);
        return true;
    }

    /** Gives the cache's block back, or leaves it to its fragments. In Linux: page_frag_cache_drain(). */
    public void drain() {
        if (pfn != PageFrame.NONE) {
            drop();
        }
    }

    /**
     * Gives a fragment back, of any cache over the same pages. {@link #NONE} does nothing. Any thread may call it. In
     * Linux: page_frag_free().
     *
     * @throws IllegalArgumentException when the address is not in the direct map
     * @throws org.mm4j.api.BadPageException when its block is not in use
     */
    public void free(long address) {
        if (address == NONE) {
            return;
        }
        long start = memory.directMapAddress();
        if (address < start || address - start >= memory.bytes()) {
            throw new IllegalArgumentException(
                    "fragment 0x" + Long.toHexString(address) + " is refused: it is not in the direct map");
        }
        pages.putPage((address - start) >>> PageFrame.PAGE_SHIFT);
    }

    /** The first pfn of the cache's block; {@link PageFrame#NONE} when it has none. */
    public long blockPfn() {
        return pfn;
    }

    /** Fragments of the cache's block that are in use; 0 without one. Racy. */
    public int fragmentsOut() {
        return pfn == PageFrame.NONE ? 0 : pages.pageCount(pfn) - bias;
    }
}
