package org.mm4j.slab;

/** What keeps objects for CPUs in front of the slabs. */
public enum SlabEngineKind {
    /** One slab for each CPU, whose freelist changes by one compare-and-set. The default of Linux 6.18. */
    CPU_SLAB
}
