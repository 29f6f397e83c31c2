package org.mm4j.slab;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.PAGE_ALLOC_COSTLY_ORDER;

/**
 * What all caches of a kernel have in common: from these follows how large their slabs are.
 *
 * <p>In Linux 6.18: the command line's slab_min_order, slab_max_order and slab_min_objects, and num_present_cpus().
 *
 * @param cpus CPUs of the machine, 1 or more
 * @param minOrder the smallest order of a slab, 0 to {@code maxOrder}
 * @param maxOrder the largest order of a slab whose objects are smaller than that, 0 to 10
 * @param minObjects how many objects a slab holds at least, when its largest order permits; {@link #COMPUTED}: more
 *     with more CPUs
 */
public record SlabSettings(int cpus, int minOrder, int maxOrder, int minObjects) {
    /** For {@link #minObjects}: what the kernel derives from the number of CPUs. */
    public static final int COMPUTED = 0;

    private static final int CPUS_MAX = 1 << 20;
    private static final int OBJECTS_MAX = 1 << 15;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when a setting is outside its range; the message names it
     */
    public SlabSettings {
        check("the number of CPUs", cpus, 1, CPUS_MAX);
        check("the largest order of a slab", maxOrder, 0, MAX_PAGE_ORDER);
        check("the smallest order of a slab", minOrder, 0, maxOrder);
        check("the smallest number of objects in a slab", minObjects, 0, OBJECTS_MAX);
    }

    /** What a kernel uses when nothing is said, on a machine with so many CPUs. */
    public static SlabSettings ofCpus(int cpus) {
        return new SlabSettings(cpus, 0, PAGE_ALLOC_COSTLY_ORDER, COMPUTED);
    }

    /** How many objects a slab should hold: as set, or 4 for each bit of the number of CPUs, and 4 more. */
    int objectsWanted() {
        return minObjects == COMPUTED ? 4 * (Integer.SIZE - Integer.numberOfLeadingZeros(cpus) + 1) : minObjects;
    }

    private static void check(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + min + " to " + max + ", not " + value);
        }
    }
}
