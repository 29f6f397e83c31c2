package org.mm4j.lab.fragment;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import org.mm4j.api.Gfp;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.Kernel;

/**
 * Single pages in numbered places, that may be moved elsewhere at any time. Each page has its place's number in it, which is
 * looked at when the page is freed.
 *
 * <pre>
 *   place   EMPTY ---- fill ----> pfn ---- empty ----> EMPTY          by the thread that has the place
 *                                  |  ^
 *                                  v  |
 *                                MOVING                              by whoever compacts
 * </pre>
 *
 * <p>One thread has a place; any thread may move what is in it.
 */
final class StampedPages implements MovableOwner {
    private static final long EMPTY = PageFrame.NONE;
    private static final long MOVING = -1;
    private static final int NOWHERE = -1;
    private static final int GFP = Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_NOWARN;

    private final Kernel kernel;
    private final MemorySegment map;
    private final int owner;
    private final AtomicLongArray pfnAt;
    private final AtomicIntegerArray placeOf;

    StampedPages(Kernel kernel, int places) {
        this.kernel = kernel;
        map = kernel.memory().directMap();
        pfnAt = new AtomicLongArray(places);
        placeOf = new AtomicIntegerArray((int) (map.byteSize() >>> PageFrame.PAGE_SHIFT));
        for (int pfn = 0; pfn < placeOf.length(); pfn++) {
            placeOf.setPlain(pfn, NOWHERE);
        }
        owner = kernel.buddy().registerOwner(this);
    }

    /** Takes a page for an empty place; false: there is none. */
    boolean fill(int place) {
        long pfn = kernel.pages().allocPages(GFP, 0);
        if (pfn == PageFrame.NONE) {
            return false;
        }
        page(pfn).set(ValueLayout.JAVA_INT, 0, place);
        placeOf.set((int) pfn, place);
        pfnAt.set(place, pfn);
        kernel.buddy().setMovable(pfn, owner);
        return true;
    }

    /** Frees the page of a place, if it has one; false: what was in it is lost. */
    boolean empty(int place) {
        long pfn = leave(place);
        if (pfn == EMPTY) {
            return true;
        }
        boolean isWhole = page(pfn).get(ValueLayout.JAVA_INT, 0) == place;
        placeOf.set((int) pfn, NOWHERE);
        kernel.pages().freePages(pfn, 0);
        return isWhole;
    }

    private long leave(int place) {
        while (true) {
            long pfn = pfnAt.get(place);
            if (pfn != MOVING && pfnAt.compareAndSet(place, pfn, EMPTY)) {
                return pfn;
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public boolean migratePage(long fromPfn, long toPfn, int order) {
        int place = placeOf.get((int) fromPfn);
        if (place == NOWHERE || !pfnAt.compareAndSet(place, fromPfn, MOVING)) {
            return false;
        }
        page(toPfn).copyFrom(page(fromPfn));
        placeOf.set((int) fromPfn, NOWHERE);
        placeOf.set((int) toPfn, place);
        pfnAt.set(place, toPfn);
        return true;
    }

    private MemorySegment page(long pfn) {
        return map.asSlice(pfn << PageFrame.PAGE_SHIFT, PageFrame.PAGE_SIZE);
    }
}
