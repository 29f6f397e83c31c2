package org.mm4j.percpu;

/**
 * Where the words of slots lie in one array, so that no two slots share a cache line, nor a pair of lines that the
 * hardware fetches together, and none shares one with a neighbour of the array.
 *
 * <pre>
 *   index   0 .. 15   16      17 .. 31   32      33 .. 47   ...
 *          [ padding | slot 0 | padding | slot 1 | padding | ... ]
 * </pre>
 *
 * <p>The elements of an array stay where they are; the fields of a class do not, so they are no padding.
 */
final class Padded {
    /** 128 bytes, in longs. */
    static final int STRIDE = 16;

    private Padded() {}

    /** How long an array of longs for so many slots is. */
    static int length(int slots) {
        return (slots + 2) * STRIDE;
    }

    static int index(int slot) {
        return (slot + 1) * STRIDE;
    }
}
