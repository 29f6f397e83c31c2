package org.mm4j.percpu;

/**
 * Keeps the words of one {@link Owner} 128 bytes from those of another, wherever the two lie in the Java heap: HotSpot lays
 * the fields of a class behind those of the class that it extends.
 *
 * <pre>
 *   | header | padding, 128 bytes | words | header | padding, 128 bytes | words |
 * </pre>
 */
abstract class OwnerPadding {
    @SuppressWarnings("unused") // they are there
    private long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14, p15;
}
