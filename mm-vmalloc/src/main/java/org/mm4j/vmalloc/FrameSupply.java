package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.NONE;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/**
 * The frames of areas. They are taken in the largest blocks that fit, as adjacent frames cost one mapping of the host
 * together, and split into single frames, so that each can be given back by itself.
 *
 * <pre>
 *   13 pages:   order 3   order 2   order 0        each order is tried until it fails once;
 *               xxxxxxxx  xxxx      x              then in bulks of 100, then one by one
 * </pre>
 *
 * <p>Any thread may call any method. In Linux 6.18: mm/vmalloc.c, vm_area_alloc_pages(). Differs: 6.18 takes single pages
 * where it takes no huge ones; later versions try larger blocks first, too.
 */
final class FrameSupply {
    /** The largest number of frames in one bulk request. */
    private static final int BULK_MAX = 100;

    /** What keeps a request for a block from trying hard: there are smaller ones. */
    private static final int EAGER = Gfp.__GFP_DIRECT_RECLAIM | Gfp.__GFP_RETRY_MAYFAIL | Gfp.__GFP_HIGH;

    private final PageAllocator pages;
    private final PhysicalMemory memory;
    private final KernelLog log;
    private final int orderMax;
    private final AtomicLong pagesTaken = new AtomicLong();

    /** Blocks of up to {@code orderMax}; 0: only single frames. */
    FrameSupply(PageAllocator pages, PhysicalMemory memory, KernelLog log, int orderMax) {
        this.pages = pages;
        this.memory = memory;
        this.log = log;
        this.orderMax = orderMax;
    }

    PageAllocator pages() {
        return pages;
    }

    /** Frames of all areas. In Linux: nr_vmalloc_pages. */
    long pagesTaken() {
        return pagesTaken.get();
    }

    /** Fills the frames of an area as far as there are any. The area's count says how far, even when a request throws. */
    void take(VmStruct vm, int gfp, int nid) {
        takeBlocks(vm, gfp, nid);
        takeBulks(vm, gfp, nid);
        while (vm.pages() < vm.pfns().length && add(vm, pages.allocPages(gfp, 0, nid), 0)) {
            assert vm.pages() > 0;
        }
    }

    /** Fills the frames of an area with huge blocks only. */
    void takeHuge(VmStruct vm, int gfp, int nid) {
        int quiet = gfp | Gfp.__GFP_NOWARN;
        int order = PageFrame.PAGEBLOCK_ORDER;
        while (vm.pages() < vm.pfns().length && add(vm, pages.allocPages(quiet, order, nid), order)) {
            assert vm.pages() % PageFrame.pages(order) == 0;
        }
    }

    private void takeBlocks(VmStruct vm, int gfp, int nid) {
        int light = (gfp & ~EAGER) | Gfp.__GFP_NORETRY | Gfp.__GFP_NOWARN;
        int order = orderMax;
        while (order > 0) {
            int left = vm.pfns().length - vm.pages();
            order = Math.min(order, Integer.SIZE - 1 - Integer.numberOfLeadingZeros(left));
            if (order > 0 && !add(vm, pages.allocPages(light, order, nid), order)) {
                order--;
            }
        }
    }

    private void takeBulks(VmStruct vm, int gfp, int nid) {
        int asked;
        int got;
        do {
            asked = Math.min(BULK_MAX, vm.pfns().length - vm.pages());
            if (asked < 2) {
                return;
            }
            long[] bulk = new long[asked];
            Arrays.fill(bulk, NONE);
            got = pages.allocPagesBulk(gfp, nid, bulk);
            System.arraycopy(bulk, 0, vm.pfns(), vm.pages(), got);
            vm.setPages(vm.pages() + got);
            pagesTaken.addAndGet(got);
        } while (got == asked);
    }

    private boolean add(VmStruct vm, long pfn, int order) {
        if (pfn == NONE) {
            return false;
        }
        if (order > 0) {
            pages.splitPage(pfn, order);
        }
        int count = PageFrame.pages(order);
        for (int page = 0; page < count; page++) {
            vm.pfns()[vm.pages() + page] = pfn + page;
        }
        vm.setPages(vm.pages() + count);
        pagesTaken.addAndGet(count);
        return true;
    }

    /** The frames of an area that the caller of vmap() gives to it. */
    void adopt(VmStruct vm) {
        vm.setPages(vm.pfns().length);
        pagesTaken.addAndGet(vm.pages());
    }

    /** Zeroes all frames of an area. */
    void zero(VmStruct vm) {
        long[] pfns = vm.pfns();
        int from = 0;
        for (int at = 1; at <= vm.pages(); at++) {
            if (at == vm.pages() || pfns[at] != pfns[at - 1] + 1) {
                memory.zero(pfns[from] << PAGE_SHIFT, (long) (at - from) << PAGE_SHIFT);
                from = at;
            }
        }
    }

    /** Zeroes some bytes of an area, whether it is mapped or not. */
    void zero(VmStruct vm, long from, long to) {
        for (long at = from; at < to; ) {
            long next = Math.min(to, (at | PageFrame.PAGE_SIZE - 1) + 1);
            long pfn = vm.pfns()[(int) (at >>> PAGE_SHIFT)];
            memory.zero((pfn << PAGE_SHIFT) + at % PageFrame.PAGE_SIZE, next - at);
            at = next;
        }
    }

    /** Gives the frames of an area back. One that somebody else has given back already is told to the log. */
    void giveBack(VmStruct vm) {
        for (int page = 0; page < vm.pages(); page++) {
            try {
                pages.freePages(vm.pfns()[page], 0);
            } catch (BadPageException e) {
                log.warn("vmalloc: a page of the area at 0x"
                        + Long.toHexString(vm.area().start()) + " is not the area's any more: " + e.getMessage());
            }
        }
        pagesTaken.addAndGet(-vm.pages());
        vm.setPages(0);
    }
}
