package org.mm4j.api;

/**
 * Where what belongs to a slot lies in an array of longs or of references, so that no two slots share a cache line, nor a
 * pair of lines that the hardware fetches together, and none shares one with a neighbour of the array.
 *
 * <pre>
 *   index   0 .. 31   32      33 .. 63   64      65 .. 95   ...
 *          [ padding | slot 0 | padding | slot 1 | padding | ... ]
 * </pre>
 *
 * <p>The elements of an array stay where they are; the fields of a class do not, so they are no padding. In Linux 6.18:
 * include/linux/cache.h, ____cacheline_internodealigned_in_smp.
 */
public final class Padded {
    /** 128 bytes in references of 4 bytes, 256 in longs. */
    public static final int STRIDE = 32;

    private Padded() {}

    /** How long an array for so many slots is. */
    public static int length(int slots) {
        return (slots + 2) * STRIDE;
    }

    /** Where the first element of a slot lies; the {@link #STRIDE} − 1 behind it are the slot's too. */
    public static int index(int slot) {
        return (slot + 1) * STRIDE;
    }
}
