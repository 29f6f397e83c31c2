package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import java.util.BitSet;
import java.util.concurrent.Semaphore;

/**
 * What compaction remembers of a zone between two runs: where its scanners stood, which pageblocks were of no use, and how
 * often it failed. One thread at a time compacts a zone; everything but the deferral is only its own.
 *
 * <p>In Linux 6.18: compact_cached_migrate_pfn, compact_cached_free_pfn of {@code struct zone}; PB_compact_skip. Differs:
 * in the kernel several threads may compact a zone at once.
 */
final class ZoneCompaction {
    private final Zone zone;
    private final CompactDeferral deferral;
    private final Semaphore running;
    private final int firstBlock;
    private final int endBlock;

    /** Pageblocks that were scanned in vain, counted from the zone's first. */
    private final BitSet skipped;

    private int migrateFrame;
    private int freeFrame;
    private volatile boolean wantsReset;

    /** Of a zone; who has the turn compacts it. */
    ZoneCompaction(Zone zone, Semaphore running) {
        this.zone = zone;
        this.running = running;
        deferral = new CompactDeferral(zone.nid(), zone.extent().type(), zone.trace());
        firstBlock = (zone.extent().startFrame() + PAGEBLOCK_NR_PAGES - 1) & -PAGEBLOCK_NR_PAGES;
        endBlock = zone.extent().endFrame() & -PAGEBLOCK_NR_PAGES;
        skipped = new BitSet(Math.max(0, endBlock - firstBlock) >> PAGEBLOCK_ORDER);
        reset();
    }

    Zone zone() {
        return zone;
    }

    CompactDeferral deferral() {
        return deferral;
    }

    /** Whether nobody compacts the zone; then the caller does. */
    boolean tryBegin() {
        boolean begins = running.tryAcquire();
        if (begins && wantsReset) {
            wantsReset = false;
            reset();
        }
        return begins;
    }

    void end() {
        running.release();
    }

    /** The next run begins at the ends of the zone, and scans every pageblock. In Linux: __reset_isolation_suitable(). */
    void reset() {
        migrateFrame = firstBlock;
        freeFrame = endBlock;
        skipped.clear();
    }

    /** {@link #reset} by whoever compacts next. */
    void resetLater() {
        wantsReset = true;
    }

    int firstBlock() {
        return firstBlock;
    }

    int endBlock() {
        return endBlock;
    }

    /** Where the scanners met last time, or the ends of the zone. */
    int migrateFrame() {
        return migrateFrame;
    }

    int freeFrame() {
        return freeFrame;
    }

    void remember(int migrate, int free) {
        migrateFrame = migrate;
        freeFrame = free;
    }

    boolean isSkipped(int frame) {
        return skipped.get((frame - firstBlock) >> PAGEBLOCK_ORDER);
    }

    void skip(int frame) {
        skipped.set((frame - firstBlock) >> PAGEBLOCK_ORDER);
    }
}
