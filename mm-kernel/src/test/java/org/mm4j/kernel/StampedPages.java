package org.mm4j.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.mm4j.api.Gfp;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.PageFrame;

/** Single pages that may be moved at any time, each with a stamp at its start and at its end. */
final class StampedPages implements MovableOwner {
    static final int GFP = Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_NOWARN | Gfp.__GFP_NORETRY;
    private static final long LAST = PageFrame.PAGE_SIZE - Long.BYTES;

    /** A page; its lock is held while it moves or goes. */
    static final class Page {
        final long stamp;
        private long pfn;

        Page(long stamp, long pfn) {
            this.stamp = stamp;
            this.pfn = pfn;
        }
    }

    final AtomicLong moves = new AtomicLong();
    private final AtomicLong stamps = new AtomicLong(1);
    private final ConcurrentHashMap<Long, Page> byPfn = new ConcurrentHashMap<>();
    private final Kernel kernel;
    private final MemorySegment map;
    private final int number;

    StampedPages(Kernel kernel) {
        this.kernel = kernel;
        map = kernel.memory().directMap();
        number = kernel.buddy().registerOwner(this);
    }

    /** A page, or null when there is none. */
    Page take() {
        long pfn = kernel.pages().allocPages(GFP, 0);
        if (pfn == PageFrame.NONE) {
            return null;
        }
        Page page = new Page(stamps.getAndIncrement(), pfn);
        map.set(ValueLayout.JAVA_LONG, pfn * PageFrame.PAGE_SIZE, page.stamp);
        map.set(ValueLayout.JAVA_LONG, pfn * PageFrame.PAGE_SIZE + LAST, ~page.stamp);
        byPfn.put(pfn, page);
        kernel.buddy().setMovable(pfn, number);
        return page;
    }

    /** Gives a page back; whether its stamps were what they were. */
    boolean free(Page page) {
        synchronized (page) {
            long at = page.pfn * PageFrame.PAGE_SIZE;
            boolean isWhole = map.get(ValueLayout.JAVA_LONG, at) == page.stamp
                    && map.get(ValueLayout.JAVA_LONG, at + LAST) == ~page.stamp;
            byPfn.remove(page.pfn);
            kernel.pages().freePages(page.pfn, 0);
            page.pfn = PageFrame.NONE;
            return isWhole;
        }
    }

    @Override
    public boolean migratePage(long fromPfn, long toPfn, int order) {
        Page page = byPfn.get(fromPfn);
        if (page == null) {
            return false;
        }
        synchronized (page) {
            if (page.pfn != fromPfn) {
                return false;
            }
            MemorySegment.copy(
                    map, fromPfn * PageFrame.PAGE_SIZE, map, toPfn * PageFrame.PAGE_SIZE, PageFrame.PAGE_SIZE);
            byPfn.remove(fromPfn);
            byPfn.put(toPfn, page);
            page.pfn = toPfn;
        }
        moves.incrementAndGet();
        return true;
    }
}
