package org.mm4j.kernel.memcg;

/**
 * What happened in a group and those below it, since it was made. Racy.
 *
 * <p>In Linux 6.18: memory.events.
 *
 * @param high how often {@code high} was exceeded, and somebody reclaimed
 * @param max how often a charge came to {@code max}
 * @param oom how often nothing helped but to end somebody
 * @param oomKills how many were ended
 */
public record CgroupEvents(long high, long max, long oom, long oomKills) {}
