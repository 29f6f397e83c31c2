package org.mm4j.buddy;

/**
 * Books that somebody keeps of frames by their numbers, such as who pays for them. They follow the blocks that compaction,
 * contiguous ranges and memory that goes offline move, so that owners of blocks need not know of them.
 *
 * <pre>
 *   moving      the entry of the old block stands at the new one, too: whichever its owner gives back has one
 *   the owner moves, or refuses
 *   left        the entry of the block that is nobody's in the end goes; nothing is settled by that
 *   putPage     the mover lets go; if the owner has given the block back meanwhile, he is the one who settles
 * </pre>
 *
 * <p>Called without locks, by any thread that moves. In Linux 6.18: mem_cgroup_migrate() of mm/migrate.c.
 */
public interface FrameBooks {
    /** Nothing is kept. */
    FrameBooks NONE = new FrameBooks() {
        @Override
        public void moving(long fromPfn, long toPfn, int order) {}

        @Override
        public void left(long pfn, int order) {}

        @Override
        public boolean putPage(long pfn) {
            return false;
        }
    };

    /** A block is about to move. The caller holds a reference on both, so neither can become somebody else's meanwhile. */
    void moving(long fromPfn, long toPfn, int order);

    /** What stands about one of the two stands at the other one from now on, and only there. */
    void left(long pfn, int order);

    /**
     * Drops the mover's reference on a block of which something is noted; if it is the last one, nothing is noted any more
     * when the block is free.
     *
     * @return false when nothing is noted, and the reference is still there
     */
    boolean putPage(long pfn);
}
