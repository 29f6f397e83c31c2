package org.mm4j.kernel.memcg;

import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.mm4j.api.PageAllocator;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.reclaim.ShrinkControl;
import org.mm4j.kernel.reclaim.ShrinkableObjects;
import org.mm4j.kernel.reclaim.ShrinkerConfig;

/** Pages that nobody needs, by who pays, and a shrinker that frees them. */
final class CachedPages implements ShrinkableObjects {
    final AtomicInteger scans = new AtomicInteger();
    private final PageAllocator pages;
    private final Map<MemoryCgroup, Deque<Long>> kept = new ConcurrentHashMap<>();

    private CachedPages(Kernel kernel) {
        pages = kernel.pages();
    }

    /** One that tells groups apart. */
    static CachedPages register(Kernel kernel) {
        return register(
                kernel, ShrinkerConfig.of("cached").ofPages().withBatch(16).memcgAware());
    }

    static CachedPages register(Kernel kernel, ShrinkerConfig config) {
        CachedPages made = new CachedPages(kernel);
        kernel.reclaim().shrinkers().register(config, made);
        return made;
    }

    boolean add(MemoryCgroup payer, int gfp) {
        long pfn = payer.call(() -> pages.allocPages(gfp, 0));
        if (pfn != 0) {
            of(payer).add(pfn);
        }
        return pfn != 0;
    }

    /** How many of so many it could take. */
    int add(MemoryCgroup payer, int gfp, int count) {
        int added = 0;
        while (added < count && add(payer, gfp)) {
            added++;
        }
        return added;
    }

    private Deque<Long> of(MemoryCgroup payer) {
        return kept.computeIfAbsent(payer, _ -> new ConcurrentLinkedDeque<>());
    }

    int size(MemoryCgroup payer) {
        return of(payer).size();
    }

    @Override
    public long countObjects(ShrinkControl control) {
        return kept.keySet().stream()
                .filter(control::concerns)
                .mapToInt(this::size)
                .sum();
    }

    @Override
    public long scanObjects(ShrinkControl control) {
        scans.incrementAndGet();
        long freed = 0;
        for (MemoryCgroup payer : kept.keySet()) {
            while (control.concerns(payer) && freed < control.nrToScan()) {
                Long pfn = of(payer).poll();
                if (pfn == null) {
                    break;
                }
                pages.freePages(pfn, 0);
                freed++;
            }
        }
        return freed == 0 ? SHRINK_STOP : freed;
    }

    void freeAll() {
        kept.values().forEach(all -> {
            for (Long pfn = all.poll(); pfn != null; pfn = all.poll()) {
                pages.freePages(pfn, 0);
            }
        });
    }
}
