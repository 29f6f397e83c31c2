package org.mm4j.buddy;

import static org.mm4j.api.MigrateType.HIGHATOMIC;
import static org.mm4j.api.MigrateType.MOVABLE;
import static org.mm4j.api.MigrateType.RECLAIMABLE;
import static org.mm4j.api.MigrateType.UNMOVABLE;
import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.NR_PAGE_ORDERS;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.MigrateType;

/** How a zone of the naive allocator finds a block: own list, claim, steal, and the HIGHATOMIC reserve. */
final class NaiveTaking {
    /** Where the next of a row of takes begins. */
    enum Mode {
        OWN,
        CLAIM,
        STEAL
    }

    private static final Map<MigrateType, List<MigrateType>> FALLBACKS = Map.of(
            UNMOVABLE, List.of(RECLAIMABLE, MOVABLE),
            MOVABLE, List.of(RECLAIMABLE, UNMOVABLE),
            RECLAIMABLE, List.of(UNMOVABLE, MOVABLE));

    private final NaiveZone zone;
    private Mode mode = Mode.OWN;
    long pagesReserved;

    NaiveTaking(NaiveZone zone) {
        this.zone = zone;
    }

    /** A block of one frame or more, no longer free and not yet in use. */
    @Nullable
    NaiveBlock take(NaiveTry attempt) {
        NaiveBlock block = attempt.highAtomic() ? smallest(attempt.order(), HIGHATOMIC) : null;
        if (block == null) {
            mode = Mode.OWN;
            block = takeNext(attempt);
        }
        if (block == null && attempt.nonBlock()) {
            block = smallest(attempt.order(), HIGHATOMIC);
        }
        return block;
    }

    /** The next of a row: places that were empty just now are not asked again. */
    @Nullable
    NaiveBlock takeNext(NaiveTry attempt) {
        NaiveBlock block = mode == Mode.OWN ? smallest(attempt.order(), attempt.type()) : null;
        if (block == null && mode != Mode.STEAL) {
            block = claim(attempt);
            mode = block == null ? mode : Mode.OWN;
        }
        if (block == null && !attempt.noFragment()) {
            block = steal(attempt);
            mode = block == null ? mode : Mode.STEAL;
        }
        return block;
    }

    /** The first of a row. */
    @Nullable
    NaiveBlock takeFirst(NaiveTry attempt) {
        mode = Mode.OWN;
        return takeNext(attempt);
    }

    private @Nullable NaiveBlock smallest(int order, MigrateType type) {
        for (int size = order; size < NR_PAGE_ORDERS; size++) {
            if (!zone.list(size, type).isEmpty()) {
                return cut(zone.list(size, type).getFirst(), order, type);
            }
        }
        return null;
    }

    /** The lowest frames of the block; upper halves stay free, on the lists of the type. */
    private NaiveBlock cut(NaiveBlock block, int order, MigrateType rest) {
        zone.takeOff(block);
        for (int half = block.order - 1; half >= order; half--) {
            zone.putFree(block.pfn + (1L << half), half, rest, true);
        }
        return NaiveBlock.free(block.pfn, order, rest);
    }

    private @Nullable NaiveBlock donor(int order, MigrateType type) {
        for (MigrateType donor : FALLBACKS.get(type)) {
            if (!zone.list(order, donor).isEmpty()) {
                return zone.list(order, donor).getFirst();
            }
        }
        return null;
    }

    private @Nullable NaiveBlock claim(NaiveTry attempt) {
        int least = attempt.noFragment() ? Math.max(PAGEBLOCK_ORDER, attempt.order()) : attempt.order();
        for (int size = MAX_PAGE_ORDER; size >= least; size--) {
            if (attempt.type() == MOVABLE && size < PAGEBLOCK_ORDER / 2) {
                return null; // movable pages do no harm among others
            }
            NaiveBlock donor = donor(size, attempt.type());
            NaiveBlock block = donor == null ? null : claimAround(donor, attempt);
            if (block != null) {
                return block;
            }
        }
        return null;
    }

    private @Nullable NaiveBlock claimAround(NaiveBlock donor, NaiveTry attempt) {
        if (donor.order >= PAGEBLOCK_ORDER) {
            zone.pageblocks.set(donor.pfn, donor.order, attempt.type());
            return cut(donor, attempt.order(), attempt.type());
        }
        zone.marks.raise(attempt.kswapd());
        if (!zone.hasWholePageblock(donor.pfn) || !isWorthIt(donor, attempt.type())) {
            return null;
        }
        movePageblock(donor.pfn, attempt.type());
        return smallest(attempt.order(), attempt.type());
    }

    private boolean isWorthIt(NaiveBlock donor, MigrateType type) {
        long free = 0;
        long movable = 0;
        for (NaiveBlock block : zone.blocksOfPageblock(donor.pfn)) {
            free += block.free ? block.pages() : 0;
            movable += !block.free && block.type == MOVABLE ? block.pages() : 0;
        }
        long alike = 0;
        if (type == MOVABLE) {
            alike = movable;
        } else if (donor.type == MOVABLE) {
            alike = PAGEBLOCK_NR_PAGES - free - movable;
        }
        return free + alike >= PAGEBLOCK_NR_PAGES / 2;
    }

    private void movePageblock(long pfn, MigrateType type) {
        for (NaiveBlock block : zone.blocksOfPageblock(pfn)) {
            if (block.free) {
                zone.takeOff(block);
                zone.putFree(block.pfn, block.order, type, false);
            }
        }
        zone.pageblocks.set(pfn, 0, type);
    }

    private @Nullable NaiveBlock steal(NaiveTry attempt) {
        for (int size = attempt.order(); size < NR_PAGE_ORDERS; size++) {
            NaiveBlock donor = donor(size, attempt.type());
            if (donor != null) {
                return cut(donor, attempt.order(), donor.type);
            }
        }
        return null;
    }

    /** The pageblock of a block that a HIGHATOMIC request got is reserved, up to one in a hundred. */
    void reserve(NaiveBlock block) {
        long hundredth = zone.sizes.pagesManaged() / 100;
        long most = hundredth < PAGEBLOCK_NR_PAGES ? 0 : roundUp(hundredth);
        if (pagesReserved >= most || zone.pageblocks.type(block.pfn) == HIGHATOMIC) {
            return;
        }
        if (block.order >= PAGEBLOCK_ORDER) {
            zone.pageblocks.set(block.pfn, block.order, HIGHATOMIC);
            pagesReserved += block.pages();
        } else if (zone.hasWholePageblock(block.pfn)) {
            movePageblock(block.pfn, HIGHATOMIC);
            pagesReserved += PAGEBLOCK_NR_PAGES;
        }
    }

    private static long roundUp(long pages) {
        return (pages + PAGEBLOCK_NR_PAGES - 1) / PAGEBLOCK_NR_PAGES * PAGEBLOCK_NR_PAGES;
    }

    /** Gives up one reserved pageblock that has free pages; the last one only if forced. */
    boolean unreserve(MigrateType type, boolean force) {
        if (!force && pagesReserved <= PAGEBLOCK_NR_PAGES) {
            return false;
        }
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            if (!zone.list(order, HIGHATOMIC).isEmpty()) {
                NaiveBlock block = zone.list(order, HIGHATOMIC).getFirst();
                if (order < PAGEBLOCK_ORDER) {
                    movePageblock(block.pfn, type);
                } else {
                    zone.takeOff(block);
                    zone.putFree(block.pfn, order, type, false);
                    zone.pageblocks.set(block.pfn, order, type);
                }
                pagesReserved -= Math.max(PAGEBLOCK_NR_PAGES, block.pages());
                return true;
            }
        }
        return false;
    }
}
