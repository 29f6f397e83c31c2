package org.mm4j.buddy;

import java.util.BitSet;
import java.util.concurrent.locks.ReentrantLock;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.trace.Tracepoints;

/**
 * Frames that are kept for large contiguous requests, and that movable pages may use until such a request comes.
 *
 * <pre>
 *   pageblocks of type CMA     [ m.m. | .... | mm.. | m.m. ]       m  movable pages of anybody
 *   bits, 2^orderPerBit pages    0 0    0 0    0 0    0 0
 *                                         alloc(count)
 *                              [ m.m. | m.mm | AAAA | AAm. ]       moved away, then taken
 *                                0 0    0 0    1 1    1 0
 * </pre>
 *
 * <p>Any thread may call any method; requests come one after the other, as each may move pages.
 *
 * <p>In Linux 6.18: mm/cma.c. Differs: an area is declared in a running allocator, and has one range; frames that movable
 * pages borrow cannot be released.
 */
public final class CmaArea {
    private static final int ENOMEM = -12;
    private static final int EBUSY = -16;

    private final BuddyAllocator buddy;
    private final Tracepoints trace;
    private final String name;
    private final long startPfn;
    private final long pages;
    private final int orderPerBit;
    private final RateLimit limit = new RateLimit(System::nanoTime);

    /** One bit for 2^{@link #orderPerBit} pages; guarded by itself. In Linux: cma-&gt;lock. */
    private final BitSet taken = new BitSet();

    /** In Linux: cma-&gt;alloc_mutex. */
    private final ReentrantLock moving = new ReentrantLock();

    private CmaArea(BuddyAllocator buddy, String name, long startPfn, long pages, int orderPerBit) {
        this.buddy = buddy;
        trace = buddy.trace();
        this.name = name;
        this.startPfn = startPfn;
        this.pages = pages;
        this.orderPerBit = orderPerBit;
    }

    /**
     * Makes free frames, and those of movable pages, into an area. In Linux: cma_init_reserved_mem().
     *
     * @param startPfn the first of whole pageblocks
     * @param pages so many that the pageblocks are whole
     * @param orderPerBit requests are rounded up to blocks of this order, 0 to 10
     * @throws IllegalArgumentException when the range is empty or not aligned, or the order is outside its range
     * @throws IllegalStateException when somebody has frames of the range who cannot move
     */
    public static CmaArea declare(BuddyAllocator buddy, String name, long startPfn, long pages, int orderPerBit) {
        boolean isAligned = (startPfn | pages) % PageFrame.PAGEBLOCK_NR_PAGES == 0;
        if (pages <= 0 || !isAligned || orderPerBit < 0 || orderPerBit > PageFrame.MAX_PAGE_ORDER) {
            throw new IllegalArgumentException("CMA area " + name + " is refused: " + pages + " pages from pfn "
                    + startPfn + " in blocks of order " + orderPerBit + "; it has whole pageblocks of "
                    + PageFrame.PAGEBLOCK_NR_PAGES + " pages, and an order of 0 to " + PageFrame.MAX_PAGE_ORDER);
        }
        CmaArea area = new CmaArea(buddy, name, startPfn, pages, orderPerBit);
        if (!buddy.allocContigRange(startPfn, startPfn + pages, Gfp.GFP_KERNEL)) {
            String pin = buddy.blocks().pin(startPfn, startPfn + pages);
            throw new IllegalStateException("CMA area " + name + " is refused: pfn " + startPfn + " to "
                    + (startPfn + pages) + " has frames that cannot be emptied" + (pin.isEmpty() ? "" : "; " + pin));
        }
        buddy.makeCma(startPfn, startPfn + pages);
        buddy.freeContigRange(startPfn, pages);
        return area;
    }

    /** For reports. */
    public String name() {
        return name;
    }

    /** Its first frame. */
    public long startPfn() {
        return startPfn;
    }

    /** How many frames it has. */
    public long pages() {
        return pages;
    }

    /** Pages that nobody has by {@link #alloc}. */
    public long pagesAvailable() {
        synchronized (taken) {
            return pages - ((long) taken.cardinality() << orderPerBit);
        }
    }

    /**
     * Takes contiguous frames, each of order 0 with one reference; movable pages in them are moved away. A place that
     * cannot be emptied is passed over. When there is no other, the log says who holds it.
     *
     * @param count how many; 0 gets none
     * @param alignOrder the first pfn is a multiple of 2^{@code alignOrder}
     * @return the first frame, or {@link PageFrame#NONE}
     */
    public long alloc(long count, int alignOrder) {
        return alloc(count, alignOrder, false);
    }

    /**
     * {@link #alloc(long, int)}.
     *
     * @param isQuiet whether the log is spared when it fails. In Linux: no_warn
     */
    public long alloc(long count, int alignOrder, boolean isQuiet) {
        long pfn = count <= 0 ? PageFrame.NONE : tracedAlloc(count, alignOrder);
        if (pfn == PageFrame.NONE && count > 0 && !isQuiet && limit.passes()) {
            buddy.blocks().log().warn(failure(count));
        }
        return pfn;
    }

    private String failure(long count) {
        String pin = buddy.blocks().pin(startPfn, startPfn + pages);
        return "cma: alloc of " + name + " failed, req-size: " + count + " pages, " + pagesAvailable() + " of " + pages
                + " are not taken" + (pin.isEmpty() ? "" : "; the first that is pinned: " + pin);
    }

    private long tracedAlloc(long count, int alignOrder) {
        trace.cmaAllocStart(name, count, pagesAvailable(), pages, alignOrder);
        return count > pages ? finish(PageFrame.NONE, count, alignOrder, ENOMEM) : find(count, alignOrder);
    }

    private long finish(long pfn, long count, int alignOrder, int error) {
        trace.cmaAllocFinish(name, pfn, count, alignOrder, error);
        return pfn;
    }

    private long find(long count, int alignOrder) {
        int bits = bits(count);
        long align = 1L << Math.max(alignOrder, orderPerBit);
        int from = 0;
        int error = ENOMEM;
        while (true) {
            int bit = take(from, bits, align);
            if (bit < 0) {
                return finish(PageFrame.NONE, count, alignOrder, error);
            }
            if (empty(pfn(bit), count, bit, bits)) {
                return finish(pfn(bit), count, alignOrder, 0);
            }
            trace.cmaAllocBusyRetry(name, pfn(bit), count, alignOrder);
            error = EBUSY;
            from = bit + (int) Math.max(1, align >> orderPerBit);
        }
    }

    /** Whether the range is the caller's; if not, or if it throws, its bits are clear again. */
    private boolean empty(long pfn, long count, int bit, int bits) {
        boolean isTaken = false;
        moving.lock();
        try {
            isTaken = buddy.allocContigRange(pfn, pfn + count, Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN);
            return isTaken;
        } finally {
            moving.unlock();
            if (!isTaken) {
                clear(bit, bits);
            }
        }
    }

    /** Marks the first row of clear bits from {@code from} on; −1 when there is none. */
    private int take(int from, int bits, long align) {
        synchronized (taken) {
            int end = (int) (pages >> orderPerBit);
            int bit = from;
            while (true) {
                bit = aligned(taken.nextClearBit(bit), align);
                if (bit + bits > end) {
                    return -1;
                }
                int next = taken.nextSetBit(bit);
                if (next < 0 || next >= bit + bits) {
                    taken.set(bit, bit + bits);
                    return bit;
                }
                bit = next;
            }
        }
    }

    private int aligned(int bit, long align) {
        long pfn = (pfn(bit) + align - 1) & -align;
        return (int) ((pfn - startPfn) >> orderPerBit);
    }

    private long pfn(int bit) {
        return startPfn + ((long) bit << orderPerBit);
    }

    private int bits(long count) {
        return (int) ((count + (1L << orderPerBit) - 1) >> orderPerBit);
    }

    private void clear(int bit, int bits) {
        synchronized (taken) {
            taken.clear(bit, bit + bits);
        }
    }

    /**
     * Gives back what {@link #alloc} gave.
     *
     * @return false when the frames are not of this area, or {@link #alloc} has not given them: nothing has changed
     * @throws org.mm4j.api.BadPageException when one of them is free; nothing has changed
     */
    public boolean release(long pfn, long count) {
        boolean isInside = count > 0 && count <= pages && pfn >= startPfn && pfn - startPfn <= pages - count;
        int bit = isInside ? (int) ((pfn - startPfn) >> orderPerBit) : 0;
        if (!isInside || pfn(bit) != pfn || !areTaken(bit, bits(count))) {
            return false;
        }
        buddy.freeContigRange(pfn, count);
        clear(bit, bits(count));
        trace.cmaRelease(name, pfn, count);
        return true;
    }

    private boolean areTaken(int bit, int bits) {
        synchronized (taken) {
            return taken.nextClearBit(bit) >= bit + bits;
        }
    }
}
