package org.mm4j.percpu;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.SlotGate;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;

/** A buddy allocator with page caches that tests can reach. */
final class CachedBuddy {
    private final List<PageCache> caches = new ArrayList<>();
    final BuddyAllocator buddy;

    CachedBuddy(BuddyConfig config, SlotGate gate, int cpus) {
        PageCache.Maker maker = PerCpuPages.maker(gate, cpus);
        buddy = new BuddyAllocator(config.withPageCaches((zone, size) -> {
            PageCache cache = maker.over(zone, size);
            caches.add(cache);
            return cache;
        }));
    }

    /** One zone of so many frames, without reserves. */
    static CachedBuddy ofFrames(int frames, GateKind kind, int slots) {
        return new CachedBuddy(BuddyConfig.ofFrames(frames), kind.gate(slots), slots);
    }

    void drain() {
        caches.forEach(PageCache::drain);
    }

    void decay() {
        caches.forEach(PageCache::decay);
    }

    long pagesCached() {
        return caches.stream().mapToLong(PageCache::pagesCached).sum();
    }

    /** The set of CPU 0 in the only zone. */
    PageSetSnapshot pageSet() {
        return zone().pageSets().getFirst();
    }

    /** The zone, if there is only one. */
    ZoneSnapshot zone() {
        return zones().getFirst();
    }

    List<ZoneSnapshot> zones() {
        return buddy.snapshot().stream()
                .flatMap(node -> node.zones().stream())
                .filter(zone -> zone.pagesManaged() > 0)
                .toList();
    }

    long pagesFree() {
        return zones().stream().mapToLong(ZoneSnapshot::pagesFree).sum();
    }

    long pagesManaged() {
        return zones().stream().mapToLong(ZoneSnapshot::pagesManaged).sum();
    }

    long alloc(int order) {
        return buddy.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN, order);
    }

    /** So many single frames; fewer when there are no more. */
    long[] singles(int most) {
        return IntStream.range(0, most)
                .mapToLong(_ -> alloc(0))
                .takeWhile(pfn -> pfn != PageFrame.NONE)
                .toArray();
    }

    void free(long... pfns) {
        for (long pfn : pfns) {
            buddy.freePages(pfn, 0);
        }
    }
}
