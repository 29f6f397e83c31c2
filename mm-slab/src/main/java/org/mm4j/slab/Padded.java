package org.mm4j.slab;

/**
 * Where what belongs to a CPU lies in an array of longs or of references, so that no two CPUs share a cache line, nor a
 * pair of lines that the hardware fetches together, and none shares one with a neighbour of the array.
 */
final class Padded {
    /** 128 bytes, in references of 4 bytes. */
    static final int STRIDE = 32;

    private Padded() {}

    /** How long an array for so many CPUs is. */
    static int length(int cpus) {
        return (cpus + 2) * STRIDE;
    }

    static int index(int cpu) {
        return (cpu + 1) * STRIDE;
    }
}
