package org.mm4j.kernel.memcg;

import static org.mm4j.api.PageFrame.NONE;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.ForwardingPages;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.MemoryAccounting.Kind;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/**
 * A page allocator whose {@code __GFP_ACCOUNT} requests are charged, in front of another one. Requests without that flag,
 * and pages that nobody pays for, cost one look.
 *
 * <pre>
 *   take       charge the group;  take;  no page: uncharge               else note the payer with each frame
 *   give back  the last reference: take the payer out;  give back;       refused: note him again
 *                                                                        else uncharge
 * </pre>
 *
 * <p>Who gives the last reference back must be known before he does it, as the page is somebody else's the moment after. Who
 * sees one reference has the last one: only those who hold one drop one. Those who see more go one after another, under a
 * lock, and look again. A reference that somebody takes by {@link #tryGetPage} between look and drop outlives the charge.
 *
 * <p>For all threads. In Linux 6.18: mm/page_alloc.c, __alloc_frozen_pages_noprof(), free_pages_prepare(); mm/memcontrol.c,
 * __memcg_kmem_charge_page(). Differs: it is charged before the page is taken.
 */
final class ChargedPages extends ForwardingPages {
    private final PageCharges charges;
    private final MemoryCgroups cgroups;
    private final Kind kind;
    private final GfpContext context;

    ChargedPages(PageAllocator pages, PageCharges charges, MemoryCgroups cgroups, Kind kind, GfpContext context) {
        super(pages);
        this.charges = charges;
        this.cgroups = cgroups;
        this.kind = kind;
        this.context = context;
    }

    private @Nullable ObjCgroup payer(int gfp) {
        return (gfp & Gfp.__GFP_ACCOUNT) == 0 ? null : cgroups.objCgroup();
    }

    private static long bytes(long pages) {
        return pages << PageFrame.PAGE_SHIFT;
    }

    // Taking.

    @Override
    public long allocPages(int gfp, int order, int nid) {
        ObjCgroup payer = order < 0 || order > PageFrame.MAX_PAGE_ORDER ? null : payer(gfp);
        return payer == null ? super.allocPages(gfp, order, nid) : allocCharged(payer, gfp, order, nid);
    }

    private long allocCharged(ObjCgroup payer, int gfp, int order, int nid) {
        long bytes = bytes(PageFrame.pages(order));
        if (!payer.tryCharge(kind, bytes, context.effective(gfp))) {
            return NONE;
        }
        long pfn = NONE;
        try {
            pfn = super.allocPages(gfp, order, nid);
        } finally {
            if (pfn == NONE) {
                payer.uncharge(kind, bytes);
            }
        }
        if (pfn != NONE) {
            charges.put(pfn, PageFrame.pages(order), payer);
        }
        return pfn;
    }

    @Override
    public long allocPagesExact(long bytesWanted, int gfp) {
        boolean isLegal = bytesWanted > 0 && bytesWanted <= bytes(PageFrame.MAX_ORDER_NR_PAGES);
        ObjCgroup payer = isLegal ? payer(gfp) : null;
        if (payer == null) {
            return super.allocPagesExact(bytesWanted, gfp);
        }
        int pages = (int) PageFrame.pagesFor(bytesWanted);
        if (!payer.tryCharge(kind, bytes(pages), context.effective(gfp))) {
            return NONE;
        }
        long pfn = NONE;
        try {
            pfn = super.allocPagesExact(bytesWanted, gfp);
        } finally {
            if (pfn == NONE) {
                payer.uncharge(kind, bytes(pages));
            }
        }
        if (pfn != NONE) {
            charges.put(pfn, pages, payer);
        }
        return pfn;
    }

    /** Charged pages are taken one by one, and one a call. */
    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        ObjCgroup payer = payer(gfp);
        if (payer == null) {
            return super.allocPagesBulk(gfp, nid, pfns);
        }
        int first = filledFrom(pfns, 0);
        if (first == pfns.length) {
            return super.allocPagesBulk(gfp, nid, pfns); // nothing to take, but something to check
        }
        pfns[first] = allocCharged(payer, gfp, 0, nid);
        return filledFrom(pfns, first);
    }

    private static int filledFrom(long[] pfns, int from) {
        int at = from;
        while (at < pfns.length && pfns[at] != NONE) {
            at++;
        }
        return at;
    }

    // Giving back.

    @Override
    public void freePages(long pfn, int order) {
        if (charges.payer(pfn) == null || pageCount(pfn) == 0 || order < 0 || order > PageFrame.MAX_PAGE_ORDER) {
            super.freePages(pfn, order);
            return;
        }
        boolean isLocked = charges.lockIf(pageCount(pfn) > 1);
        try {
            freeCharged(pfn, order);
        } finally {
            charges.unlockIf(isLocked);
        }
    }

    /** The last reference gives all frames back; one of several gives none back, or all but the first. */
    private void freeCharged(long pfn, int order) {
        int pages = PageFrame.pages(order);
        boolean isLast = pageCount(pfn) <= 1;
        boolean leavesFirst = !isLast && order > 0 && pageCount(pfn + 1) == 0; // not compound
        int from = isLast ? 0 : leavesFirst ? 1 : pages;
        ObjCgroup payer = charges.payer(pfn);
        int taken = charges.run(pfn, pages) < pages ? 0 : charges.take(pfn + from, pages - from, payer);
        boolean isFreed = false;
        try {
            super.freePages(pfn, order);
            isFreed = true;
        } finally {
            settle(payer, pfn + from, pages - from, taken, isFreed);
        }
    }

    @Override
    public void putPage(long pfn) {
        if (charges.payer(pfn) == null) {
            super.putPage(pfn);
        } else {
            putPage(pfn, 1);
        }
    }

    @Override
    public void putPage(long pfn, int references) {
        if (charges.payer(pfn) == null || pageCount(pfn) == 0) {
            super.putPage(pfn, references);
            return;
        }
        boolean isLocked = charges.lockIf(pageCount(pfn) > references);
        try {
            putCharged(pfn, references);
        } finally {
            charges.unlockIf(isLocked);
        }
    }

    private void putCharged(long pfn, int references) {
        long head = blockHead(pfn);
        int pages = pageCount(pfn) <= references ? pagesOfBlock(head) : 0;
        ObjCgroup payer = charges.payer(head);
        int taken = charges.take(head, pages, payer);
        boolean isFreed = false;
        try {
            super.putPage(pfn, references);
            isFreed = true;
        } finally {
            settle(payer, head, pages, taken, isFreed);
        }
    }

    private int pagesOfBlock(long head) {
        int most = charges.run(head, PageFrame.MAX_ORDER_NR_PAGES);
        int pages = 0;
        while (pages < most && blockHead(head + pages) == head) {
            pages++;
        }
        return pages;
    }

    /** Each frame has its own references; those that others hold too stay with them, and stay charged. */
    @Override
    public void freePagesExact(long pfn, long bytesTaken) {
        int pages = (int) Math.min(PageFrame.MAX_ORDER_NR_PAGES, PageFrame.pagesFor(Math.max(0, bytesTaken)));
        ObjCgroup payer = charges.payer(pfn);
        if (payer == null || charges.run(pfn, pages) < pages) {
            super.freePagesExact(pfn, bytesTaken);
            return;
        }
        int[] taken = new int[pages];
        boolean isLocked = charges.lockIf(true);
        try {
            for (int page = 0; page < pages; page++) {
                taken[page] = pageCount(pfn + page) == 1 ? charges.take(pfn + page, 1, payer) : 0;
            }
            boolean isFreed = false;
            try {
                super.freePagesExact(pfn, bytesTaken);
                isFreed = true;
            } finally {
                for (int page = 0; page < pages; page++) {
                    settle(payer, pfn + page, 1, taken[page], isFreed);
                }
            }
        } finally {
            charges.unlockIf(isLocked);
        }
    }

    /** Of what was taken out: it is uncharged, or the frames are paid for again. */
    private void settle(@Nullable ObjCgroup payer, long pfn, int pages, int taken, boolean isFreed) {
        if (payer == null || taken == 0) {
            return;
        }
        int over = isFreed ? taken : charges.putBack(pfn, pages, taken, payer);
        if (!isFreed && pageCount(blockHead(pfn)) == 0) {
            over += charges.take(pfn, pages, payer); // its owner has freed it while it was nobody's here
        }
        if (over > 0) {
            payer.uncharge(kind, bytes(over));
        }
    }
}
