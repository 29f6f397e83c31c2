package org.mm4j.buddy;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.ZoneType;

/** Fast path and slow path of the naive allocator. */
final class NaiveRequests {
    private static final int ONLY_HERE_AND_ONCE = Gfp.__GFP_NORETRY | Gfp.__GFP_THISNODE;

    private final NaiveNodes nodes;
    private final BuddyConfig config;

    NaiveRequests(NaiveNodes nodes, BuddyConfig config) {
        this.nodes = nodes;
        this.config = config;
    }

    @Nullable
    NaiveBlock take(int gfp, int order, int nid) {
        List<NaiveZone> list = list(gfp, nid);
        NaiveBlock block = attempt(list, fast(list, gfp, order), gfp);
        return block != null || list.isEmpty() ? block : slowly(list, gfp, order, nid);
    }

    List<NaiveZone> list(int gfp, int nid) {
        return nodes.listFor(nid, Gfp.zone(gfp), (gfp & Gfp.__GFP_THISNODE) != 0);
    }

    NaiveTry fast(List<NaiveZone> list, int gfp, int order) {
        boolean keeps = !list.isEmpty()
                && list.getFirst().type == ZoneType.NORMAL
                && nodes.zone(list.getFirst().nid, ZoneType.DMA32) != null;
        return NaiveTry.fast(gfp, order, type(gfp), keeps);
    }

    MigrateType type(int gfp) {
        MigrateType type = Gfp.migrateType(gfp);
        return nodes.groups ? type : MigrateType.UNMOVABLE;
    }

    /** All zones of the list; a second time with breaking up pageblocks, where the first time kept them. */
    private @Nullable NaiveBlock attempt(List<NaiveZone> list, NaiveTry wanted, int gfp) {
        for (NaiveZone zone : list) {
            if (wanted.noFragment() && zone.nid != list.getFirst().nid) {
                break;
            }
            NaiveBlock block = zone.marks.allow(wanted) ? takeFrom(zone, list.getFirst(), wanted, gfp) : null;
            if (block != null) {
                return block;
            }
        }
        return wanted.noFragment() ? attempt(list, wanted.fragmenting(), gfp) : null;
    }

    private @Nullable NaiveBlock takeFrom(NaiveZone zone, NaiveZone preferred, NaiveTry wanted, int gfp) {
        NaiveBlock taken = zone.taking.take(wanted);
        NaiveBlock block = null;
        if (taken != null) {
            block = NaiveBlock.inUse(taken.pfn, taken.order, wanted.type());
            block.compound = taken.order > 0 && (gfp & Gfp.__GFP_COMP) != 0;
            zone.putInUse(block);
            count(zone, preferred, 1);
        }
        if (wanted.kswapd() && zone.marks.kswapdWanted) {
            zone.marks.kswapdWanted = false;
            config.pressure().wakeKswapd(zone.nid, zone.type, 0, 0);
        }
        if (block != null && wanted.highAtomic()) {
            zone.taking.reserve(block);
        }
        return block;
    }

    void count(NaiveZone zone, NaiveZone preferred, long blocks) {
        boolean wanted = zone.nid == preferred.nid;
        zone.hit += wanted ? blocks : 0;
        zone.miss += wanted ? 0 : blocks;
        preferred.foreign += wanted ? 0 : blocks;
        boolean near = zone.nid == config.callerNode().getAsInt();
        zone.local += near ? blocks : 0;
        zone.other += near ? 0 : blocks;
    }

    private @Nullable NaiveBlock slowly(List<NaiveZone> list, int gfp, int order, int nid) {
        boolean costly = order > 3;
        boolean compacts = (gfp & Gfp.__GFP_IO) != 0;
        boolean compactsFirst = compacts && (costly || (order > 0 && Gfp.migrateType(gfp) != MigrateType.MOVABLE));
        boolean onlyHere = (gfp & (Gfp.__GFP_NORETRY | Gfp.__GFP_THISNODE)) == ONLY_HERE_AND_ONCE;
        boolean canWait = (gfp & Gfp.__GFP_DIRECT_RECLAIM) != 0;
        boolean hasReserves = (gfp & (Gfp.__GFP_MEMALLOC | Gfp.__GFP_NOMEMALLOC)) == Gfp.__GFP_MEMALLOC;
        NaiveTry wanted = NaiveTry.slow(gfp, order, type(gfp));
        int barrenRounds = 0;
        while (true) {
            wakeKswapds(list, wanted, gfp);
            NaiveBlock block = attempt(list, wanted, gfp);
            if (block == null && hasReserves && !wanted.noWatermarks()) {
                wanted = wanted.withoutWatermarks();
                continue;
            }
            if (block != null || !canWait) {
                return block;
            }
            if (compactsFirst) { // without anybody who could move: it is another look
                if (onlyHere) {
                    return null;
                }
                compactsFirst = false;
                continue;
            }
            long freed = config.pressure().reclaim(nid, gfp, order);
            block = freed > 0 ? afterReclaim(list, wanted, gfp) : null;
            boolean mayRetryCostly = (gfp & Gfp.__GFP_RETRY_MAYFAIL) != 0 && compacts;
            boolean oneRound = (gfp & Gfp.__GFP_NORETRY) != 0 || (costly && !mayRetryCostly);
            if (block != null || oneRound) {
                return block;
            }
            barrenRounds = freed > 0 && !costly ? 0 : barrenRounds + 1;
            if (!isHopeful(list, wanted, barrenRounds) && !unreserve(list, wanted, true)) {
                return lastLook(list, wanted.lastLook(), gfp);
            }
        }
    }

    private @Nullable NaiveBlock lastLook(List<NaiveZone> list, NaiveTry wanted, int gfp) {
        for (NaiveZone zone : list) {
            NaiveBlock block = zone.marks.isAboveHigh(wanted) ? takeFrom(zone, list.getFirst(), wanted, gfp) : null;
            if (block != null) {
                return block;
            }
        }
        return null;
    }

    private void wakeKswapds(List<NaiveZone> list, NaiveTry wanted, int gfp) {
        int last = -1;
        for (NaiveZone zone : list) {
            if (wanted.kswapd() && zone.nid != last) {
                config.pressure().wakeKswapd(zone.nid, wanted.highest(), wanted.order(), gfp);
            }
            last = zone.nid;
        }
    }

    private @Nullable NaiveBlock afterReclaim(List<NaiveZone> list, NaiveTry wanted, int gfp) {
        NaiveBlock block = attempt(list, wanted, gfp);
        return block == null && unreserve(list, wanted, false) ? attempt(list, wanted, gfp) : block;
    }

    private static boolean isHopeful(List<NaiveZone> list, NaiveTry wanted, int barrenRounds) {
        return barrenRounds == 0
                || (barrenRounds <= 16 && list.stream().anyMatch(zone -> zone.marks.isAboveMin(wanted)));
    }

    private static boolean unreserve(List<NaiveZone> list, NaiveTry wanted, boolean force) {
        return list.stream().anyMatch(zone -> zone.taking.unreserve(wanted.type(), force));
    }
}
