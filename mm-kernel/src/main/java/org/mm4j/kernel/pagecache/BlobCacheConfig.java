package org.mm4j.kernel.pagecache;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * What a {@link BlobCache} is to be. Immutable; the {@code with…} methods return changed copies.
 *
 * @param name for reports
 * @param bytesMax the limit; pinned blobs and blobs that are read beyond their time in the cache come on top
 * @param cgroup who pays for all pages; null: each blob is paid for by the group of the code that has it loaded, as in
 *     Linux
 */
public record BlobCacheConfig(
        String name, long bytesMax, @Nullable MemoryCgroup cgroup) {
    /**
     * Checks the limit.
     *
     * @throws IllegalArgumentException when it is less than a page
     */
    public BlobCacheConfig {
        if (bytesMax < PageFrame.PAGE_SIZE) {
            throw new IllegalArgumentException("a page cache has 4096 bytes or more, not " + bytesMax);
        }
    }

    /** A cache whose blobs are paid for by the groups that have them loaded, if there are groups. */
    public static BlobCacheConfig of(String name, long bytesMax) {
        return new BlobCacheConfig(name, bytesMax, null);
    }

    /** The same for one {@link #cgroup}. */
    public BlobCacheConfig withCgroup(MemoryCgroup next) {
        return new BlobCacheConfig(name, bytesMax, next);
    }

    long pagesMax() {
        return bytesMax >>> PageFrame.PAGE_SHIFT;
    }
}
