package org.mm4j.api;

/**
 * One CPU's page cache of one zone at one moment. Racy.
 *
 * <p>In Linux 6.18: {@code struct per_cpu_pages}, as /proc/zoneinfo prints it under pagesets.
 *
 * @param cpu the CPU's number
 * @param count pages in the cache
 * @param high the size at which the cache drains now
 * @param size the limits of {@code high}, and the batch
 */
public record PageSetSnapshot(int cpu, int count, int high, PageSetSize size) {}
