package org.mm4j.kernel;

/** What a kernel shows to monitors. All figures are racy, and cost a walk; see {@link MemoryUsage}. */
public interface KernelMXBean {
    /** Addresses of the memory. */
    long getBytesReserved();

    /** What the host has given. */
    long getBytesCommitted();

    /** What the host got back, and has not given again. */
    long getBytesReturned();

    /** Taken, by whomever. */
    long getBytesUsed();

    /** Kept for CPUs. */
    long getPagesCached();

    /** Free in the zones. */
    long getPagesFree();

    /** Free, in blocks below 2 MiB. */
    long getPagesFragmented();

    /** Slabs and large blocks of kmalloc. */
    long getPagesSlab();

    /** Areas of vmalloc. */
    long getPagesVmalloc();

    /** Units of the percpu allocator. */
    long getPagesPercpu();

    /** Arenas that are open. */
    long getArenasOpen();

    /** The table of {@link MemoryUsage}. */
    String getUsage();

    /** Gives the host back what it can, and returns how many bytes that were. */
    long trim();
}
