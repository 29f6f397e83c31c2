package org.mm4j.api;

/**
 * The limits between which a per-CPU page cache of a zone tunes itself, in pages.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, zone_batchsize() and zone_highsize().
 *
 * @param batch pages moved under one hold of the zone lock
 * @param highMin the smallest size at which the cache drains
 * @param highMax the largest size at which the cache drains
 */
public record PageSetSize(int batch, int highMin, int highMax) {}
