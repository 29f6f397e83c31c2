package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

/**
 * An entry of a {@link PageTable}, one 64-bit word; 0 is no entry.
 *
 * <pre>
 *   63        52 51                               12 11     8  7  6      2  1  0
 *  +------------+-----------------------------------+--------+--+--------+--+--+
 *  |      0     |  pfn of a frame, or of a table    |   0    |H |   0    |W |P |
 *  +------------+-----------------------------------+--------+--+--------+--+--+
 *                                                             |            |  present
 *                                                             |            writable: always
 *                                                             huge: the frame is the first of 512
 * </pre>
 *
 * <p>In Linux 6.18: arch/x86/include/asm/pgtable_types.h, _PAGE_PRESENT, _PAGE_RW, _PAGE_PSE.
 */
final class PageTableEntry {
    /** Nothing is there. */
    static final long NONE = 0;

    /** Frames have numbers below 2 to the power of this. */
    static final int PFN_BITS = 40;

    private static final long PRESENT = 1;
    private static final long WRITABLE = 1 << 1;
    private static final long HUGE = 1 << 7;
    private static final long PFN_MASK = (1L << PFN_BITS) - 1;

    private PageTableEntry() {}

    /** The entry of a frame, or of the table of the next level in it. */
    static long of(long pfn) {
        assert (pfn & ~PFN_MASK) == 0;
        return pfn << PAGE_SHIFT | WRITABLE | PRESENT;
    }

    /** The entry of a block of 512 frames, in the place of a table of them. */
    static long ofHuge(long pfn) {
        assert pfn % PageTable.ENTRIES == 0;
        return of(pfn) | HUGE;
    }

    static boolean isPresent(long entry) {
        return (entry & PRESENT) != 0;
    }

    static boolean isHuge(long entry) {
        return (entry & HUGE) != 0;
    }

    static long pfn(long entry) {
        return entry >>> PAGE_SHIFT & PFN_MASK;
    }

    static String format(long entry) {
        return isPresent(entry) ? "pfn " + pfn(entry) + (isHuge(entry) ? " huge" : "") : "none";
    }
}
