package org.mm4j.kernel.pools;

import org.mm4j.api.FaultInjection;

/**
 * What of a {@link Mempool} is made to fail. Its reserve is filled without faults.
 *
 * <p>In Linux 6.18: mm/mempool.c, fail_mempool_alloc, fail_mempool_alloc_bulk.
 *
 * @param alloc requests of the source for one element
 * @param bulk those for one of many
 */
public record MempoolFaults(FaultInjection alloc, FaultInjection bulk) {}
