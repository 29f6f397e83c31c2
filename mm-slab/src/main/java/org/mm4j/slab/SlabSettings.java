package org.mm4j.slab;

/** What all caches of a kernel have in common. The geometry work replaces this file. */
public record SlabSettings(int cpus, int minOrder, int maxOrder, int minObjects) {
    /** What a kernel uses when nothing is said, on a machine with so many CPUs. */
    public static SlabSettings ofCpus(int cpus) {
        return new SlabSettings(cpus, 0, 3, 0);
    }
}
