package org.mm4j.api;

/**
 * Memory that could not be had. Thrown by calls that return segments; those that return a pfn or an address return 0
 * instead.
 *
 * <p>In Linux 6.18: NULL or -ENOMEM.
 */
public final class AllocationFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A failure, told in one sentence with the request and the reason. */
    public AllocationFailure(String sentence) {
        super(sentence);
    }
}
