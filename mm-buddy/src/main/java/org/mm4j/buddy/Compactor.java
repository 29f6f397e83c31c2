package org.mm4j.buddy;

/** Who makes large free blocks out of small ones, as the slow path sees it. */
interface Compactor {
    /** Nobody does. */
    Compactor NONE = new Compactor() {
        @Override
        public CompactResult compact(CompactRequest request, CompactPriority priority) {
            return CompactResult.SKIPPED;
        }

        @Override
        public boolean isSuitable(CompactRequest request, long pagesMore) {
            return false;
        }

        @Override
        public void served(CompactRequest request, int frame) {}
    };

    /**
     * Compacts the zones of the request one after the other, until there is a block of its order. That may be in {@link
     * CompactRequest#captured}. In Linux: try_to_compact_pages().
     */
    CompactResult compact(CompactRequest request, CompactPriority priority);

    /** Whether some zone could be compacted if so many pages more were free. In Linux: compaction_zonelist_suitable(). */
    boolean isSuitable(CompactRequest request, long pagesMore);

    /** The request got a block after compaction: what failed lately may be tried again. In Linux: compaction_defer_reset(). */
    void served(CompactRequest request, int frame);
}
