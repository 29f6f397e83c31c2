package org.mm4j.lab.trace;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tracepoints whose events are read. */
enum EventKind {
    PAGE_ALLOC,
    PAGE_FREE,
    PAGE_FREE_BATCHED,
    PAGE_FALLBACK,
    KMALLOC,
    KFREE,
    CACHE_ALLOC,
    CACHE_FREE,
    PERCPU_ALLOC,
    PERCPU_FREE,
    PERCPU_FAILURE,
    PERCPU_CHUNK_CREATED,
    PERCPU_CHUNK_DESTROYED,
    VMAP_ALLOC,
    VMAP_FREE,
    VMAP_PURGE;

    /** The kernel's names. Before 6.0 allocations that name a node had events of their own. */
    private static final Map<String, EventKind> BY_NAME = Map.ofEntries(
            Map.entry("mm_page_alloc", PAGE_ALLOC),
            Map.entry("mm_page_free", PAGE_FREE),
            Map.entry("mm_page_free_batched", PAGE_FREE_BATCHED),
            Map.entry("mm_page_alloc_extfrag", PAGE_FALLBACK),
            Map.entry("kmalloc", KMALLOC),
            Map.entry("kmalloc_node", KMALLOC),
            Map.entry("kfree", KFREE),
            Map.entry("kmem_cache_alloc", CACHE_ALLOC),
            Map.entry("kmem_cache_alloc_node", CACHE_ALLOC),
            Map.entry("kmem_cache_free", CACHE_FREE),
            Map.entry("percpu_alloc_percpu", PERCPU_ALLOC),
            Map.entry("percpu_free_percpu", PERCPU_FREE),
            Map.entry("percpu_alloc_percpu_fail", PERCPU_FAILURE),
            Map.entry("percpu_create_chunk", PERCPU_CHUNK_CREATED),
            Map.entry("percpu_destroy_chunk", PERCPU_CHUNK_DESTROYED),
            Map.entry("alloc_vmap_area", VMAP_ALLOC),
            Map.entry("free_vmap_area_noflush", VMAP_FREE),
            Map.entry("purge_vmap_area_lazy", VMAP_PURGE));

    /** The kind of the events with a name, or null when it is none of these. */
    static @Nullable EventKind named(String name) {
        return BY_NAME.get(name);
    }
}
