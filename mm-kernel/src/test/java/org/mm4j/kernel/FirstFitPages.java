package org.mm4j.kernel;

import java.util.Arrays;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/** A page allocator that somebody wrote for himself: one table, one lock, the first place that is free. */
final class FirstFitPages implements PageAllocator {
    private static final int FREE = 0;

    private final long first;

    /** By frame: 0 if it is free, else 1 + how far its block's head lies in front of it. */
    private final int[] distances;

    /** By head. */
    private final int[] orders;

    private final int[] references;

    /** All of {@code frames} frames from {@code first} on, a multiple of 1024. */
    FirstFitPages(long first, int frames) {
        this.first = first;
        distances = new int[frames];
        orders = new int[frames];
        references = new int[frames];
    }

    /** One block of the largest order, taken from another allocator. */
    static FirstFitPages within(PageAllocator zones) {
        long pfn = zones.allocPages(Gfp.GFP_KERNEL, PageFrame.MAX_PAGE_ORDER);
        return new FirstFitPages(pfn, PageFrame.MAX_ORDER_NR_PAGES);
    }

    @Override
    public synchronized long allocPages(int gfp, int order, int nid) {
        if (order < 0) {
            throw new IllegalArgumentException("an order is 0 or more, not " + order);
        }
        int pages = order > PageFrame.MAX_PAGE_ORDER ? Integer.MAX_VALUE : PageFrame.pages(order);
        for (int at = 0; at <= distances.length - pages; at += pages) {
            if (Arrays.stream(distances, at, at + pages).allMatch(distance -> distance == FREE)) {
                set(at, order);
                return first + at;
            }
        }
        return PageFrame.NONE;
    }

    private void set(int head, int order) {
        for (int page = 0; page < PageFrame.pages(order); page++) {
            distances[head + page] = 1 + page;
        }
        orders[head] = order;
        references[head] = 1;
    }

    private int head(long pfn) {
        int at = pfn < first || pfn >= first + distances.length ? -1 : (int) (pfn - first);
        if (at < 0 || distances[at] == FREE) {
            throw new BadPageException(pfn, "pfn " + pfn + " is refused: it is in no block in use");
        }
        return at - distances[at] + 1;
    }

    private int exactHead(long pfn, int order) {
        int head = head(pfn);
        if (first + head != pfn || orders[head] != order) {
            throw new BadPageException(pfn, "pfn " + pfn + " is refused: no block of order " + order + " begins there");
        }
        return head;
    }

    @Override
    public synchronized void freePages(long pfn, int order) {
        exactHead(pfn, order);
        putPage(pfn);
    }

    @Override
    public synchronized void putPage(long pfn) {
        int head = head(pfn);
        if (--references[head] == 0) {
            Arrays.fill(distances, head, head + PageFrame.pages(orders[head]), FREE);
        }
    }

    @Override
    public synchronized void getPage(long pfn) {
        references[head(pfn)]++;
    }

    @Override
    public synchronized boolean tryGetPage(long pfn) {
        if (pageCount(pfn) == 0) {
            return false;
        }
        getPage(pfn);
        return true;
    }

    @Override
    public synchronized int pageCount(long pfn) {
        boolean isMine = pfn >= first && pfn < first + distances.length;
        return !isMine || distances[(int) (pfn - first)] == FREE ? 0 : references[head(pfn)];
    }

    @Override
    public synchronized long blockHead(long pfn) {
        return pageCount(pfn) == 0 ? pfn : first + head(pfn);
    }

    @Override
    public synchronized void splitPage(long pfn, int order) {
        int head = exactHead(pfn, order);
        for (int page = 0; page < PageFrame.pages(order); page++) {
            set(head + page, 0);
        }
    }

    @Override
    public synchronized void splitCompound(long pfn, int newOrder) {
        int head = head(pfn);
        int order = orders[head];
        for (int page = 0; page < PageFrame.pages(order); page += PageFrame.pages(newOrder)) {
            set(head + page, newOrder);
        }
    }

    @Override
    public synchronized long allocPagesExact(long bytes, int gfp) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("exact pages have 1 byte or more, not " + bytes);
        }
        int order = PageFrame.order(bytes);
        long pfn = allocPages(gfp, order);
        if (pfn != PageFrame.NONE) {
            splitPage(pfn, order);
            for (long page = PageFrame.pagesFor(bytes); page < PageFrame.pages(order); page++) {
                putPage(pfn + page);
            }
        }
        return pfn;
    }

    @Override
    public synchronized void freePagesExact(long pfn, long bytes) {
        for (long page = 0; page < PageFrame.pagesFor(bytes); page++) {
            exactHead(pfn + page, 0);
        }
        for (long page = 0; page < PageFrame.pagesFor(bytes); page++) {
            putPage(pfn + page);
        }
    }

    @Override
    public synchronized int allocPagesBulk(int gfp, int nid, long[] pfns) {
        int filled = 0;
        while (filled < pfns.length && (pfns[filled] != PageFrame.NONE || (pfns[filled] = allocPages(gfp, 0)) != 0)) {
            filled++;
        }
        return filled;
    }

    @Override
    public int nodeOf(long pfn) {
        return 0;
    }
}
