package org.mm4j.slab;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/**
 * The requests of kmalloc that are too large for a cache: each gets a compound block of pages of its own. {@link
 * LargeTable} knows where they begin.
 *
 * <p>All methods may be called by any thread. Of two threads that free the same block, one is refused.
 *
 * <p>In Linux 6.18: mm/slub.c, ___kmalloc_large_node(), free_large_kmalloc(). Differs: the kernel marks the page,
 * PageLargeKmalloc, and does not notice two simultaneous frees; it counts the pages as they come and go, and here they are
 * counted when somebody asks.
 */
final class LargeBlocks {
    private final PageAllocator pages;
    private final PhysicalMemory memory;
    private final KernelLog log;
    private final long baseAddress;
    private final LargeTable table;
    private final int gfpAlways;
    private final boolean zeroesOnFree;

    LargeBlocks(SlabParts parts) {
        pages = parts.pages();
        memory = parts.memory();
        log = parts.config().log();
        baseAddress = memory.directMapAddress();
        zeroesOnFree = parts.config().zeroesOnFree();
        boolean isZero = parts.config().zeroesOnAlloc() || zeroesOnFree; // who had the pages before did not zero them
        gfpAlways = isZero ? Gfp.__GFP_ZERO : 0;
        table = new LargeTable(memory.bytes() >>> PAGE_SHIFT);
    }

    // Taking.

    /**
     * The address of a block of so many bytes, or 0.
     *
     * @param bytes not 0; taken as unsigned
     */
    long alloc(long bytes, int gfp, int nid) {
        if (bytes < 0 || bytes > SizeClasses.MAX_SIZE) {
            warnOfSize(bytes, gfp);
            return 0;
        }
        int order = PageFrame.order(bytes);
        int fit = (SlabPages.fixed(gfp, log) & ~Gfp.__GFP_ZERO) | Gfp.__GFP_COMP;
        long pfn = pages.allocPages(fit, order, nid);
        if (pfn == PageFrame.NONE) {
            return 0;
        }
        boolean isKnown = false;
        try {
            if (Gfp.has(gfp | gfpAlways, Gfp.__GFP_ZERO)) {
                memory.zero(pfn << PAGE_SHIFT, (long) PAGE_SIZE << order);
            }
            table.setLive(pfn, order);
            isKnown = true;
        } finally {
            if (!isKnown) {
                pages.freePages(pfn, order); // the Java heap is full
            }
        }
        return address(pfn);
    }

    private void warnOfSize(long bytes, int gfp) {
        if (!Gfp.has(gfp, Gfp.__GFP_NOWARN)) {
            log.warnOnce(
                    "kmalloc",
                    "kmalloc of " + Long.toUnsignedString(bytes) + " bytes fails: it has " + SizeClasses.MAX_SIZE
                            + " at most");
        }
    }

    // Giving back.

    /** Bytes of the block that begins at an address; 0: none does. */
    long bytes(long address) {
        int state = isStart(address) ? table.state(pfn(address)) : 0;
        return LargeTable.isBlock(state) ? (long) PAGE_SIZE << LargeTable.order(state) : 0;
    }

    /** {@link #bytes} of a block that somebody has. */
    long bytesOwned(long address) {
        int state = isStart(address) ? table.state(pfn(address)) : 0;
        if (!LargeTable.isLive(state)) {
            throw bad(address);
        }
        return (long) PAGE_SIZE << LargeTable.order(state);
    }

    /** Takes a block from the caller who had it. False when nobody has a block that begins there. */
    boolean claim(long address) {
        return isStart(address) && table.claim(pfn(address));
    }

    /** Takes a block from the caller, to be freed after a grace period. False when nobody has a block there. */
    boolean defer(long address) {
        return isStart(address) && table.defer(pfn(address));
    }

    /** The grace period of a deferred block is over: it is claimed now. */
    void endDefer(long address) {
        table.endDefer(pfn(address));
    }

    /** Makes a block that was claimed or deferred the caller's again. */
    void unclaim(long address) {
        table.unclaim(pfn(address));
    }

    /** Gives the pages of a block that was claimed back. When they cannot be, the block is its caller's again. */
    void giveBack(long address) {
        if (zeroesOnFree) {
            zero(address);
        }
        giveBackAsIs(address);
    }

    private void giveBackAsIs(long address) {
        long pfn = pfn(address);
        boolean isDone = false;
        try {
            pages.freePages(pfn, LargeTable.order(table.state(pfn)));
            isDone = true;
        } finally {
            if (!isDone) {
                table.unclaim(pfn);
            }
        }
    }

    /** {@link #giveBack} of zeroes. */
    void giveBackZeroed(long address) {
        zero(address);
        giveBackAsIs(address);
    }

    private void zero(long address) {
        memory.zero(address - baseAddress, (long) PAGE_SIZE << LargeTable.order(table.state(pfn(address))));
    }

    /** Why no block that somebody has begins at an address in no slab. */
    BadObjectException bad(long address) {
        String place = "Not a kmalloc allocation: 0x" + Long.toHexString(address);
        if (!isInside(address)) {
            return new BadObjectException(address, place + " lies outside the direct map");
        }
        int state = table.state(pfn(address));
        if (isStart(address) && state != 0) {
            return new BadObjectException(
                    address, place + ": the large block that began there is freed, or waits for its grace period");
        }
        long head = head(pfn(address));
        return new BadObjectException(
                address,
                head == PageFrame.NONE
                        ? place + " lies at pfn " + pfn(address) + ", in no slab and no large block"
                        : place + " lies " + (address - address(head)) + " bytes behind the start of a large block");
    }

    /** Checks a copy of 1 byte or more between user space and a block, or inside of one. */
    void checkUserCopy(long address, long bytes, boolean toUser) {
        long head = isInside(address) ? head(pfn(address)) : PageFrame.NONE;
        if (head == PageFrame.NONE) {
            throw bad(address);
        }
        long place = address - address(head);
        if (bytes > bytes(address(head)) - place) {
            throw UserCopy.refused(log, address, "page alloc", toUser, place, bytes);
        }
    }

    /** The first frame of the block that holds a frame. */
    private long head(long pfn) {
        for (int order = 0; order <= MAX_PAGE_ORDER; order++) {
            long head = pfn & -(1L << order);
            int state = table.state(head);
            if (LargeTable.isBlock(state) && head + (1L << LargeTable.order(state)) > pfn) {
                return head;
            }
        }
        return PageFrame.NONE;
    }

    // Looking.

    /** The node of an address in the memory. */
    int nodeOf(long address) {
        return pages.nodeOf(pfn(address));
    }

    /** Pages of the blocks on a node. Walks the table; racy. */
    long pages(int nid) {
        long[] sum = new long[1];
        table.forEach((pfn, order) -> sum[0] += pages.nodeOf(pfn) == nid ? 1L << order : 0);
        return sum[0];
    }

    /** How many blocks there are. Walks the table; racy. */
    long count() {
        long[] sum = new long[1];
        table.forEach((_, _) -> sum[0]++);
        return sum[0];
    }

    /** Blocks whose pages the page allocator does not know as theirs. Exact only while nobody calls. */
    List<String> findings() {
        List<String> findings = new ArrayList<>();
        table.forEach((pfn, order) -> {
            if (pages.pageCount(pfn) < 1 || pages.blockHead(pfn) != pfn) {
                findings.add("L1: the large block of order " + order + " at pfn " + pfn + " has pages that are free");
            }
        });
        return findings;
    }

    /** Gives all blocks back, after a warning. Nobody may call any more. */
    void close() {
        long[] live = new long[2];
        table.forEach((pfn, order) -> {
            if (claim(address(pfn))) {
                live[0]++;
                live[1] += 1L << order;
                giveBack(address(pfn));
            }
        });
        if (live[0] > 0) {
            log.warn("kmalloc is closed with " + live[0] + " large blocks of " + live[1] + " pages live");
        }
    }

    // Addresses.

    private boolean isInside(long address) {
        return address >= baseAddress && address - baseAddress < memory.bytes();
    }

    private boolean isStart(long address) {
        return isInside(address) && (address & (PAGE_SIZE - 1)) == 0;
    }

    private long pfn(long address) {
        return (address - baseAddress) >>> PAGE_SHIFT;
    }

    private long address(long pfn) {
        return baseAddress + (pfn << PAGE_SHIFT);
    }
}
