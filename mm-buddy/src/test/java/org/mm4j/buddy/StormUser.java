package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.NONE;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/** One of many who use an allocator at once: takes, splits, hands over to others, and looks at frames of strangers. */
final class StormUser implements Runnable {
    private static final int[] GFPS = {
        Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN,
        Gfp.GFP_ATOMIC | Gfp.__GFP_NOWARN,
        Gfp.GFP_NOWAIT | Gfp.__GFP_COMP,
        Gfp.GFP_NOWAIT | Gfp.__GFP_RECLAIMABLE,
        Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_NOWARN,
        Gfp.GFP_TRANSHUGE_LIGHT
    };
    private static final int HELD_MAX = 60;
    private static final int PLACES = 40;

    /** How something is given back. */
    private enum Kind {
        BLOCK,
        EXACT,
        RANGE
    }

    /** What one user has, and can hand over. */
    record Held(Kind kind, long pfn, int order, long pages) {}

    private final BuddyAllocator pages;
    private final OwnedFrames owned;
    private final MovableCache cache;
    private final Queue<Held> others;
    private final SplittableRandom random;
    private final int steps;
    private final long firstPfn;
    private final List<Held> held = new ArrayList<>();
    private final List<Long> references = new ArrayList<>();

    StormUser(Storm storm, SplittableRandom random, int steps) {
        pages = storm.pages;
        owned = storm.owned;
        cache = storm.cache;
        others = storm.handedOver;
        firstPfn = storm.pages.zones().map().firstPfn();
        this.random = random;
        this.steps = steps;
    }

    @Override
    public void run() {
        for (int step = 0; step < steps; step++) {
            int kind = random.nextInt(100);
            if (kind < 40 && held.size() < HELD_MAX) {
                take(kind);
            } else if (kind < 70) {
                giveOne();
            } else if (kind < 80) {
                handOver();
            } else if (kind < 90) {
                reference();
            } else if (kind < 95) {
                splitOne();
            } else if (kind < 98 && random.nextBoolean()) {
                cache.add(random.nextInt(4));
            } else {
                cache.removeAny();
            }
        }
        held.forEach(this::give);
        references.forEach(pages::putPage);
    }

    private void take(int kind) {
        switch (kind) {
            case 0, 1 -> takeExact();
            case 2, 3 -> takeBulk();
            case 4 -> takeRange();
            default -> {
                int order = random.nextInt(4) == 0 ? random.nextInt(11) : random.nextInt(3);
                long pfn = pages.allocPages(anyGfp(), order);
                hold(Kind.BLOCK, pfn, order, PageFrame.pages(order));
            }
        }
    }

    private int anyGfp() {
        return GFPS[random.nextInt(GFPS.length)];
    }

    private void hold(Kind kind, long pfn, int order, long count) {
        if (pfn != NONE) {
            owned.take(pfn, count);
            held.add(new Held(kind, pfn, order, count));
        }
    }

    private void takeExact() {
        long count = 1 + random.nextInt(40);
        hold(Kind.EXACT, pages.allocPagesExact(count * PageFrame.PAGE_SIZE, Gfp.GFP_NOWAIT), 0, count);
    }

    private void takeBulk() {
        long[] places = new long[1 + random.nextInt(PLACES)];
        pages.allocPagesBulk(Gfp.GFP_NOWAIT, 0, places);
        for (long pfn : places) {
            hold(Kind.BLOCK, pfn, 0, 1);
        }
    }

    private void takeRange() {
        ZoneExtent extent = anyZone();
        int start = (extent.startFrame() + PAGEBLOCK_NR_PAGES - 1) & -PAGEBLOCK_NR_PAGES;
        int end = extent.endFrame() & -PAGEBLOCK_NR_PAGES;
        if (start < end) {
            int from = start + random.nextInt(end - start);
            int to = Math.min(end, from + 1 + random.nextInt(700));
            if (pages.allocContigRange(firstPfn + from, firstPfn + to, Gfp.GFP_TRANSHUGE_LIGHT)) {
                hold(Kind.RANGE, firstPfn + from, 0, to - from);
            }
        }
    }

    private ZoneExtent anyZone() {
        List<Zone> zones = pages.zones().populated();
        return zones.get(random.nextInt(zones.size())).extent();
    }

    private void giveOne() {
        if (!held.isEmpty()) {
            give(held.remove(random.nextInt(held.size())));
        }
    }

    void give(Held what) {
        owned.give(what.pfn, what.pages);
        switch (what.kind) {
            case BLOCK -> pages.freePages(what.pfn, what.order);
            case EXACT -> pages.freePagesExact(what.pfn, what.pages * PageFrame.PAGE_SIZE);
            case RANGE -> pages.freeContigRange(what.pfn, what.pages);
        }
    }

    private void handOver() {
        Held mine = held.isEmpty() ? null : held.getLast();
        if (mine != null && random.nextBoolean() && others.offer(mine)) {
            held.removeLast();
            return;
        }
        Held theirs = others.poll();
        if (theirs != null) {
            give(theirs);
        }
    }

    /** A reference on whatever is at a frame; put down some time later. */
    private void reference() {
        if (references.size() > 3 || (!references.isEmpty() && random.nextBoolean())) {
            pages.putPage(references.remove(random.nextInt(references.size())));
        } else {
            ZoneExtent extent = anyZone();
            long pfn = firstPfn + random.nextInt(extent.startFrame(), extent.endFrame());
            if (pages.tryGetPage(pfn)) {
                references.add(pfn);
            }
        }
    }

    /** Refused when a stranger has a reference, or when the block is compound. */
    private void splitOne() {
        if (held.isEmpty() || held.getLast().kind != Kind.BLOCK || held.getLast().order > 4) {
            return;
        }
        Held block = held.getLast();
        int order = 0;
        try {
            if (random.nextBoolean()) {
                pages.splitPage(block.pfn, block.order);
            } else {
                order = random.nextInt(block.order + 1);
                pages.splitCompound(block.pfn, order);
            }
        } catch (BadPageException refused) {
            return;
        }
        held.removeLast();
        for (long pfn = block.pfn; pfn < block.pfn + block.pages; pfn += PageFrame.pages(order)) {
            held.add(new Held(Kind.BLOCK, pfn, order, PageFrame.pages(order)));
        }
    }
}
