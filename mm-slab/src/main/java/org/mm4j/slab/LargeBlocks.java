package org.mm4j.slab;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/**
 * The requests of kmalloc that are too large for a cache: each gets a compound block of pages of its own. A table says
 * where they begin; its sections are made when the first block lies in them.
 *
 * <pre>
 *   sections   | 0 | - | 2 | ...            32768 frames, 128 MiB each
 *                |
 *                `--&gt; | 0 | 0 | 0 | 0 | 3 | 0 | 0 | 0 | -4 | ...      one byte a frame
 *
 *                      alloc                          free: compare-and-set
 *        0, freed  ------------&gt;  order + 1, live  ------------------------&gt;  -(order + 1), freed
 *                                            |                                  ^
 *                                            `--&gt;  order + 1 + 32, deferred  ---'  grace period
 * </pre>
 *
 * <p>All methods may be called by any thread. Of two threads that free the same block, one is refused.
 *
 * <p>In Linux 6.18: mm/slub.c, ___kmalloc_large_node(), free_large_kmalloc(). Differs: the kernel marks the page,
 * PageLargeKmalloc, and does not notice two simultaneous frees; it counts the pages as they come and go, and here they are
 * counted when somebody asks.
 */
final class LargeBlocks {
    private static final int SECTION_SHIFT = 15;
    private static final int SECTION_FRAMES = 1 << SECTION_SHIFT;

    private static final int DEFERRED = 32;

    private static final VarHandle SECTION = MethodHandles.arrayElementVarHandle(byte[][].class);
    private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);

    private final PageAllocator pages;
    private final PhysicalMemory memory;
    private final KernelLog log;
    private final long baseAddress;
    private final long bytesManaged;
    private final byte[] @Nullable [] sections;

    LargeBlocks(SlabParts parts) {
        pages = parts.pages();
        memory = parts.memory();
        log = parts.config().log();
        baseAddress = memory.directMapAddress();
        bytesManaged = memory.bytes();
        long frames = bytesManaged >>> PAGE_SHIFT;
        sections = new byte[(int) ((frames + SECTION_FRAMES - 1) >>> SECTION_SHIFT)][];
    }

    // Taking.

    /**
     * The address of a block of so many bytes, or 0.
     *
     * @param bytes not 0; taken as unsigned
     */
    long alloc(long bytes, int gfp, int nid) {
        if (bytes < 0 || bytes > SizeClasses.MAX_SIZE) {
            if (!Gfp.has(gfp, Gfp.__GFP_NOWARN)) {
                log.warnOnce(
                        "kmalloc",
                        "kmalloc of " + Long.toUnsignedString(bytes) + " bytes fails: it has " + SizeClasses.MAX_SIZE
                                + " at most");
            }
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
            byte[] section = section(pfn);
            if (Gfp.has(gfp, Gfp.__GFP_ZERO)) {
                memory.zero(pfn << PAGE_SHIFT, (long) PAGE_SIZE << order);
            }
            setStateRelease(section, index(pfn), (byte) (order + 1)); // [large.R1] publishes the zeroes
            isKnown = true;
        } finally {
            if (!isKnown) {
                pages.freePages(pfn, order); // the Java heap is full
            }
        }
        return baseAddress + (pfn << PAGE_SHIFT);
    }

    // Giving back.

    /** Bytes of the live block that begins at an address; 0: none does. */
    long bytes(long address) {
        int state = state(address);
        return state <= 0 ? 0 : (long) PAGE_SIZE << order(state);
    }

    /** Takes a block from the caller who had it. False when nobody has a block that begins there. */
    boolean claim(long address) {
        int state = state(address);
        return isLive(state) && casState(address, state, -state);
    }

    /** Takes a block from the caller, to be freed after a grace period. False when nobody has a block there. */
    boolean defer(long address) {
        int state = state(address);
        return isLive(state) && casState(address, state, state + DEFERRED);
    }

    /** The grace period of a deferred block is over: it is claimed now. */
    void endDefer(long address) {
        setState(address, DEFERRED - state(address));
    }

    /** Makes a block that was claimed or deferred the caller's again. */
    void unclaim(long address) {
        setState(address, order(state(address)) + 1);
    }

    private static boolean isLive(int state) {
        return state > 0 && state < DEFERRED;
    }

    private static int order(int state) {
        return (Math.abs(state) & (DEFERRED - 1)) - 1;
    }

    /** Gives the pages of a block that was claimed back. When they cannot be, the block is live again. */
    void giveBack(long address) {
        boolean isDone = false;
        try {
            pages.freePages(pfn(address), order(state(address)));
            isDone = true;
        } finally {
            if (!isDone) {
                unclaim(address);
            }
        }
    }

    /** {@link #giveBack} of zeroes. */
    void giveBackZeroed(long address) {
        memory.zero(address - baseAddress, (long) PAGE_SIZE << order(state(address)));
        giveBack(address);
    }

    /** The node of an address in the memory. */
    int nodeOf(long address) {
        return pages.nodeOf(pfn(address));
    }

    /** Why an address in no slab is no block. */
    BadObjectException bad(long address) {
        String place = "Not a kmalloc allocation: 0x" + Long.toHexString(address);
        if (!isInside(address)) {
            return new BadObjectException(address, place + " lies outside the direct map");
        }
        long pfn = pfn(address);
        long head = head(pfn);
        if (head != PageFrame.NONE) {
            long start = baseAddress + (head << PAGE_SHIFT);
            return new BadObjectException(
                    address, place + " lies " + (address - start) + " bytes behind the start of a large block");
        }
        boolean isFreed = state(address) < 0;
        return new BadObjectException(
                address,
                place + (isFreed ? " began a large block, which is freed" : " lies at pfn " + pfn + ", in no slab"));
    }

    /** The first frame of the live block that holds a frame. */
    private long head(long pfn) {
        for (int order = 0; order <= MAX_PAGE_ORDER; order++) {
            long head = pfn & -(1L << order);
            int state = state(baseAddress + (head << PAGE_SHIFT));
            if (state > 0 && head + (1L << order(state)) > pfn) {
                return head;
            }
        }
        return PageFrame.NONE;
    }

    // Looking.

    /** Pages of the live blocks on a node. Walks the table; racy. */
    long pages(int nid) {
        long[] sum = new long[1];
        forEachBlock((pfn, order) -> sum[0] += pages.nodeOf(pfn) == nid ? 1L << order : 0);
        return sum[0];
    }

    /** How many blocks are live. Walks the table; racy. */
    long count() {
        long[] sum = new long[1];
        forEachBlock((_, _) -> sum[0]++);
        return sum[0];
    }

    /** Live blocks whose pages the page allocator does not know as theirs. Exact only while nobody calls. */
    List<String> findings() {
        List<String> findings = new ArrayList<>();
        forEachBlock((pfn, order) -> {
            if (pages.pageCount(pfn) < 1 || pages.blockHead(pfn) != pfn) {
                findings.add("L1: the large block of order " + order + " at pfn " + pfn + " has pages that are free");
            }
        });
        return findings;
    }

    /** Who looks at live blocks. */
    @FunctionalInterface
    interface Visitor {
        void block(long pfn, int order);
    }

    void forEachBlock(Visitor visitor) {
        for (int at = 0; at < sections.length; at++) {
            byte[] section = sectionAcquire(at);
            for (int frame = 0; section != null && frame < SECTION_FRAMES; frame++) {
                int state = stateAcquire(section, frame); // [large.A1]
                if (state > 0) {
                    visitor.block(((long) at << SECTION_SHIFT) + frame, order(state));
                }
            }
        }
    }

    /** Gives all live blocks back, after a warning. Nobody may call any more. */
    void close() {
        long[] live = new long[2];
        forEachBlock((pfn, order) -> {
            live[0]++;
            live[1] += 1L << order;
            long address = baseAddress + (pfn << PAGE_SHIFT);
            if (claim(address)) {
                giveBack(address);
            }
        });
        if (live[0] > 0) {
            log.warn("kmalloc is closed with " + live[0] + " large blocks of " + live[1] + " pages live");
        }
    }

    // The table.

    private boolean isInside(long address) {
        return address >= baseAddress && address - baseAddress < bytesManaged;
    }

    private long pfn(long address) {
        return (address - baseAddress) >>> PAGE_SHIFT;
    }

    private static int index(long pfn) {
        return (int) pfn & (SECTION_FRAMES - 1);
    }

    /** The state of the frame that begins at an address; 0 when none begins there. */
    private int state(long address) {
        if (!isInside(address) || (address & (PAGE_SIZE - 1)) != 0) {
            return 0;
        }
        long pfn = pfn(address);
        byte[] section = sectionAcquire((int) (pfn >>> SECTION_SHIFT));
        return section == null ? 0 : stateAcquire(section, index(pfn)); // [large.A1]
    }

    private void setState(long address, int state) {
        long pfn = pfn(address);
        setStateRelease(section(pfn), index(pfn), (byte) state);
    }

    private boolean casState(long address, int expected, int next) {
        long pfn = pfn(address);
        return casState(section(pfn), index(pfn), (byte) expected, (byte) next); // [large.A1] pairs with [large.R1]
    }

    private byte[] section(long pfn) {
        int at = (int) (pfn >>> SECTION_SHIFT);
        byte[] section = sectionAcquire(at);
        if (section == null) {
            byte[] made = new byte[SECTION_FRAMES];
            section = casSection(at, made) ? made : Objects.requireNonNull(sectionAcquire(at), "sections stay");
        }
        return section;
    }

    private byte @Nullable [] sectionAcquire(int at) {
        return (byte[]) SECTION.getAcquire(sections, at); // [large.A2] pairs with [large.R2] in casSection()
    }

    private boolean casSection(int at, byte[] section) {
        return SECTION.compareAndSet(sections, at, null, section); // [large.R2] publishes an empty section
    }

    private static byte stateAcquire(byte[] section, int index) {
        return (byte) STATE.getAcquire(section, index);
    }

    private static void setStateRelease(byte[] section, int index, byte state) {
        STATE.setRelease(section, index, state);
    }

    private static boolean casState(byte[] section, int index, byte expected, byte next) {
        return STATE.compareAndSet(section, index, expected, next);
    }
}
