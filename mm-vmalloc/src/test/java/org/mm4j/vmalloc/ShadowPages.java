package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Who has each page of an address space, kept apart from what is tested: free, taken by someone, or given back and not
 * flushed. Whoever is handed a page that is not free has found a mistake.
 */
final class ShadowPages implements RangeFlush {
    private static final int FREE = 0;
    private static final int STALE = -1;

    private final long start;
    private final AtomicIntegerArray owners;

    ShadowPages(long start, int pages) {
        this.start = start;
        owners = new AtomicIntegerArray(pages);
    }

    /** The owner, 1 or more, is handed some addresses. */
    void take(long from, long until, int owner) {
        change(from, until, FREE, owner);
    }

    /** The owner gives them back. */
    void give(long from, long until, int owner) {
        change(from, until, owner, STALE);
    }

    /** Whether all of it is the owner's. */
    boolean isOf(long from, long until, int owner) {
        for (int page = page(from); page < page(until); page++) {
            if (owners.get(page) != owner) {
                return false;
            }
        }
        return true;
    }

    private void change(long from, long until, int before, int after) {
        for (int page = page(from); page < page(until); page++) {
            int was = owners.compareAndExchange(page, before, after);
            if (was != before) {
                throw new AssertionError("page " + page + " of " + FreeRanges.name(from, until) + " was " + was
                        + ", not " + before + "; it should have become " + after);
            }
        }
    }

    /** What is stale is free, what is taken stays so. */
    @Override
    public void flush(long from, long until) {
        for (int page = page(from); page < page(until); page++) {
            owners.compareAndSet(page, STALE, FREE);
        }
    }

    private int page(long address) {
        return (int) ((address - start) >>> PAGE_SHIFT);
    }
}
