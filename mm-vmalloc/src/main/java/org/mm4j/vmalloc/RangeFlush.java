package org.mm4j.vmalloc;

/**
 * Makes sure that no CPU sees what was mapped at freed addresses.
 *
 * <p>In Linux 6.18: flush_tlb_kernel_range().
 */
@FunctionalInterface
interface RangeFlush {
    /**
     * Flushes all from one address up to the one before another. Areas in use lie between them as well, and stay as they
     * are. Called by one thread at a time, which holds no spin lock.
     */
    void flush(long start, long end);
}
