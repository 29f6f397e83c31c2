package org.mm4j.api;

/**
 * An allocator of page frames, by number and order. It knows frames, not memory: frame numbers can stand for pages of
 * a direct map as well as for blocks of a file.
 *
 * <p>Allocation returns the pfn of the first frame of a block that is aligned to its order, or {@link PageFrame#NONE}
 * when there is none. Every call that names a frame checks it, and throws {@link BadPageException} with the state left
 * intact. All methods may be called by any thread, virtual ones too; none of them allocates Java heap on the way that
 * succeeds.
 *
 * <p>In Linux 6.18: include/linux/gfp.h, include/linux/mm.h. Differs: a {@code struct page} is a pfn; bad input is
 * refused where the kernel warns, leaks or corrupts.
 */
public interface PageAllocator {
    /** The node of the calling thread. In Linux: NUMA_NO_NODE. */
    int NO_NODE = -1;

    /**
     * Takes a block of 2<sup>{@code order}</sup> frames, near the calling thread. The block has one reference.
     *
     * @param gfp flags of {@link Gfp}
     * @param order 0 to {@link PageFrame#MAX_PAGE_ORDER}; above it the call warns once and returns none
     * @return the first pfn, or {@link PageFrame#NONE}
     * @throws BadGfpException when the flags contradict each other
     * @throws IllegalArgumentException when {@code order} is negative
     */
    default long allocPages(int gfp, int order) {
        return allocPages(gfp, order, NO_NODE);
    }

    /**
     * {@link #allocPages(int, int)} that begins at node {@code nid}; with {@link Gfp#__GFP_THISNODE} it stays there.
     *
     * @throws IllegalArgumentException when there is no such node
     */
    long allocPages(int gfp, int order, int nid);

    /**
     * Drops the reference that {@link #allocPages(int, int)} gave. The last reference gives the block back. Where a
     * speculative reference is left on a block that is not compound, its first frame stays with the holder of that
     * reference and the others are given back at once.
     *
     * @param order the order with which the block was taken
     * @throws BadPageException when {@code pfn} is not a block of that order that is in use
     */
    void freePages(long pfn, int order);

    /**
     * Makes one block of 2<sup>{@code order}</sup> frames into as many blocks of order 0, each with one reference.
     *
     * @throws BadPageException when {@code pfn} is no such block, is compound, or has other references
     */
    void splitPage(long pfn, int order);

    /**
     * Makes one compound block into compound blocks of {@code newOrder}, each with one reference. In Linux:
     * split_huge_page_to_list_to_order().
     *
     * @throws BadPageException when {@code pfn} is no compound block of a larger order, or has other references
     */
    void splitCompound(long pfn, int newOrder);

    /**
     * Takes just enough frames for {@code bytes}, each of order 0 and physically contiguous: the tail of the
     * power-of-two block that is not needed goes back at once.
     *
     * @param bytes 1 to 4 MiB; above that the call warns once and returns none
     * @return the first pfn, or {@link PageFrame#NONE}
     * @throws IllegalArgumentException when {@code bytes} is 0 or negative
     */
    long allocPagesExact(long bytes, int gfp);

    /**
     * Gives back frames of {@link #allocPagesExact}; all of them or, when one cannot be given back, none.
     *
     * @param bytes the size with which they were taken
     */
    void freePagesExact(long pfn, long bytes);

    /**
     * Fills the empty places, those that are {@link PageFrame#NONE}, of {@code pfns} with frames of order 0, taken
     * under few locks. It may fill fewer than there are: call it again, or take single pages.
     *
     * @return how many places are filled, counted from the start, those filled before the call included
     */
    int allocPagesBulk(int gfp, int nid, long[] pfns);

    /**
     * Adds a reference to a block that the caller holds already.
     *
     * @throws BadPageException when {@code pfn} is in no block that is in use
     */
    void getPage(long pfn);

    /** Adds a reference to the block in use that holds {@code pfn}, or returns false when there is none. */
    boolean tryGetPage(long pfn);

    /**
     * Drops a reference; the last one gives the block back.
     *
     * @throws BadPageException when {@code pfn} is in no block that is in use
     */
    void putPage(long pfn);

    /**
     * Adds {@code references} references at once, for whoever will hand out parts of the block. In Linux:
     * page_ref_add().
     *
     * @throws BadPageException when {@code pfn} is in no block that is in use
     * @throws IllegalArgumentException when {@code references} is negative
     */
    default void getPage(long pfn, int references) {
        checkReferences(references);
        for (int added = 0; added < references; added++) {
            getPage(pfn);
        }
    }

    /**
     * Drops {@code references} references at once; when they are the last, the block is given back. In Linux:
     * __page_frag_cache_drain().
     *
     * @throws BadPageException when {@code pfn} is in no block that is in use, or its block has fewer references
     * @throws IllegalArgumentException when {@code references} is negative
     */
    default void putPage(long pfn, int references) {
        checkReferences(references);
        if (pageCount(pfn) < references) {
            throw new BadPageException(
                    pfn,
                    "pfn " + pfn + " is refused: its block has " + pageCount(pfn) + " references, of which "
                            + references + " cannot be dropped");
        }
        for (int dropped = 0; dropped < references; dropped++) {
            putPage(pfn);
        }
    }

    private static void checkReferences(int references) {
        if (references < 0) {
            throw new IllegalArgumentException("references are counted from 0 on, not " + references);
        }
    }

    /** References of the block that holds {@code pfn}; 0 when it is not in use. Racy. */
    int pageCount(long pfn);

    /** The first pfn of the block, free or in use, that holds {@code pfn}. Racy. In Linux: compound_head(). */
    long blockHead(long pfn);

    /** The node whose memory {@code pfn} is. */
    int nodeOf(long pfn);
}
