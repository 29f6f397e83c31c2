package org.mm4j.slab;

import java.util.ArrayList;
import java.util.List;

/** A cache in the list of caches, with its users. Belongs to whoever has the list's lock. */
final class CacheEntry {
    private final KmemCache cache;
    private final List<String> aliases = new ArrayList<>();
    private int users = 1;
    private boolean isKept;

    CacheEntry(KmemCache cache) {
        this.cache = cache;
    }

    KmemCache cache() {
        return cache;
    }

    boolean isCalled(String name) {
        return cache.name().equals(name) || aliases.contains(name);
    }

    /** The cache cannot be destroyed from now on. */
    void keep() {
        isKept = true;
    }

    boolean isKept() {
        return isKept;
    }

    /** In Linux: refcount. */
    int users() {
        return users;
    }

    /** Somebody created an alike cache. In Linux: __kmem_cache_alias(). */
    KmemCache addAlias(String name, SlabRequest request) {
        SlabLayout joined = CacheMerge.joined(cache.layout(), request);
        aliases.add(name); // the last that can fail
        cache.join(joined);
        users++;
        return cache;
    }

    void removeUser() {
        users--;
    }

    KmemCacheSnapshot snapshot() {
        CacheSlabs slabs = cache.slabs();
        long objects = 0;
        long free = 0;
        long partial = 0;
        for (int nid = 0; nid < slabs.nodes(); nid++) {
            NodeSlabs node = slabs.node(nid);
            objects += node.objects();
            partial += node.partial();
            free += PartialFree.count(node);
        }
        Kept kept = new Kept();
        cache.engine().visit(kept);
        return new KmemCacheSnapshot(
                cache.name(),
                aliases,
                cache.layout(),
                cache.objectSize(),
                users,
                objects,
                Math.max(objects - free, 0),
                slabs.slabs(),
                partial,
                kept.slabs,
                kept.objects);
    }

    /** Counts what an engine keeps. */
    private static final class Kept implements SlabEngine.Visitor {
        private long slabs;
        private long objects;

        @Override
        public void holds(Slab slab, String where) {
            slabs++;
        }

        @Override
        public void keeps(Slab slab, int object) {
            objects++;
        }
    }
}
