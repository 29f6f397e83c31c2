package org.mm4j.kernel.reclaim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.trace.Tracepoints;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * All shrinkers of a kernel. Coming and going takes a lock; whoever shrinks takes none, and walks a copy that nobody
 * changes. One that goes is waited for by whoever ends it, and by nobody else.
 *
 * <pre>
 *   register:   [ a b ]  ->  [ a b c ]           a new array, for those who look from now on
 *   close b:    [ a b c ]  ->  [ a c ]           those who still walk [ a b c ] do not get into b
 *                              then wait until the last one is out of b
 * </pre>
 *
 * <p>In Linux 6.18: mm/shrinker.c, shrinker_list under RCU. Differs: the collector frees the array, so walkers need no
 * read section.
 *
 * <p>Any thread may call it.
 */
public final class Shrinkers {
    private static final Shrinker[] EMPTY = {};
    private static final @Nullable MemoryCgroup[] TOGETHER = {null};

    private final int nodes;
    private final IntToLongFunction pagesFree;
    private final Tracepoints trace;

    /** The root of all cgroups; null: there are none. Set once, at boot. */
    private volatile @Nullable MemoryCgroup cgroups;

    /** Never changed once it stands here. */
    private volatile Shrinker[] list = EMPTY;

    private boolean isClosed;

    /**
     * No shrinkers.
     *
     * @param nodes how many nodes there are
     * @param pagesFree free pages of a node, to count what shrinkers free whose objects are no pages
     */
    public Shrinkers(int nodes, IntToLongFunction pagesFree) {
        this(nodes, pagesFree, Tracepoints.NONE);
    }

    Shrinkers(int nodes, IntToLongFunction pagesFree, Tracepoints trace) {
        this.nodes = nodes;
        this.pagesFree = pagesFree;
        this.trace = trace;
    }

    /** Who is told of what shrinkers do. */
    Tracepoints trace() {
        return trace;
    }

    /** Makes cgroups known, so that shrinkers that tell them apart are asked about each. */
    void setCgroups(MemoryCgroup root) {
        cgroups = root;
    }

    /** The cgroups that a shrinker is asked about, one by one; a null: about all objects at once. */
    private @Nullable MemoryCgroup[] cgroupsFor(Shrinker shrinker) {
        MemoryCgroup root = cgroups;
        return root == null || !shrinker.config().isMemcgAware()
                ? TOGETHER
                : root.subtree().toArray(MemoryCgroup[]::new);
    }

    /** A cgroup is gone. */
    void removed(MemoryCgroup cgroup) {
        for (Shrinker shrinker : list) {
            shrinker.removed(cgroup);
        }
    }

    /**
     * Makes objects known to reclaim. In Linux: shrinker_alloc(), shrinker_register().
     *
     * @throws IllegalStateException when the kernel is closed
     */
    public Shrinker register(ShrinkerConfig config, ShrinkableObjects objects) {
        Shrinker shrinker = new Shrinker(this, config, objects, nodes);
        synchronized (this) {
            if (isClosed) {
                throw new IllegalStateException("the kernel is closed: shrinker " + config.name() + " comes too late");
            }
            Shrinker[] now = list;
            Shrinker[] next = Arrays.copyOf(now, now.length + 1);
            next[now.length] = shrinker;
            list = next;
        }
        return shrinker;
    }

    /** From now on nobody can register. */
    synchronized void close() {
        isClosed = true;
    }

    void remove(Shrinker shrinker) {
        synchronized (this) {
            List<Shrinker> left = new ArrayList<>(List.of(list));
            if (!left.remove(shrinker)) {
                return;
            }
            list = left.toArray(Shrinker[]::new);
        }
        shrinker.references().end();
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return list.length == 0;
    }

    /** Those that are registered, in their order. */
    public List<Shrinker> all() {
        return List.of(list);
    }

    /** About how many pages of a node its shrinkers could free. Those whose objects are no pages are not counted. */
    public long pagesReclaimable(int gfp, int nid) {
        long pages = 0;
        for (Shrinker shrinker : list) {
            if (shrinker.config().objectsArePages() && shrinker.references().tryGet()) {
                try {
                    for (MemoryCgroup cgroup : cgroupsFor(shrinker)) {
                        pages += shrinker.count(gfp, nid, cgroup);
                    }
                } finally {
                    shrinker.references().put();
                }
            }
        }
        return pages;
    }

    /** Lets every shrinker look at what the priority asks for. In Linux: shrink_slab(). */
    void shrink(int gfp, int nid, int priority, Freed result) {
        for (Shrinker shrinker : list) {
            if (shrinker.references().tryGet()) {
                try {
                    for (MemoryCgroup cgroup : cgroupsFor(shrinker)) {
                        shrinkCounted(shrinker, gfp, nid, cgroup, priority, result);
                    }
                } finally {
                    shrinker.references().put();
                }
            }
        }
    }

    /** Lets those that tell cgroups apart look at the objects of one. In Linux: shrink_slab_memcg(). */
    void shrinkCgroup(int gfp, int nid, MemoryCgroup cgroup, int priority, Freed result) {
        for (Shrinker shrinker : list) {
            if (shrinker.config().isMemcgAware() && shrinker.references().tryGet()) {
                try {
                    shrinker.shrink(gfp, nid, cgroup, priority, result);
                } finally {
                    shrinker.references().put();
                }
            }
        }
    }

    /** Objects that are no pages, and nobody accounts for: what they free is what more is free afterwards. */
    private void shrinkCounted(
            Shrinker shrinker, int gfp, int nid, @Nullable MemoryCgroup cgroup, int priority, Freed result) {
        if (shrinker.config().objectsArePages()) {
            shrinker.shrink(gfp, nid, cgroup, priority, result);
            return;
        }
        long pagesBefore = result.pages();
        long objectsBefore = result.objects();
        long freeBefore = pagesFree.applyAsLong(nid);
        shrinker.shrink(gfp, nid, cgroup, priority, result);
        if (result.pages() == pagesBefore && result.objects() > objectsBefore) {
            result.add(0, 0, pagesFree.applyAsLong(nid) - freeBefore);
        }
    }
}
