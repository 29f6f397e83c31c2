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
 *   take       charge the group;  take;  no page: uncharge;  else note the payer with each frame
 *   give back  if somebody pays: see ChargedRelease
 * </pre>
 *
 * <p>For all threads. In Linux 6.18: mm/page_alloc.c, __alloc_frozen_pages_noprof(); mm/memcontrol.c,
 * __memcg_kmem_charge_page(). Differs: it is charged before the page is taken.
 */
final class ChargedPages extends ForwardingPages {
    private final PageCharges charges;
    private final MemoryCgroups cgroups;
    private final Kind kind;
    private final GfpContext context;
    private final ChargedRelease release;

    ChargedPages(PageAllocator pages, PageCharges charges, MemoryCgroups cgroups, Kind kind, GfpContext context) {
        super(pages);
        this.charges = charges;
        this.cgroups = cgroups;
        this.kind = kind;
        this.context = context;
        release = new ChargedRelease(pages, charges, kind);
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
        boolean isBad = order < 0 || order > PageFrame.MAX_PAGE_ORDER || pageCount(pfn) == 0;
        if (charges.payer(pfn) == null || isBad) {
            super.freePages(pfn, order);
        } else {
            release.freePages(pfn, order);
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
        } else {
            release.putPage(pfn, references);
        }
    }

    @Override
    public void freePagesExact(long pfn, long bytesTaken) {
        if (charges.payer(pfn) == null) {
            super.freePagesExact(pfn, bytesTaken);
        } else {
            release.freePagesExact(pfn, bytesTaken);
        }
    }
}
