package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

/**
 * Which part of a zone is there: from the first frame that is online to the last one.
 *
 * <p>In Linux 6.18: zone_start_pfn, spanned_pages and present_pages of {@code struct zone}; shrink_zone_span().
 *
 * @param startFrame the first frame; 0 when there is none
 * @param endFrame the frame behind the last
 * @param pagesPresent frames between them that exist and are not offline
 */
record ZoneSpan(int startFrame, int endFrame, long pagesPresent) {
    /** The span of a zone now. Exact under its lock. */
    static ZoneSpan of(ZoneExtent extent, PageBlocks blocks) {
        return of(extent, blocks, 0, 0, false);
    }

    /** The span that a zone will have when the frames from {@code first} to {@code end} have gone offline, or come online. */
    static ZoneSpan of(ZoneExtent extent, PageBlocks blocks, int first, int end, boolean areOffline) {
        int from = extent.startFrame();
        int to = extent.endFrame();
        while (from < to && isOffline(blocks, from, first, end, areOffline)) {
            from += PAGEBLOCK_NR_PAGES;
        }
        while (from < to && isOffline(blocks, to - 1, first, end, areOffline)) {
            to -= PAGEBLOCK_NR_PAGES;
        }
        if (from >= to) {
            return new ZoneSpan(0, 0, 0);
        }
        long offline = 0;
        for (int frame = from; frame < to; frame += PAGEBLOCK_NR_PAGES) {
            offline += isOffline(blocks, frame, first, end, areOffline) ? PAGEBLOCK_NR_PAGES : 0;
        }
        long outside = extent.pagesSpanned() - (to - from);
        return new ZoneSpan(from, to, extent.pagesPresent() - outside - offline);
    }

    private static boolean isOffline(PageBlocks blocks, int frame, int first, int end, boolean areOffline) {
        return (frame >= first && frame < end) ? areOffline : blocks.isOffline(frame);
    }

    long pagesSpanned() {
        return (long) endFrame - startFrame;
    }
}
