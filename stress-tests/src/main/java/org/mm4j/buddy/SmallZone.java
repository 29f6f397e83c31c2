package org.mm4j.buddy;

import org.mm4j.api.Gfp;
import org.mm4j.api.ZoneType;

/** One zone of a few frames for a stress test, whose frames begin at a multiple of the largest block. */
final class SmallZone {
    static final long PFN = BuddyConfig.FIRST_PFN;

    private static final int UNMOVABLE = 0;

    final Zones zones;
    final Zone zone;
    final MemMap map;

    SmallZone(int frames) {
        ZoneLayout layout = ZoneLayout.of(ZoneType.NORMAL, PFN, PFN + frames);
        zones = new Zones(BuddyConfig.ofNodes(NodeLayout.of(1, layout)).withSettings(ZoneSettings.NO_RESERVES));
        zone = zones.populated().getFirst();
        map = zones.map();
    }

    /** The word of a block that a request gets. */
    static long wanted(int order, int references) {
        return FrameWord.inUse(order, false, references, UNMOVABLE);
    }

    /** Flags of {@link AllocFlags} for a request that waits. */
    static int flags() {
        return AllocFlags.WMARK_MIN | (Gfp.GFP_KERNEL & AllocFlags.KSWAPD);
    }

    /** The same zone with a block of this order in use. */
    SmallZone with(int order, int references) {
        zone.take(wanted(order, references), flags(), true, true);
        return this;
    }

    int pagesFree() {
        return (int) zone.counters().pagesFree();
    }

    int blocks(int order) {
        return zone.areas().blocks(order, UNMOVABLE);
    }
}
