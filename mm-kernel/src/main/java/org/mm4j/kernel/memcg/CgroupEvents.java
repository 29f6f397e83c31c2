package org.mm4j.kernel.memcg;

/**
 * What happened in a group, with those below it or without, since it was made. Racy.
 *
 * <p>In Linux 6.18: memory.events, memory.events.local.
 *
 * @param low how often reclaim took memory that {@code low} protects, as nothing else was left
 * @param high how often {@code high} was exceeded, and somebody reclaimed
 * @param max how often a charge came to {@code max}
 * @param oom how often nothing helped but to end somebody
 * @param oomKills how many were ended
 * @param oomGroupKills how often all of a group were ended together
 */
public record CgroupEvents(long low, long high, long max, long oom, long oomKills, long oomGroupKills) {}
