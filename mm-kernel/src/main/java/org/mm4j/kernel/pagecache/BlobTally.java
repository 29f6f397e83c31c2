package org.mm4j.kernel.pagecache;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.mm4j.kernel.memcg.MemoryCgroup;
import org.mm4j.kernel.reclaim.ShrinkControl;

/**
 * How many pages a cache has, in all and for each group that pays for some, and how many of them are pinned.
 *
 * <p>For all threads; each number is exact, a sum of several is racy. In Linux 6.18: NR_FILE_PAGES of {@code struct
 * lruvec}, one for each group and node.
 */
final class BlobTally {
    private final AtomicLong pages = new AtomicLong();
    private final AtomicLong pagesPinned = new AtomicLong();

    /** Pages of each group that can go; a group without any is not there. */
    private final Map<MemoryCgroup, Long> evictable = new ConcurrentHashMap<>();

    BlobTally() {}

    /** A blob came, or went. */
    void add(BlobPages blob, int sign) {
        pages.addAndGet((long) sign * blob.pfns().length);
        addEvictable(blob, (long) sign * blob.pfns().length);
    }

    /** A blob that is there is pinned, or no more. */
    void addPinned(BlobPages blob, int sign) {
        pagesPinned.addAndGet((long) sign * blob.weight());
        addEvictable(blob, (long) -sign * blob.pfns().length);
    }

    private void addEvictable(BlobPages blob, long change) {
        MemoryCgroup payer = blob.charge().payer();
        if (payer != null && change != 0) {
            evictable.merge(payer, change, (before, more) -> before + more == 0 ? null : before + more);
        }
    }

    long pages() {
        return pages.get();
    }

    long pagesPinned() {
        return pagesPinned.get();
    }

    /** Pages that can go, of all. */
    long evictable() {
        return Math.max(0, pages.get() - pagesPinned.get());
    }

    /** Pages that can go, of those that a call is about. */
    long evictable(ShrinkControl control) {
        if (control.concernsAll()) {
            return evictable();
        }
        long paid = 0;
        long concerned = 0;
        for (Map.Entry<MemoryCgroup, Long> each : evictable.entrySet()) {
            paid += each.getValue();
            concerned += control.concerns(each.getKey()) ? each.getValue() : 0;
        }
        return Math.max(0, concerned + (control.concerns(null) ? evictable() - paid : 0));
    }

    /** Whether a call is about a blob. */
    static boolean concerns(ShrinkControl control, BlobPages blob) {
        @Nullable MemoryCgroup payer = blob.charge().payer();
        return control.concerns(payer);
    }
}
