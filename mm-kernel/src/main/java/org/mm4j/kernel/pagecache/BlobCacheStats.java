package org.mm4j.kernel.pagecache;

/**
 * What a cache holds, and how useful it was. Racy.
 *
 * <p>In Linux 6.18: {@code struct cachestat}, mm/filemap.c.
 *
 * @param hits questions that the cache could answer
 * @param misses questions that it could not
 * @param loads blobs that its loader made
 * @param blobs how many it holds
 * @param pages how many pages they have
 * @param pagesPinned those of them that stay
 * @param pagesBound how many pages there may be now besides pinned ones; less than the limit after memory was low
 * @param pagesEvicted pages that went to keep the bound
 * @param pagesReclaimed pages that went because others needed them
 */
public record BlobCacheStats(
        long hits,
        long misses,
        long loads,
        long blobs,
        long pages,
        long pagesPinned,
        long pagesBound,
        long pagesEvicted,
        long pagesReclaimed) {
    /** Hits in all questions, 0 to 1; 1 when nobody asked. */
    public double hitRatio() {
        long questions = hits + misses;
        return questions == 0 ? 1 : (double) hits / questions;
    }
}
