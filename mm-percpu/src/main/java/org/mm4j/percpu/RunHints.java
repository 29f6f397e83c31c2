package org.mm4j.percpu;

/**
 * What is remembered of the free runs in a row of bits, so that it need not be searched. Not thread-safe.
 *
 * <pre>
 *        firstFree     scanStart            contigStart
 *            |             |                     |
 *   #########..###...######........####.#########..............#####.....     # taken   . free
 *                          '--scan-'             '---contig---'
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>H1: {@code firstFree} is the first free bit, or the number of bits when none is,
 * <li>H2: {@code contig} is 0, or the bits from {@code contigStart} on are free for that length,
 * <li>H3: {@code scan} is 0, or the bits from {@code scanStart} on are free for that length, and it lies in front of
 * the contig run, or is as long.
 * </ul>
 *
 * <p>Where all runs are told in full, as those of a block are, also: <ul>
 * <li>H4: {@code contig} is the length of the longest run,
 * <li>H5: if {@code scan} is not 0, no run that begins before {@code scanStart} is longer than it.
 * </ul>
 * H5 is what makes the scan run useful: a search for more than {@code scan} bits may begin behind it, and so may the
 * search for the longest run once the contig run is broken.
 *
 * <p>In Linux 6.18: mm/percpu-internal.h, struct pcpu_block_md; mm/percpu.c, pcpu_block_update(). Differs: the kernel
 * also takes a scan run when a longer one in front of it may be forgotten already, which breaks H5 and then H4.
 */
class RunHints {
    private int firstFree;
    private int contig;
    private int contigStart;
    private int scan;
    private int scanStart;

    /** Hints of a row of free bits. */
    RunHints(int bits) {
        contig = bits;
    }

    final int firstFree() {
        return firstFree;
    }

    final int contig() {
        return contig;
    }

    final int contigStart() {
        return contigStart;
    }

    final int contigEnd() {
        return contigStart + contig;
    }

    final int scan() {
        return scan;
    }

    final int scanStart() {
        return scanStart;
    }

    /** Whether the contig run holds {@code wanted} bits that begin at a multiple of {@code align}. */
    final boolean fits(int wanted, int align) {
        return alignUp(contigStart, align) + wanted <= contigEnd();
    }

    /** Where a search for {@code wanted} bits begins: no run in front of it is long enough. */
    final int searchStart(int wanted) {
        boolean isScanTooShort = scan > 0 && scanStart < contigStart && wanted > scan;
        return isScanTooShort ? scanStart + scan : firstFree;
    }

    /** Says where the first free bit is now. */
    final void setFirstFree(int bit) {
        firstFree = bit;
    }

    /** A free run is there: the bits from {@code from} to {@code end} − 1. */
    final void noteRun(int from, int end) {
        firstFree = Math.min(firstFree, from);
        boolean isSame = contig > 0 && from <= contigEnd() && end >= contigStart; // parts of one run
        int start = isSame ? Math.min(from, contigStart) : from;
        int length = (isSame ? Math.max(end, contigEnd()) : end) - start;
        if (length > contig) {
            noteLongest(start, length);
        } else if (length < contig) {
            noteShorter(start, length);
        } else if (start != contigStart) {
            noteEqual(start);
        }
    }

    private void noteLongest(int start, int length) {
        if (contig > 0 && contigEnd() < start) {
            boolean isScanAsGood = scan == contig && scanStart > contigStart && scanStart < start;
            if (!isScanAsGood) {
                setScan(contigStart, contig);
            }
        } else if (scanStart >= start) {
            scan = 0;
        }
        contigStart = start;
        contig = length;
    }

    /** It can be the scan run only if all that is in front of it is known to be no longer. */
    private void noteShorter(int start, int length) {
        boolean isAllBeforeShorter = scan == 0 ? start == firstFree : start <= scanStart;
        if (length > scan && start < contigStart && isAllBeforeShorter) {
            setScan(start, length);
        }
    }

    /** The better aligned one becomes the contig run; of the others, the one farthest back is the scan run. */
    private void noteEqual(int start) {
        boolean isBetterAligned = contigStart != 0
                && (start == 0 || Integer.numberOfTrailingZeros(start) > Integer.numberOfTrailingZeros(contigStart));
        int other = isBetterAligned ? contigStart : start;
        contigStart = isBetterAligned ? start : contigStart;
        if (scan < contig || scanStart < other) {
            setScan(other, contig);
        }
    }

    private void setScan(int start, int length) {
        scanStart = start;
        scan = length;
    }

    /**
     * The bits from {@code from} to {@code end} − 1 are not free any more.
     *
     * @return whether that breaks the contig run
     */
    final boolean breaks(int from, int end) {
        if (from < scanStart + scan && end > scanStart) {
            scan = 0;
        }
        return from < contigEnd() && end > contigStart;
    }

    /** The scan run becomes the contig run; runs from the returned bit on are to be noted. */
    final int promoteScan() {
        if (scan == 0) {
            return forgetRuns();
        }
        contigStart = scanStart;
        contig = scan;
        scan = 0;
        return contigEnd();
    }

    /** No run is known; runs from the returned bit on are to be noted. */
    final int forgetRuns() {
        contigStart = 0;
        contig = 0;
        scan = 0;
        return firstFree;
    }

    static int alignUp(int bit, int align) {
        return (bit + align - 1) & -align;
    }
}
