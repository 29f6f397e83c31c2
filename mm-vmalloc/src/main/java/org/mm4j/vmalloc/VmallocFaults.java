package org.mm4j.vmalloc;

import org.mm4j.api.FaultInjection;

/**
 * What of a {@link Vmalloc} is made to fail.
 *
 * <p>In Linux 6.18: nothing; there mappings fail only for want of page tables.
 *
 * @param map mappings of frames, by the host
 * @param unmap their end: the area stays, and its free throws
 * @param trylock attempts to get a lock at once
 */
public record VmallocFaults(FaultInjection map, FaultInjection unmap, FaultInjection trylock) {}
