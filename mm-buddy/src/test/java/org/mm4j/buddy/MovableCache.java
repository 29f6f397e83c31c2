package org.mm4j.buddy;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.mm4j.api.Gfp;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.PageFrame;

/** Blocks that nobody names: their owner knows where they are, and moves them when a range is to be emptied. */
final class MovableCache implements MovableOwner {
    private final BuddyAllocator pages;
    private final OwnedFrames owned;
    private final int number;
    private final Map<Long, Integer> orderByPfn = new ConcurrentHashMap<>();

    MovableCache(BuddyAllocator pages, OwnedFrames owned) {
        this.pages = pages;
        this.owned = owned;
        number = pages.registerOwner(this);
    }

    void add(int order) {
        long pfn = pages.allocPages(Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_COMP | Gfp.__GFP_NOWARN, order);
        if (pfn != PageFrame.NONE) {
            owned.take(pfn, PageFrame.pages(order));
            pages.setMovable(pfn, number);
            orderByPfn.put(pfn, order);
        }
    }

    /** Whether there was a block to free. */
    boolean removeAny() {
        for (Iterator<Long> each = orderByPfn.keySet().iterator(); each.hasNext(); ) {
            long pfn = each.next();
            Integer order = orderByPfn.remove(pfn);
            if (order != null) {
                owned.give(pfn, PageFrame.pages(order));
                pages.freePages(pfn, order);
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean migratePage(long fromPfn, long toPfn, int order) {
        if (orderByPfn.remove(fromPfn) == null) {
            return false;
        }
        owned.give(fromPfn, PageFrame.pages(order));
        owned.take(toPfn, PageFrame.pages(order));
        orderByPfn.put(toPfn, order);
        return true;
    }
}
