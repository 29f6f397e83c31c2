package org.mm4j.buddy;

import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageFrame;
import org.mm4j.api.SlotGate;
import org.mm4j.api.ZoneType;

/**
 * From a request to a block: the first zone of the list that stays above its watermark and has one.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, __alloc_pages(), get_page_from_freelist(). Differs: no cpusets.
 */
final class AllocPath implements FreeLists {

    private final Zones zones;
    private final @Nullable SlotGate gate;
    private final ZoneLists lists;
    private final IntSupplier callerNode;
    private final MemoryPressure pressure;
    private final SlowPath slowPath;

    AllocPath(Zones zones, BuddyConfig config, Compactor compactor) {
        this.zones = zones;
        gate = zones.gate();
        callerNode = config.callerNode();
        lists = new ZoneLists(zones, config);
        pressure = config.pressure();
        slowPath = new SlowPath(this, config, compactor, zones.populated());
    }

    /** Takes a block, waiting and reclaiming as far as the request allows. */
    int take(int gfp, int order, int nid) {
        ZoneList list = list(gfp, nid);
        int flags = fastFlags(list, gfp);
        int frame = takeFrom(list, gfp, order, flags);
        return frame != NONE ? frame : slowPath.take(list, gfp, order);
    }

    /** The zones of a request. */
    ZoneList list(int gfp, int nid) {
        return lists.list(nid, Gfp.zone(gfp), (gfp & Gfp.__GFP_THISNODE) != 0);
    }

    /** Keeps pageblocks whole and stays above the low watermark. */
    static int fastFlags(ZoneList list, int gfp) {
        int keeping = list.keepsPageblocks() ? AllocFlags.NOFRAGMENT : 0;
        return AllocFlags.WMARK_LOW | (gfp & AllocFlags.KSWAPD) | AllocFlags.cma(gfp) | keeping;
    }

    /** One walk over the list; if pageblocks were to be kept whole and no zone had a block so, a second one. */
    @Override
    public int takeFrom(ZoneList list, int gfp, int order, int flags) {
        int frame = walk(list, gfp, order, flags);
        return frame != NONE || (flags & AllocFlags.NOFRAGMENT) == 0
                ? frame
                : walk(list, gfp, order, flags & ~AllocFlags.NOFRAGMENT);
    }

    private int walk(ZoneList list, int gfp, int order, int flags) {
        int highest = list.highestIndex();
        long wanted = wanted(gfp, order);
        for (Zone zone : list.zones()) {
            if ((flags & AllocFlags.NOFRAGMENT) != 0 && isRemote(list, zone)) {
                return NONE; // fragments at home rather than on another node
            }
            if (isAboveHigh(zone, order, highest, flags)
                    || (flags & AllocFlags.NO_WATERMARKS) != 0
                    || WatermarkTest.passes(zone, order, highest, flags)) {
                int frame = takeFromZone(list, zone, wanted, flags);
                if (frame != NONE) {
                    return frame;
                }
            }
        }
        return NONE;
    }

    @Override
    public long wanted(int gfp, int order) {
        return FrameWord.inUse(order, (gfp & Gfp.__GFP_COMP) != 0 && order > 0, 1, type(gfp));
    }

    /** The first request that finds the zone below its high watermark tells the page cache to grow no more. */
    private static boolean isAboveHigh(Zone zone, int order, int highest, int flags) {
        ZoneMarks marks = zone.marks();
        if (marks.isBelowHigh()) {
            return false;
        }
        int atHigh = (flags & ~AllocFlags.WMARK_MASK) | AllocFlags.WMARK_HIGH;
        boolean isAbove = WatermarkTest.passes(zone, order, highest, atHigh);
        if (!isAbove) {
            marks.setBelowHigh(true);
        }
        return isAbove;
    }

    private static boolean isRemote(ZoneList list, Zone zone) {
        return list.hasOtherNodes() && zone.nid() != list.preferred().nid();
    }

    private int takeFromZone(ZoneList list, Zone zone, long wanted, int flags) {
        boolean hit = !isRemote(list, zone);
        boolean local = zone.nid() == callerNode.getAsInt();
        ZoneMarks marks = zone.marks();
        int frame = takeCached(zone, wanted, flags, hit, local);
        if (frame == NONE) {
            frame = zone.take(wanted, flags, hit, local);
        }
        if ((flags & AllocFlags.KSWAPD) != 0 && marks.clearKswapdWanted()) {
            ZoneType type = zone.extent().type();
            pressure.wakeKswapd(zone.nid(), type, 0, 0);
        }
        if (frame != NONE) {
            if (!hit) {
                list.preferred().counters().countForeign(1);
            }
            if ((flags & AllocFlags.HIGHATOMIC) != 0) {
                zone.reserveHighAtomic(frame, FrameWord.order(wanted));
            }
        }
        return frame;
    }

    private int takeCached(Zone zone, long wanted, int flags, boolean hit, boolean local) {
        PageCache cache = zone.cache();
        int order = FrameWord.order(wanted);
        if (gate == null || cache == null || !PageFrame.pcpAllowedOrder(order)) {
            return NONE;
        }
        int visit = (hit ? 1 : 0) | (local ? 2 : 0);
        return cache.take(gate, order, FrameWord.type(wanted), flags, wanted, visit);
    }

    @Override
    public boolean drainCaches(ZoneList list) {
        boolean hadBlocks = false;
        for (Zone zone : list.zones()) {
            if (zone.hasCachedPages()) {
                zone.drainCache();
                hadBlocks = true;
            }
        }
        return hadBlocks;
    }

    @Override
    public int type(int gfp) {
        MigrateType type = Gfp.migrateType(gfp);
        return zones.groupsByMobility() ? type.ordinal() : MigrateType.UNMOVABLE.ordinal();
    }
}
