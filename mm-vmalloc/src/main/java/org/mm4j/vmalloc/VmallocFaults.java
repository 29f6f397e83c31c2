package org.mm4j.vmalloc;

import org.mm4j.api.FaultInjection;

/**
 * What of a {@link Vmalloc} is made to fail.
 *
 * @param map mappings of frames, by the host
 * @param unmap their end: the area stays, and its free throws
 * @param trylock attempts to get a lock at once
 */
public record VmallocFaults(FaultInjection map, FaultInjection unmap, FaultInjection trylock) {}
