package org.mm4j.api;

/**
 * How a zone's allocations met the node that was asked for, counted since boot. Exact: counted under the zone lock.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, zone_statistics().
 *
 * @param hit allocations that got the node that they wanted
 * @param miss allocations that came here because their own node was short
 * @param foreign allocations meant for this node that went elsewhere
 * @param local allocations by a thread of this node
 * @param other allocations by a thread of another node
 */
public record NumaStats(long hit, long miss, long foreign, long local, long other) {}
