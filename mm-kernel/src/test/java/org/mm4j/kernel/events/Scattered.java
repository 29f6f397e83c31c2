package org.mm4j.kernel.events;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.mm4j.api.Gfp;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.BuddyAllocator;

/** Every second page of a kernel, which goes elsewhere when it is asked to. So there is no block of two pages. */
final class Scattered implements MovableOwner {
    private static final int ALL = Gfp.__GFP_NOWARN | Gfp.__GFP_MOVABLE | Gfp.__GFP_MEMALLOC;

    private final BuddyAllocator buddy;
    private final Set<Long> pfns = ConcurrentHashMap.newKeySet();
    private volatile boolean isStubborn;

    Scattered(BuddyAllocator buddy) {
        this.buddy = buddy;
        int number = buddy.registerOwner(this);
        for (long pfn = buddy.allocPages(ALL, 0); pfn != PageFrame.NONE; pfn = buddy.allocPages(ALL, 0)) {
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

    /** From now on nothing moves. */
    void stay() {
        isStubborn = true;
    }

    @Override
    public boolean migratePage(long fromPfn, long toPfn, int order) {
        if (isStubborn) {
            return false;
        }
        pfns.remove(fromPfn);
        pfns.add(toPfn);
        return true;
    }

    void release() {
        pfns.forEach(pfn -> buddy.freePages(pfn, 0));
        pfns.clear();
    }
}
