package org.mm4j.buddy;

import org.mm4j.api.FaultInjection;

/**
 * What of a {@link BuddyAllocator} is made to fail, besides its requests: for those there is {@link
 * org.mm4j.api.FaultyPages}.
 *
 * <p>In Linux 6.18: nothing; there are no such points.
 *
 * @param contig ranges of frames that are to be emptied, for CMA areas too: some block does not leave
 * @param trylock attempts to be the one who compacts a zone, or who asks for somebody's end
 */
public record BuddyFaults(FaultInjection contig, FaultInjection trylock) {}
