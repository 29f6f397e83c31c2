package org.mm4j.memory;

/**
 * A stretch of virtual addresses that nobody else in this process gets, and into which frames of one physical memory are
 * mapped in any order. What is not mapped cannot be touched.
 *
 * <p>Over a memfd the addresses are real: the processor's MMU translates them, and touching an address with no frame
 * behind it ends the process. Over any other memory they are only numbers, which lie where no process has memory; the
 * bytes are reached by the segments of a {@link VirtualRange} alone.
 *
 * <p>The host has a limit on the mappings of a process, and a JVM that meets it dies. So each mapping is counted before
 * it is made, and what would come near the limit is refused.
 *
 * <p>Any thread may call any method; ranges that overlap are the caller's mistake. {@link HostMemory#reserveAddresses}
 * makes one.
 *
 * <p>In Linux 6.18: VMALLOC_START to VMALLOC_END of Documentation/arch/x86/x86_64/mm.rst.
 */
public interface AddressReserve extends AutoCloseable {
    /** The first address, a multiple of 4096; on a host with 2 MiB pages a multiple of 2 MiB. */
    long address();

    /** Size in bytes, a multiple of 4096. */
    long bytes();

    /** Whether the addresses are real, so that a raw access to a mapped one reads memory. */
    boolean isReal();

    /**
     * A part of the reserve, with nothing mapped into it. Costs one Java object.
     *
     * @param offset from the start of the reserve, a multiple of 4096
     * @param bytes a positive multiple of 4096
     * @throws IndexOutOfBoundsException when it is not within the reserve
     */
    VirtualRange range(long offset, long bytes);

    /**
     * How many mappings of the host the mapped ranges cost at most: one for each run of adjacent frames, and for each
     * range one for the hole behind it. Exact when nobody maps or unmaps meanwhile; 0 where addresses are only numbers.
     */
    long mappings();

    /** How large {@link #mappings} may become. */
    long mappingsMax();

    /**
     * Gives the addresses back. Closing twice is allowed.
     *
     * @throws IllegalStateException while a range is mapped; unmap it, and close again
     */
    @Override
    void close();
}
