package org.mm4j.api;

import java.util.List;

/**
 * A cache of free blocks in front of one zone, for each CPU a part, so that most requests need no zone lock.
 *
 * <p>Any thread may call it. In Linux 6.18: {@code struct per_cpu_pages}.
 */
public interface PageCache {
    /** What {@link #take} returns when it has nothing at hand and got nothing from the zone, or could not enter. */
    int NONE = -1;

    /** Makes the cache of a zone. */
    interface Maker {
        /**
         * The cache of one zone.
         *
         * @param size batch and limits of each CPU's part
         * @param zone what is behind it
         */
        PageCache over(PageZone zone, PageSetSize size);
    }

    /** The gate to the parts. The caches of all zones of an allocator share it. */
    SlotGate gate();

    /**
     * Takes a block.
     *
     * @param gate {@link #gate}, which callers have at hand: read from the cache, it would be known only after the zone
     * @param type a number of {@link MigrateType}, below {@link MigrateType#PCPTYPES}
     * @param flags for {@link PageZone#takeLocked}
     * @param wanted for {@link PageZone#handOut}
     * @param visit what is counted: bit 0, the zone's node was asked for; bit 1, the caller is on that node
     * @return the frame, or {@link #NONE}: ask the zone
     */
    int take(SlotGate gate, int order, int type, int flags, long wanted, int visit);

    /** Gives a block back that is in use with one reference; false: it was not taken in, free it elsewhere. */
    boolean put(SlotGate gate, int frame, int order);

    /** Gives all cached blocks back to the zone. Those of CPUs at work are waited for. */
    void drain();

    /** What a periodic worker does: caches that have become too large shrink a little. */
    void decay();

    /** Other limits, as the zone has become larger or smaller. Keeps everyone out meanwhile. */
    void resize(PageSetSize size);

    /** The parts, one for each slot. Racy. */
    List<PageSetSnapshot> snapshot();

    /** How often blocks were taken, by {@code visit}, 0 to 3. Racy. */
    long visits(int visit);

    /** Pages in all parts. Exact while {@link #stop} is in force. */
    long pagesCached();

    /** Keeps everyone out, so that the cache can be looked at. */
    void stop();

    /** The end of {@link #stop}. */
    void resume();

    /** With everyone out: what is wrong, one sentence each. */
    List<String> validate();
}
