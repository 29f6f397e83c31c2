package org.mm4j.buddy;

/**
 * How hard compaction tries, the hardest first. A request begins with the least and goes up.
 *
 * <p>In Linux 6.18: include/linux/compaction.h, {@code enum compact_priority}.
 */
enum CompactPriority {
    /** Every pageblock, whatever hints say, and as often as it is asked for. */
    SYNC_FULL,
    /** Pageblocks that hints do not rule out. */
    SYNC_LIGHT,
    /** Pageblocks of the request's own mobility, and the first trouble ends it. */
    ASYNC;

    /** The next harder one; the hardest stays. */
    CompactPriority harder() {
        return this == ASYNC ? SYNC_LIGHT : SYNC_FULL;
    }
}
