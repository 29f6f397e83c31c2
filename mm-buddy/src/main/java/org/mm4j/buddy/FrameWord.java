package org.mm4j.buddy;

/**
 * The state of one page frame, one 64-bit word. Only the first frame of a block, its <em>head</em>, says what the block
 * is; the frames behind it are {@link #INTERIOR}. Splitting and merging so write one word for each block, not for each
 * frame.
 *
 * <pre>
 *   63  61 60 59    56 55                    28 27  26 25                   0
 *  +------+--+--------+------------------------+------+----------------------+
 *  | state| c| order  |  previous head         |  next head                  |  FREE
 *  +------+--+--------+------------------------+------+----------------------+
 *  | state| c| order  |  references            |  mt  |  owner               |  IN_USE, GOING
 *  +------+--+--------+------------------------+------+----------------------+
 *  | state| 0| order  |  slot                  |                             |  CACHED
 *  +------+--+--------+------------------------+------+----------------------+
 *      c = compound; mt = the migrate type that was asked for; owner: who can move it, or how many exact pages
 *
 *                    alloc                       last reference dropped
 *    FREE  ------------------------>  IN_USE  --------------------------->  GOING
 *      ^                                                                      |
 *      `----------------------------------------------------------------------'
 *        merged under the zone lock: the head of the merged block is FREE, the others INTERIOR
 * </pre>
 *
 * <p>FREE words, and where a block begins and ends, change only under the zone lock. References of a block in use
 * change by compare-and-set, by anyone; whoever sets them to 0 makes the block GOING and is the only one to free it.
 *
 * <p>In Linux 6.18: flags, _refcount, private and lru of {@code struct page}, 40 bytes. Differs: tails of compound
 * blocks do not name their head; it is found by rounding down.
 */
final class FrameWord {
    /** Behind the head of a block, free or in use. */
    static final int INTERIOR = 0;
    /** Head of a block on a free list. */
    static final int FREE = 1;
    /** Head of a block that somebody has. */
    static final int IN_USE = 2;
    /** Head of a block whose last reference is gone, on its way to a free list. */
    static final int GOING = 3;
    /** Head of a block in a per-CPU cache. */
    static final int CACHED = 4;
    /** A frame that the allocator does not hand out. */
    static final int RESERVED = 5;

    private static final int LINK_BITS = 28;
    private static final long LINK_MASK = (1L << LINK_BITS) - 1;
    private static final int HIGH_SHIFT = LINK_BITS;
    private static final long HIGH_MASK = LINK_MASK << HIGH_SHIFT;
    private static final int OWNER_BITS = 26;
    private static final long OWNER_MASK = (1L << OWNER_BITS) - 1;
    private static final int TYPE_SHIFT = OWNER_BITS;
    private static final long ONE_REFERENCE = 1L << HIGH_SHIFT;
    private static final int HEADER_SHIFT = 2 * LINK_BITS;
    private static final int ORDER_MASK = 0xf;
    private static final int COMPOUND_BIT = 0x10;
    private static final int STATE_SHIFT = 5;

    /** How many frames and list heads links can name. */
    static final int LINKS_MAX = 1 << LINK_BITS;

    static final int REFERENCES_MAX = (1 << LINK_BITS) - 1;

    /** The owner of frames that were taken as exact pages; the first one says how many. */
    private static final int EXACT = 1 << (OWNER_BITS - 1);

    /** Numbers of owners are smaller. */
    static final int OWNERS_MAX = EXACT;

    static final long RESERVED_WORD = (long) (RESERVED << STATE_SHIFT) << HEADER_SHIFT;

    private FrameWord() {}

    // Making words.

    static long free(int order, int previous, int next) {
        return header(FREE, order) | ((long) previous << HIGH_SHIFT) | next;
    }

    static long inUse(int order, boolean compound, int references, int type) {
        long header = header(IN_USE, order) | (compound ? (long) COMPOUND_BIT << HEADER_SHIFT : 0);
        return header | ((long) references << HIGH_SHIFT) | ((long) type << TYPE_SHIFT);
    }

    /** In the page cache's part of a slot. */
    static long cached(int order, int slot) {
        return header(CACHED, order) | ((long) slot << HIGH_SHIFT);
    }

    private static long header(int state, int order) {
        return (long) ((state << STATE_SHIFT) | order) << HEADER_SHIFT;
    }

    // Reading words.

    static int state(long word) {
        return (int) (word >>> (HEADER_SHIFT + STATE_SHIFT));
    }

    static int order(long word) {
        return (int) (word >>> HEADER_SHIFT) & ORDER_MASK;
    }

    static boolean isCompound(long word) {
        return ((int) (word >>> HEADER_SHIFT) & COMPOUND_BIT) != 0;
    }

    /** Whether this is the head of a free block of exactly this order. */
    static boolean isFree(long word, int order) {
        return (int) (word >>> HEADER_SHIFT) == ((FREE << STATE_SHIFT) | order);
    }

    /** Whether this is a block in use of exactly this order that one reference keeps. */
    static boolean hasOneReference(long word, int order) {
        long alone = (header(IN_USE, order) >>> HIGH_SHIFT) | 1;
        return ((word >>> HIGH_SHIFT) & ~((long) COMPOUND_BIT << (HEADER_SHIFT - HIGH_SHIFT))) == alone;
    }

    /** Whether this is the head of a block, of whatever state. */
    static boolean isHead(long word) {
        int state = state(word);
        return state != INTERIOR && state != RESERVED;
    }

    static int next(long word) {
        return (int) (word & LINK_MASK);
    }

    static int previous(long word) {
        return (int) ((word >>> HIGH_SHIFT) & LINK_MASK);
    }

    static int references(long word) {
        return (int) ((word >>> HIGH_SHIFT) & LINK_MASK);
    }

    static int type(long word) {
        return (int) (word >>> TYPE_SHIFT) & 3;
    }

    /** The number of the owner who can move the block; 0: nobody. */
    static int owner(long word) {
        return isExact(word) ? 0 : (int) (word & OWNER_MASK);
    }

    /** Whether the frame is one of a range of exact pages. */
    static boolean isExact(long word) {
        return (word & EXACT) != 0;
    }

    /** How many exact pages begin here; 0 at the others of the range. */
    static int pagesExact(long word) {
        return (int) (word & (EXACT - 1));
    }

    // From one word to the next.

    static long withNext(long word, int next) {
        return (word & ~LINK_MASK) | next;
    }

    static long withPrevious(long word, int previous) {
        return (word & ~HIGH_MASK) | ((long) previous << HIGH_SHIFT);
    }

    static long withOwner(long word, int owner) {
        return (word & ~OWNER_MASK) | owner;
    }

    /** A single frame of a range of exact pages: {@code pages} at the first one, 0 at the others. */
    static long withExact(long word, int pages) {
        return withOwner(word, EXACT | pages);
    }

    static long plusReference(long word) {
        return plusReferences(word, 1);
    }

    static long plusReferences(long word, int references) {
        return word + references * ONE_REFERENCE;
    }

    /** One reference less; the word that drops its last reference is GOING. */
    static long minusReference(long word) {
        long next = word - ONE_REFERENCE;
        return references(next) == 0 ? going(next) : next;
    }

    /** IN_USE to GOING. */
    private static long going(long word) {
        return word + ((long) ((GOING - IN_USE) << STATE_SHIFT) << HEADER_SHIFT);
    }

    /** GOING, with no reference, back to IN_USE with one. */
    static long revived(long word) {
        return word - ((long) ((GOING - IN_USE) << STATE_SHIFT) << HEADER_SHIFT) + ONE_REFERENCE;
    }

    /** A block in use that is cut down to another order; references, type and owner stay. Single frames are not compound. */
    static long withOrder(long word, int order) {
        int dropped = order == 0 ? ORDER_MASK | COMPOUND_BIT : ORDER_MASK;
        return (word & ~((long) dropped << HEADER_SHIFT)) | ((long) order << HEADER_SHIFT);
    }

    /** How the debugger and error messages show a word. */
    static String format(long word) {
        int order = order(word);
        return switch (state(word)) {
            case INTERIOR -> "interior";
            case FREE -> "free order " + order + " (previous " + previous(word) + ", next " + next(word) + ")";
            case IN_USE ->
                (isCompound(word) ? "compound" : "in use") + " order " + order + " (references " + references(word)
                        + ", type " + type(word) + (isExact(word) ? ", exact" : ", owner " + owner(word)) + ")";
            case GOING -> "going order " + order;
            case CACHED -> "cached order " + order + " by slot " + references(word);
            case RESERVED -> "reserved";
            default -> "corrupt 0x" + Long.toHexString(word);
        };
    }
}
