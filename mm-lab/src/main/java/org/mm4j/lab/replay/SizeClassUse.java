package org.mm4j.lab.replay;

/**
 * What a size class of kmalloc was used for in a replay.
 *
 * @param bytes the class; of large blocks their size
 * @param allocations how often it was taken from
 * @param bytesRequested what these asked for
 */
public record SizeClassUse(long bytes, long allocations, long bytesRequested) {
    /** What they got. */
    public long bytesAllocated() {
        return bytes * allocations;
    }

    /** With {@code times} more allocations that ask for so many bytes each. */
    SizeClassUse plus(long times, long requested) {
        return new SizeClassUse(bytes, allocations + times, bytesRequested + times * requested);
    }
}
