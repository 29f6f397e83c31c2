package org.mm4j.kernel.reclaim;

import java.util.concurrent.atomic.AtomicLongArray;
import org.mm4j.kernel.reclaim.Shrinkers.Freed;

/**
 * A registered shrinker: what it shrinks, how it is treated, and the work that it was spared so far on each node.
 *
 * <p>In Linux 6.18: {@code struct shrinker}.
 */
public final class Shrinker implements AutoCloseable {
    private final Shrinkers registry;
    private final ShrinkerConfig config;
    private final ShrinkableObjects objects;
    private final AtomicLongArray deferred;
    private final ScanReferences references = new ScanReferences();

    Shrinker(Shrinkers registry, ShrinkerConfig config, ShrinkableObjects objects, int nodes) {
        this.registry = registry;
        this.config = config;
        this.objects = objects;
        deferred = new AtomicLongArray(nodes);
    }

    /** How it is treated. */
    public ShrinkerConfig config() {
        return config;
    }

    /** Objects that are to be looked at on a node as soon as they are enough for a batch. Racy. */
    public long nrDeferred(int nid) {
        return deferred.get(node(nid));
    }

    ScanReferences references() {
        return references;
    }

    private int node(int nid) {
        return config.isNumaAware() ? nid : 0;
    }

    /** About how many objects could be freed. */
    long count(int gfp, int nid) {
        return Math.max(0, objects.countObjects(new ShrinkControl(gfp, node(nid))));
    }

    /** Looks at as many objects as the priority asks for. In Linux: do_shrink_slab(). */
    void shrink(int gfp, int nid, int priority, Freed result) {
        int node = node(nid);
        ShrinkControl control = new ShrinkControl(gfp, node);
        long freeable = objects.countObjects(control);
        if (freeable <= 0) {
            return;
        }
        long nr = deferred.getAndSet(node, 0);
        long delta = ShrinkWork.delta(freeable, priority, config.seeks());
        long total = ShrinkWork.total(freeable, nr, delta, priority);
        long scanned = 0;
        long objectsBefore = result.objects();
        registry.trace().mmShrinkSlabStart(config.name(), nid, nr, gfp, freeable, delta, total, priority);
        try {
            while (total >= config.batch() || total >= freeable) {
                control.scan(Math.min(config.batch(), total));
                long freed = objects.scanObjects(control);
                if (freed == ShrinkableObjects.SHRINK_STOP) {
                    break;
                }
                long looked = Math.max(1, control.nrScanned());
                scanned += looked;
                total -= looked;
                result.add(freed, looked, config.objectsArePages() ? freed : control.takePagesReclaimed());
            }
        } finally {
            long left = deferred.addAndGet(node, ShrinkWork.deferred(freeable, nr, delta, scanned));
            registry.trace().mmShrinkSlabEnd(config.name(), nid, left, total, result.objects() - objectsBefore);
        }
    }

    /**
     * Ends it. Waits until no thread is inside of its methods; nobody calls them afterwards. Not from inside of them. In
     * Linux: shrinker_free().
     */
    @Override
    public void close() {
        registry.remove(this);
    }
}
