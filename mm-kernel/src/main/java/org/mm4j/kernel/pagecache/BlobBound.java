package org.mm4j.kernel.pagecache;

import com.github.benmanes.caffeine.cache.Policy;

/**
 * How many pages the policy may keep: never more than the limit, less when others needed memory, more again while there is
 * plenty.
 *
 * <p>For all threads.
 */
final class BlobBound {
    private static final int GROWTH_MIN = 32;

    private final Policy.Eviction<?, ?> eviction;
    private final BlobFrames frames;
    private final long pagesMax;
    private volatile long pages;

    BlobBound(Policy.Eviction<?, ?> eviction, BlobFrames frames, long pagesMax) {
        this.eviction = eviction;
        this.frames = frames;
        this.pagesMax = pagesMax;
        pages = pagesMax;
    }

    long pages() {
        return pages;
    }

    /** It rises by what comes in, while nobody else needs the memory. */
    void growFor(int weight) {
        if (pages < pagesMax && frames.hasPlenty()) {
            set(pages + Math.max(weight, GROWTH_MIN));
        }
    }

    /** Reclaim has left so many pages. */
    void sinkTo(long pagesLeft) {
        set(Math.min(pages, Math.max(1, pagesLeft)));
    }

    private synchronized void set(long next) {
        pages = Math.clamp(next, 1, pagesMax);
        eviction.setMaximum(pages);
    }
}
