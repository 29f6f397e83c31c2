package org.mm4j.percpu;

import static org.mm4j.percpu.BlockHints.BITS;

import java.util.ArrayList;
import java.util.List;

/**
 * Walks the map of one chunk, and names what is broken: M1 to M4 of {@link ChunkMap}, H1 to H5 of {@link RunHints}, and
 * the free bits at the ends of blocks. Needs the lock of {@link Chunks}.
 *
 * <p>In Linux 6.18: nothing; mm/percpu.c describes the invariants in words.
 */
final class MapCheck {
    private static final int FINDINGS_MAX = 20;

    private final ChunkMap map;
    private final List<String> findings = new ArrayList<>();
    private int areas;

    /** The longest run of the row that was walked last. */
    private int longest;

    /** The longest of those that begin in front of its scan run. */
    private int longestBeforeScan;

    private int firstFree;

    MapCheck(ChunkMap map) {
        this.map = map;
        checkAreas();
        for (int index = 0; index < map.blocks().count(); index++) {
            checkBlock(map.blocks().get(index), index * BITS);
        }
        checkChunk();
    }

    List<String> findings() {
        return findings;
    }

    int areas() {
        return areas;
    }

    private void checkAreas() {
        int free = 0;
        for (int bit = 0; bit < map.bits(); ) {
            int end = map.runEnd(bit);
            if (map.isTaken(bit)) {
                checkTaken(bit, end);
            } else {
                free += end - bit;
            }
            bit = end;
        }
        if (free != map.bitsFree()) {
            found("M2", "there are " + free + " free bits, and " + map.bitsFree() + " are counted");
        }
    }

    /** Taken bits that adjoin: hidden ones, and one area or more. */
    private void checkTaken(int from, int end) {
        int last = Math.min(end, map.endBit());
        for (int bit = Math.max(from, map.firstBit()); bit < last; bit = map.allocationEnd(bit)) {
            if (!map.isAllocation(bit)) {
                found("M1", "bit " + bit + " is taken, and no area begins there or goes on");
                return;
            }
            if (map.allocationEnd(bit) > last) {
                found("M1", "the area at bit " + bit + " goes on behind bit " + last + ", where the taken bits end");
            }
            areas++;
        }
        if (from < map.firstBit() && from != 0) {
            found("M3", "bit 0 is hidden, and free");
        }
    }

    private void checkBlock(BlockHints block, int base) {
        walk(block, base, base + BITS);
        checkRuns(block, base, "block " + base / BITS);
        int left = firstFree == 0 ? map.runEnd(base) - base : 0;
        if (block.leftFree() != Math.min(left, BITS)) {
            found(
                    "H4",
                    "block " + base / BITS + " has " + left + " free bits at its start, and remembers "
                            + block.leftFree());
        }
        int right = lastRun(base);
        if (block.rightFree() != right) {
            found(
                    "H4",
                    "block " + base / BITS + " has " + right + " free bits at its end, and remembers "
                            + block.rightFree());
        }
        if (block.contig() != longest) {
            found("H4", "block " + base / BITS + " has a run of " + longest + " bits, and remembers " + block.contig());
        }
        if (block.scan() > 0 && longestBeforeScan > block.scan()) {
            found(
                    "H5",
                    "block " + base / BITS + " has a run of " + longestBeforeScan + " bits in front of its scan run of "
                            + block.scan());
        }
    }

    private int lastRun(int base) {
        int bit = base + BITS;
        while (bit > base && !map.isTaken(bit - 1)) {
            bit--;
        }
        return base + BITS - bit;
    }

    private void checkChunk() {
        walk(map.hints(), 0, map.bits());
        checkRuns(map.hints(), 0, "the chunk");
        if (map.hints().contig() > longest) {
            found(
                    "M4",
                    "the longest run has " + longest + " bits, and the chunk remembers one of "
                            + map.hints().contig());
        }
    }

    /** Notes the runs of a row. */
    private void walk(RunHints hints, int base, int end) {
        longest = 0;
        longestBeforeScan = 0;
        firstFree = end - base;
        for (int bit = base; bit < end; ) {
            int runEnd = Math.min(map.runEnd(bit), end);
            if (!map.isTaken(bit)) {
                firstFree = Math.min(firstFree, bit - base);
                longest = Math.max(longest, runEnd - bit);
                if (bit - base < hints.scanStart()) {
                    longestBeforeScan = Math.max(longestBeforeScan, runEnd - bit);
                }
            }
            bit = runEnd;
        }
    }

    private void checkRuns(RunHints hints, int base, String what) {
        if (hints.firstFree() != firstFree) {
            found(
                    "H1",
                    "bit " + firstFree + " is the first free one of " + what + ", and it remembers "
                            + hints.firstFree());
        }
        if (!isFree(base + hints.contigStart(), hints.contig())) {
            found(
                    "H2",
                    what + " remembers " + hints.contig() + " free bits from bit " + hints.contigStart()
                            + " on, of which some are taken");
        }
        if (!isFree(base + hints.scanStart(), hints.scan())) {
            found(
                    "H3",
                    what + " remembers " + hints.scan() + " free bits from bit " + hints.scanStart()
                            + " on, of which some are taken");
        }
        boolean isBehind = hints.scanStart() >= hints.contigStart() && hints.scan() != hints.contig();
        if (hints.scan() > 0 && isBehind) {
            found(
                    "H3",
                    what + " has its scan run, " + hints.scan() + " bits from bit " + hints.scanStart()
                            + " on, behind its contig run");
        }
    }

    private boolean isFree(int bit, int length) {
        return length == 0 || (!map.isTaken(bit) && map.runEnd(bit) >= bit + length);
    }

    private void found(String invariant, String what) {
        if (findings.size() < FINDINGS_MAX) {
            findings.add(invariant + ": " + what + "; the map");
        }
    }
}
