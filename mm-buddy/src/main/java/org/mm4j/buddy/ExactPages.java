package org.mm4j.buddy;

import org.mm4j.api.BadPageException;

/**
 * Blocks that become several, and ranges of single frames that are given back together.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, split_page(), free_pages_exact(), free_contig_range(); mm/huge_memory.c,
 * split_huge_page_to_list_to_order().
 */
final class ExactPages {
    private static final long[] NOTHING_SHARED = {};

    private final Zones zones;
    private final MemMap map;
    private final References references;

    ExactPages(Zones zones, References references) {
        this.zones = zones;
        this.map = zones.map();
        this.references = references;
    }

    /** A block that is not compound becomes single frames. */
    void split(long pfn, int order) {
        while (true) {
            int frame = references.firstFrame(pfn, order);
            long word = map.wordOpaque(frame);
            if (FrameWord.state(word) != FrameWord.IN_USE || FrameWord.order(word) != order) {
                throw Refusal.ofBlock(map, pfn, order);
            }
            if (FrameWord.isCompound(word)) {
                throw Refusal.refused(pfn, "a compound block of order " + order + " is split by splitCompound");
            }
            if (splitAlone(frame, pfn, word, 0)) {
                return;
            }
        }
    }

    /** A compound block becomes compound blocks of a smaller order; those of order 0 are single frames. */
    void splitCompound(long pfn, int newOrder) {
        while (true) {
            int frame = references.firstFrame(pfn, newOrder);
            long word = map.wordOpaque(frame);
            if (FrameWord.state(word) != FrameWord.IN_USE) {
                throw Refusal.ofFrame(map, pfn);
            }
            if (!FrameWord.isCompound(word) || FrameWord.order(word) <= newOrder) {
                throw Refusal.refused(
                        pfn,
                        "its block, " + FrameWord.format(word) + ", cannot be split into compound blocks of order "
                                + newOrder);
            }
            if (splitAlone(frame, pfn, word, newOrder)) {
                return;
            }
        }
    }

    private boolean splitAlone(int frame, long pfn, long word, int newOrder) {
        if (FrameWord.references(word) != 1) {
            throw Refusal.shared(map, pfn);
        }
        return Cutting.split(zones.zoneOf(frame), frame, word, newOrder);
    }

    /** Gives back exact pages, as many as were taken. */
    void freeExact(long startPfn, long pages) {
        long word = map.wordOpaque(references.firstFrame(startPfn, 0));
        if (FrameWord.state(word) == FrameWord.IN_USE) {
            if (!FrameWord.isExact(word) || FrameWord.pagesExact(word) == 0) {
                throw Refusal.refused(startPfn, "no exact pages begin there");
            }
            if (FrameWord.pagesExact(word) != pages) {
                throw Refusal.refused(startPfn, FrameWord.pagesExact(word) + " exact pages begin there, not " + pages);
            }
            checkOthers(startPfn, pages);
        }
        free(startPfn, pages);
    }

    /** A frame behind the first may have been given back alone, and taken by others. */
    private void checkOthers(long startPfn, long pages) {
        for (long pfn = startPfn + 1; pfn < startPfn + pages; pfn++) {
            long word = map.wordOpaque(map.frame(pfn));
            boolean isTaken = FrameWord.state(word) == FrameWord.IN_USE;
            if (isTaken && !(FrameWord.isExact(word) && FrameWord.pagesExact(word) == 0)) {
                throw Refusal.refused(pfn, "it no longer belongs to the exact pages at pfn " + startPfn);
            }
        }
    }

    /**
     * Gives back single frames: first all of them are checked and claimed, then all are freed. A frame that others hold
     * too stays with them.
     */
    void free(long startPfn, long pages) {
        if (pages < 1) {
            throw new IllegalArgumentException("a range of frames has at least one, not " + pages);
        }
        references.firstFrame(startPfn, 0);
        long endPfn = startPfn + Math.min(pages, map.frames() + 1L); // one too many is enough to be refused
        long pfn = startPfn;
        long[] shared = NOTHING_SHARED;
        try {
            for (; pfn < endPfn; pfn++) {
                if (!claim(pfn)) {
                    shared = with(shared, pfn);
                }
            }
        } catch (BadPageException refused) {
            revive(startPfn, pfn, shared);
            throw refused;
        }
        freeClaimed(map.frame(startPfn), map.frame(endPfn - 1) + 1);
        for (long each : shared) {
            references.put(each);
        }
    }

    /** A single frame whose only reference is the caller's becomes GOING; false when others hold it too. */
    private boolean claim(long pfn) {
        while (true) {
            int frame = references.firstFrame(pfn, 0);
            long word = map.wordOpaque(frame);
            if (FrameWord.state(word) != FrameWord.IN_USE || FrameWord.order(word) != 0) {
                throw Refusal.ofBlock(map, pfn, 0);
            }
            if (FrameWord.references(word) > 1) {
                return false;
            }
            if (map.casWord(frame, word, FrameWord.minusReference(word))) {
                return true;
            }
        }
    }

    /** Takes the claims back. A claimed frame is ours alone, so its word is just written. */
    private void revive(long startPfn, long endPfn, long[] shared) {
        for (long pfn = startPfn; pfn < endPfn; pfn++) {
            if (!contains(shared, pfn)) {
                int frame = map.frame(pfn);
                map.setWordOpaque(frame, FrameWord.revived(map.wordOpaque(frame)));
            }
        }
    }

    private void freeClaimed(int startFrame, int endFrame) {
        for (int frame = startFrame; frame < endFrame; ) {
            Zone zone = zones.zoneOf(frame);
            int end = Math.min(endFrame, zone.extent().endFrame());
            zone.freeSingles(frame, end);
            frame = end;
        }
    }

    private static long[] with(long[] pfns, long pfn) {
        long[] more = java.util.Arrays.copyOf(pfns, pfns.length + 1);
        more[pfns.length] = pfn;
        return more;
    }

    private static boolean contains(long[] pfns, long pfn) {
        for (long each : pfns) {
            if (each == pfn) {
                return true;
            }
        }
        return false;
    }
}
