package org.mm4j.api;

import java.lang.foreign.MemorySegment;

/**
 * Physical memory: bytes 0 to {@link #bytes()} − 1, all of them visible through one <em>direct map</em>. Frame n lies at
 * byte n · 4096. Memory that was never written, or was punched out, reads as zeroes.
 *
 * <p>All methods may be called by any thread. Ranges outside the memory, and calls after {@link #close()}, are refused.
 *
 * <p>In Linux 6.18: the direct map of Documentation/arch/x86/x86_64/mm.rst, __va() and __pa().
 */
public interface PhysicalMemory extends AutoCloseable {
    /** Size in bytes, a multiple of 4096. */
    long bytes();

    /** The whole memory as one segment, valid until {@link #close()}. */
    MemorySegment directMap();

    /** The address at which the direct map begins, a multiple of 4096. */
    long directMapAddress();

    /** What the memory is made of, {@code memfd} or {@code arena}. */
    String kind();

    /** Sets {@code bytes} bytes from {@code offset} to zero. */
    void zero(long offset, long bytes);

    /**
     * Gives whole pages back to the host; the range stays mapped and reads as zeroes.
     *
     * @param offset a multiple of 4096
     * @param bytes a multiple of 4096
     * @return whether the host got the pages back; where the host cannot take them, they were only zeroed
     * @throws RuntimeException when the host refuses, as it may on any day; then they are as they were
     */
    boolean punchHole(long offset, long bytes);

    /**
     * Asks the host for huge pages in a range.
     *
     * @return whether the host takes such advice
     */
    boolean adviseHugePages(long offset, long bytes);

    /** How many bytes the host has committed so far. Racy. */
    long bytesCommitted();

    /**
     * How many bytes the host got back by {@link #punchHole} and has not given again. Bytes that are neither these nor {@link
     * #bytesCommitted} were never taken from it. Racy. It costs some calls of the host, about one for each row of pages that went
     * back together.
     *
     * @return 0 where the host cannot take pages back
     */
    default long bytesReturned() {
        return 0;
    }

    /** Unmaps everything and returns it to the host. Closing twice is allowed. */
    @Override
    void close();
}
