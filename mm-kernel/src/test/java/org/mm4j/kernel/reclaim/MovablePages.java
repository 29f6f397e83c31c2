package org.mm4j.kernel.reclaim;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.BuddyAllocator;

/** An owner of single pages that goes wherever it is asked to go, unless its mood is another. */
final class MovablePages implements MovableOwner {
    final Set<Long> pfns = ConcurrentHashMap.newKeySet();
    volatile MovableOwner mood = (_, _, _) -> true;
    private final BuddyAllocator buddy;
    private final int number;

    MovablePages(BuddyAllocator buddy) {
        this.buddy = buddy;
        number = buddy.registerOwner(this);
    }

    /** Takes all pages that there are, and frees every second one of them. */
    void scatter(int gfp) {
        for (long pfn = buddy.allocPages(gfp, 0); pfn != PageFrame.NONE; pfn = buddy.allocPages(gfp, 0)) {
            pfns.add(pfn);
        }
        for (long pfn : Set.copyOf(pfns)) {
            if (pfn % 2 == 0) {
                pfns.remove(pfn);
                buddy.freePages(pfn, 0);
            } else {
                buddy.setMovable(pfn, number);
            }
        }
    }

    @Override
    public boolean migratePage(long fromPfn, long toPfn, int order) {
        if (!mood.migratePage(fromPfn, toPfn, order)) {
            return false;
        }
        pfns.remove(fromPfn);
        pfns.add(toPfn);
        return true;
    }
}
