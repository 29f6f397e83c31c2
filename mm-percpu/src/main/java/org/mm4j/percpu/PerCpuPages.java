package org.mm4j.percpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.mm4j.api.LockRank;
import org.mm4j.api.PageCache;
import org.mm4j.api.PageSetSize;
import org.mm4j.api.PageSetSnapshot;
import org.mm4j.api.PageZone;
import org.mm4j.api.SlotGate;

/**
 * The page cache in front of a zone: for each slot of a gate a {@link PageSet}. An empty list is refilled, and a set that
 * is too large drained, under one hold of the zone lock for a batch of blocks.
 *
 * <pre>
 *    take                                      put
 *      |  gate: enter a slot, or go to the zone  |
 *      v                                         v
 *    [ set of slot 0 ]  [ set of slot 1 ]  ...         cached: not free pages of the zone
 *      ^  refill: appended at the tail           |  drain: from the tail
 *      |                                         v
 *    [ zone, behind its lock                            ]
 * </pre>
 *
 * <p>In Linux 6.18: mm/page_alloc.c, rmqueue_pcplist(), free_frozen_page_commit(), free_pcppages_bulk(),
 * drain_pages_zone(). Differs: when to shrink is the caller's to decide, there is no vmstat worker here.
 */
public final class PerCpuPages implements PageCache {
    private static final int REFUSED = -1;

    private final SlotGate gate;
    private final PageZone zone;

    /** Changes while everyone is kept out; whoever reads it outside of a section sees one or the other. */
    private PageSetTuning tuning;

    private final int cpus;
    private final PageSet[] sets;

    /**
     * An empty cache.
     *
     * @param cpus slots n, n + {@code cpus}, … belong to CPU n
     */
    public PerCpuPages(SlotGate gate, PageZone zone, PageSetSize size, int cpus) {
        this.gate = gate;
        this.zone = zone;
        this.cpus = cpus;
        tuning = new PageSetTuning(size);
        sets = new PageSet[gate.slots()];
        Arrays.setAll(sets, _ -> new PageSet());
    }

    /** Makes caches that share a gate. */
    public static PageCache.Maker maker(SlotGate gate, int cpus) {
        return (zone, size) -> new PerCpuPages(gate, zone, size, cpus);
    }

    @Override
    public SlotGate gate() {
        return gate;
    }

    @Override
    public int take(SlotGate gate, int order, int type, int flags, long wanted, int visit) {
        int slot = gate.enter();
        if (slot == SlotGate.NONE) {
            return NONE;
        }
        try {
            assert LockRank.PAGE_SET.enter();
            try {
                return takeInside(slot, order, type, flags, wanted, visit);
            } finally {
                assert LockRank.PAGE_SET.exit();
            }
        } finally {
            gate.leave(slot);
        }
    }

    private int takeInside(int slot, int order, int type, int flags, long wanted, int visit) {
        PageSet set = sets[slot];
        tuning.allocated(set);
        int frame = pop(set, slot, order, type, flags, wanted);
        if (frame != NONE) {
            set.countVisit(visit);
        }
        return frame;
    }

    private int pop(PageSet set, int slot, int order, int type, int flags, long wanted) {
        int list = PageSet.list(order, type);
        if (set.isEmpty(list) && !refill(set, slot, list, type, flags)) {
            return NONE;
        }
        set.addCount(-(1 << order));
        int frame = set.popHead(list);
        zone.handOut(frame, slot, wanted);
        return frame;
    }

    /** The list is empty. In Linux: rmqueue_bulk(). */
    private boolean refill(PageSet set, int slot, int list, int type, int flags) {
        int order = PageSet.order(list);
        int blocks = tuning.blocksToTake(set, order, zone.isBelowHigh());
        set.ensureRoom(list, blocks);
        zone.lock();
        try {
            for (int block = 0; block < blocks; block++) {
                int frame = zone.takeLocked(order, type, flags, block == 0, slot);
                if (frame == PageZone.NONE) {
                    break;
                }
                set.appendTail(list, frame);
                set.addCount(1 << order);
            }
        } finally {
            zone.unlock();
        }
        return !set.isEmpty(list);
    }

    @Override
    public boolean put(SlotGate gate, int frame, int order) {
        int slot = gate.enter();
        if (slot == SlotGate.NONE) {
            return false;
        }
        int list;
        int pagesToFree;
        try {
            assert LockRank.PAGE_SET.enter();
            try {
                // Inside: who has closed the pageblock and then drained sees nothing come.
                int type = zone.typeToCache(frame);
                if (type == PageZone.NONE) {
                    return false;
                }
                list = PageSet.list(order, type);
                pagesToFree = putInside(slot, list, frame, order);
            } finally {
                assert LockRank.PAGE_SET.exit();
            }
        } finally {
            gate.leave(slot);
        }
        if (pagesToFree > 0) {
            freeExcess(slot, list, pagesToFree);
        }
        return pagesToFree != REFUSED;
    }

    /** How many pages are too many now, or {@link #REFUSED}. What needs Java heap comes before the claim. */
    private int putInside(int slot, int list, int frame, int order) {
        PageSet set = sets[slot];
        set.ensureRoom(list, 1);
        if (!zone.claim(frame, order, slot)) {
            return REFUSED;
        }
        set.pushHead(list, frame);
        set.addCount(1 << order);
        return tuning.freed(set, order, zone.isReclaimActive(), zone.isBelowHigh());
    }

    /** In batches, each in a section of its own; when another slot is entered, the rest stays. */
    private void freeExcess(int slot, int list, int pagesToFree) {
        for (int left = pagesToFree; left > 0; left -= tuning.batch()) {
            int entered = gate.enter();
            if (entered == SlotGate.NONE) {
                break;
            }
            try {
                if (entered != slot || sets[slot].count() == 0) {
                    break;
                }
                freeFrom(sets[slot], slot, Math.min(left, tuning.batch()), list);
            } finally {
                gate.leave(entered);
            }
        }
        zone.blocksCameBack();
    }

    /** Frees so many pages, the coldest of each list; one list after the other. In Linux: free_pcppages_bulk(). */
    private void freeFrom(PageSet set, int slot, int pages, int firstList) {
        int list = firstList;
        int left = Math.min(pages, set.count());
        zone.lock();
        try {
            while (left > 0) {
                if (set.isEmpty(list)) {
                    list = (list + 1) % PageSet.LISTS;
                    continue;
                }
                int order = PageSet.order(list);
                set.addCount(-(1 << order));
                zone.freeLocked(set.popTail(list), order, slot);
                left -= 1 << order;
            }
        } finally {
            zone.unlock();
        }
    }

    @Override
    public void drain() {
        for (int slot = 0; slot < sets.length; slot++) {
            gate.seize(slot);
            try {
                while (sets[slot].count() > 0) {
                    freeFrom(sets[slot], slot, tuning.batchMax(), 0);
                }
            } finally {
                gate.release(slot);
            }
        }
        zone.blocksCameBack();
    }

    @Override
    public void decay() {
        for (int slot = 0; slot < sets.length; slot++) {
            gate.seize(slot);
            try {
                for (int left = tuning.decayed(sets[slot]); left > 0; left -= tuning.batch()) {
                    freeFrom(sets[slot], slot, Math.min(left, tuning.batch()), 0);
                }
            } finally {
                gate.release(slot);
            }
        }
    }

    @Override
    public void resize(PageSetSize size) {
        PageSetTuning next = new PageSetTuning(size);
        stop();
        try {
            tuning = next;
        } finally {
            resume();
        }
    }

    @Override
    public List<PageSetSnapshot> snapshot() {
        List<PageSetSnapshot> cpuSets = new ArrayList<>();
        for (int cpu = 0; cpu < cpus; cpu++) {
            int count = 0;
            int high = 0;
            for (int slot = cpu; slot < sets.length; slot += cpus) {
                count += sets[slot].count();
                high += sets[slot].high();
            }
            cpuSets.add(new PageSetSnapshot(cpu, count, high, tuning.size()));
        }
        return cpuSets;
    }

    @Override
    public long visits(int visit) {
        long visits = 0;
        for (PageSet set : sets) {
            visits += set.visits(visit);
        }
        return visits;
    }

    @Override
    public long pagesCached() {
        long pages = 0;
        for (PageSet set : sets) {
            pages += set.count();
        }
        return pages;
    }

    @Override
    public void stop() {
        int seized = 0;
        try {
            while (seized < sets.length) {
                gate.seize(seized);
                seized++;
            }
        } finally {
            if (seized < sets.length) {
                release(seized);
            }
        }
    }

    @Override
    public void resume() {
        release(sets.length);
    }

    private void release(int slots) {
        for (int slot = slots - 1; slot >= 0; slot--) {
            gate.release(slot);
        }
    }

    @Override
    public List<String> validate() {
        List<String> findings = new ArrayList<>();
        for (int slot = 0; slot < sets.length; slot++) {
            int pages = 0;
            for (int list = 0; list < PageSet.LISTS; list++) {
                pages += sets[slot].length(list) << PageSet.order(list);
            }
            if (pages != sets[slot].count()) {
                findings.add("V8: slot " + slot + " of a page cache has " + pages + " pages, and counts "
                        + sets[slot].count());
            }
        }
        return findings;
    }
}
