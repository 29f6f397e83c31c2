package org.mm4j.kernel.reclaim;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * A registered shrinker: what it shrinks, how it is treated, and the work that it was spared so far on each node.
 *
 * <p>In Linux 6.18: {@code struct shrinker}.
 *
 * <p>Any thread may call it.
 */
public final class Shrinker implements AutoCloseable {
    private final Shrinkers registry;
    private final ShrinkerConfig config;
    private final ShrinkableObjects objects;
    private final AtomicLongArray deferred;

    /** Of cgroups, if it tells them apart. */
    private final Map<MemoryCgroup, AtomicLongArray> deferredOfCgroup = new ConcurrentHashMap<>();

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
        long ofCgroups = deferredOfCgroup.values().stream()
                .mapToLong(each -> each.get(node(nid)))
                .sum();
        return deferred.get(node(nid)) + ofCgroups;
    }

    ScanReferences references() {
        return references;
    }

    private int node(int nid) {
        return config.isNumaAware() ? nid : 0;
    }

    private AtomicLongArray deferred(@Nullable MemoryCgroup cgroup) {
        return cgroup == null
                ? deferred
                : deferredOfCgroup.computeIfAbsent(cgroup, _ -> new AtomicLongArray(deferred.length()));
    }

    /** A cgroup is gone: what it was spared is left to its parent. In Linux: reparent_shrinker_deferred(). */
    void removed(MemoryCgroup cgroup) {
        AtomicLongArray left = deferredOfCgroup.remove(cgroup);
        for (int nid = 0; left != null && nid < left.length(); nid++) {
            deferred(cgroup.living()).getAndAdd(nid, left.get(nid));
        }
    }

    /** About how many objects could be freed. */
    long count(int gfp, int nid, @Nullable MemoryCgroup cgroup) {
        return Math.max(0, objects.countObjects(new ShrinkControl(gfp, node(nid), cgroup, true)));
    }

    /**
     * Looks at as many objects as the priority asks for, of a group at most those that are not protected. In Linux:
     * do_shrink_slab().
     */
    void shrink(int gfp, int nid, @Nullable MemoryCgroup cgroup, int priority, Freed result) {
        int node = node(nid);
        ShrinkControl control =
                new ShrinkControl(gfp, node, cgroup, result.cgroups().isMemoryShort());
        long counted = Math.max(0, objects.countObjects(control));
        long freeable =
                cgroup == null || counted == 0 ? counted : result.cgroups().scannable(cgroup, counted);
        if (freeable == 0) {
            return;
        }
        AtomicLongArray spared = deferred(cgroup);
        long nr = spared.getAndSet(node, 0);
        long delta = ShrinkWork.delta(freeable, priority, config.seeks());
        long total = Math.min(
                ShrinkWork.total(freeable, nr, delta, priority), freeable < counted ? freeable : Long.MAX_VALUE);
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
            long left = spared.addAndGet(node, ShrinkWork.deferred(freeable, nr, delta, scanned));
            registry.trace().mmShrinkSlabEnd(config.name(), nid, nr, left, total, result.objects() - objectsBefore);
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
