package org.mm4j.slab;

/** Shorthands of the tests. */
final class Machine {
    static final SlabSettings TWO_CPUS = SlabSettings.ofCpus(2);

    private Machine() {}

    /** A request on a machine with two CPUs. */
    static SlabRequest request(int objectSize, int flags) {
        return SlabRequest.of(objectSize, TWO_CPUS).withFlags(flags);
    }

    /** A layout on a machine with two CPUs. */
    static SlabLayout layout(int objectSize, int flags) {
        return SlabLayout.of(request(objectSize, flags));
    }

    /** A layout without flags on a machine with so many CPUs. */
    static SlabLayout onCpus(int cpus, int objectSize) {
        return SlabLayout.of(SlabRequest.of(objectSize, SlabSettings.ofCpus(cpus)));
    }
}
