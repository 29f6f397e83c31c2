package org.mm4j.slab;

/**
 * What keeps objects for CPUs in front of the slabs.
 *
 * <p>In Linux 6.18: mm/slub.c, {@code struct kmem_cache_cpu} and {@code struct slub_percpu_sheaves}; a kernel has
 * both.
 */
public enum SlabEngineKind {
    /** One slab for each CPU, whose freelist changes by one compare-and-set. The default of Linux 6.18. */
    CPU_SLAB,
    /**
     * One stack of objects for each slot of a gate. With a gate whose slots threads own, taking an object needs no atomic
     * instruction. Not in Linux.
     */
    OWNED,
    /** Two arrays of objects for each slot of a gate, and full and empty ones for each node. Linux 6.18's sheaves. */
    SHEAVES;

    /** Whether it needs a {@link org.mm4j.api.SlotGate}. */
    public boolean needsGate() {
        return this != CPU_SLAB;
    }
}
