package org.mm4j.kernel.pagecache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.mm4j.kernel.reclaim.ShrinkControl;
import org.mm4j.kernel.reclaim.ShrinkableObjects;

/**
 * What reclaim sees of a cache: its blobs, those of one group when it asks for one, the coldest first. When the machine
 * lacks memory, the bound sinks to what is left; when a group is at its limit, it stays, as nobody else is to lose
 * anything by that.
 *
 * <p>A call walks the blobs in the order of the policy until it has found enough. For all threads. In Linux 6.18:
 * mm/vmscan.c, shrink_lruvec().
 *
 * @param <K> the keys
 */
final class BlobVictims<K> implements ShrinkableObjects {
    private final Cache<K, BlobPages> cache;
    private final Policy.Eviction<K, BlobPages> eviction;
    private final BlobTally tally;
    private final BlobBound bound;
    private final LongAdder pagesReclaimed = new LongAdder();

    BlobVictims(Cache<K, BlobPages> cache, Policy.Eviction<K, BlobPages> eviction, BlobTally tally, BlobBound bound) {
        this.cache = cache;
        this.eviction = eviction;
        this.tally = tally;
        this.bound = bound;
    }

    @Override
    public long countObjects(ShrinkControl control) {
        return tally.evictable(control);
    }

    @Override
    public long scanObjects(ShrinkControl control) {
        long freed = 0;
        for (Map.Entry<K, BlobPages> victim : coldest(control)) {
            BlobPages blob = victim.getValue();
            if (cache.asMap().remove(victim.getKey(), blob) && blob.isFreed()) {
                freed += blob.pfns().length;
            }
        }
        pagesReclaimed.add(freed);
        if (control.isMemoryShort()) {
            bound.sinkTo(tally.evictable());
        }
        return freed == 0 ? SHRINK_STOP : freed;
    }

    /** Blobs of so many pages that are neither pinned nor read, those first that the policy would miss least. */
    private List<Map.Entry<K, BlobPages>> coldest(ShrinkControl control) {
        return eviction.coldest(entries -> {
            List<Map.Entry<K, BlobPages>> victims = new ArrayList<>();
            long[] found = {0};
            entries.filter(entry -> mayGo(entry.getValue(), control))
                    .takeWhile(_ -> found[0] < control.nrToScan())
                    .forEach(entry -> {
                        found[0] += entry.getValue().weight();
                        victims.add(Map.entry(entry.getKey(), entry.getValue()));
                    });
            return victims;
        });
    }

    private static boolean mayGo(BlobPages blob, ShrinkControl control) {
        return blob.pins() == 0 && blob.stateAcquire() == 1 && BlobTally.concerns(control, blob);
    }

    long pagesReclaimed() {
        return pagesReclaimed.sum();
    }
}
