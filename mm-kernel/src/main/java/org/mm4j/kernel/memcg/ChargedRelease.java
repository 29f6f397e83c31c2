package org.mm4j.kernel.memcg;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.MemoryAccounting.Kind;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/**
 * How references of charged pages are given back, and who is uncharged then.
 *
 * <pre>
 *   the last reference:  take the payer out;  give back;  refused: note him again;  else uncharge
 *   one of several:      give back
 * </pre>
 *
 * <p>Who gives the last reference back must be known before he does it, as the page is somebody else's the moment after. Who
 * sees one reference has the last one: only those who hold one drop one. Those who see more go one after another, under a
 * lock, and look again. A reference that somebody takes by {@link PageAllocator#tryGetPage} between look and drop outlives
 * the charge.
 *
 * <p>For all threads. In Linux 6.18: mm/page_alloc.c, free_pages_prepare().
 */
final class ChargedRelease {
    private final PageAllocator behind;
    private final PageCharges charges;
    private final Kind kind;

    ChargedRelease(PageAllocator behind, PageCharges charges, Kind kind) {
        this.behind = behind;
        this.charges = charges;
        this.kind = kind;
    }

    /** The reference of whoever took the block. */
    void freePages(long pfn, int order) {
        boolean isLocked = charges.lockIf(behind.pageCount(pfn) > 1);
        try {
            freeCharged(pfn, order);
        } finally {
            charges.unlockIf(isLocked);
        }
    }

    /** The last reference gives all frames back; one of several gives none back, or all but the first. */
    private void freeCharged(long pfn, int order) {
        int pages = PageFrame.pages(order);
        boolean isLast = behind.pageCount(pfn) <= 1;
        boolean leavesFirst = !isLast && order > 0 && behind.pageCount(pfn + 1) == 0; // not compound
        int from = isLast ? 0 : leavesFirst ? 1 : pages;
        ObjCgroup payer = charges.payer(pfn);
        int taken = charges.run(pfn, pages) < pages ? 0 : charges.take(pfn + from, pages - from, payer);
        boolean isFreed = false;
        try {
            behind.freePages(pfn, order);
            isFreed = true;
        } finally {
            settle(payer, pfn + from, pages - from, taken, isFreed);
        }
    }

    /** Some references of a block. */
    void putPage(long pfn, int references) {
        boolean isLocked = charges.lockIf(behind.pageCount(pfn) > references);
        try {
            putCharged(pfn, references);
        } finally {
            charges.unlockIf(isLocked);
        }
    }

    private void putCharged(long pfn, int references) {
        long head = behind.blockHead(pfn);
        int pages = behind.pageCount(pfn) <= references ? pagesOfBlock(head) : 0;
        ObjCgroup payer = charges.payer(head);
        int taken = charges.take(head, pages, payer);
        boolean isFreed = false;
        try {
            behind.putPage(pfn, references);
            isFreed = true;
        } finally {
            settle(payer, head, pages, taken, isFreed);
        }
    }

    private int pagesOfBlock(long head) {
        int most = charges.run(head, PageFrame.MAX_ORDER_NR_PAGES);
        int pages = 0;
        while (pages < most && behind.blockHead(head + pages) == head) {
            pages++;
        }
        return pages;
    }

    /** Each frame has its own references; those that others hold too stay with them, and stay charged. */
    void freePagesExact(long pfn, long bytesTaken) {
        int pages = (int) Math.min(PageFrame.MAX_ORDER_NR_PAGES, PageFrame.pagesFor(Math.max(0, bytesTaken)));
        ObjCgroup payer = charges.payer(pfn);
        if (payer == null || charges.run(pfn, pages) < pages) {
            behind.freePagesExact(pfn, bytesTaken);
            return;
        }
        int[] taken = new int[pages];
        boolean isLocked = charges.lockIf(true);
        try {
            for (int page = 0; page < pages; page++) {
                taken[page] = behind.pageCount(pfn + page) == 1 ? charges.take(pfn + page, 1, payer) : 0;
            }
            boolean isFreed = false;
            try {
                behind.freePagesExact(pfn, bytesTaken);
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
        if (!isFreed && behind.pageCount(behind.blockHead(pfn)) == 0) {
            over += charges.take(pfn, pages, payer); // its owner has freed it while it was nobody's here
        }
        if (over > 0) {
            payer.uncharge(kind, (long) over << PageFrame.PAGE_SHIFT);
        }
    }
}
