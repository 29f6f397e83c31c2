package org.mm4j.api;

/**
 * An owner of pages that can move what it keeps in them, so that a range of frames can be emptied.
 *
 * <p>In Linux 6.18: {@code struct movable_operations}, migrate_folio of {@code struct address_space_operations}.
 */
@FunctionalInterface
public interface MovableOwner {
    /**
     * Moves contents, and all knowledge of where they are, from one block of 2<sup>{@code order}</sup> frames to
     * another. Called without locks, by the thread that empties the range. The allocator holds a reference on both
     * blocks meanwhile, so that they cannot vanish.
     *
     * @param fromPfn a block of this owner
     * @param toPfn a new block of the same order
     * @return true when the owner has moved: the new block is its own now, with the one reference that it had on the
     *     old block, which the allocator drops. False when it cannot move now: nothing has changed
     */
    boolean migratePage(long fromPfn, long toPfn, int order);

    /** For reports: what keeps something in the pages. */
    default String name() {
        return getClass().getSimpleName();
    }
}
