package org.mm4j.buddy;

import org.mm4j.api.BadPageException;
import org.mm4j.api.PageFrame;

/** Says why a call that names a frame is refused, from the words of the map. */
final class Refusal {
    private Refusal() {}

    /** For calls that name a block by its first pfn and its order: freePages, splitPage. */
    static BadPageException ofBlock(MemMap map, long pfn, int order) {
        if (order < 0 || order > PageFrame.MAX_PAGE_ORDER) {
            return refused(pfn, "orders are 0 to " + PageFrame.MAX_PAGE_ORDER + ", not " + order);
        }
        if (!map.contains(pfn)) {
            return outside(map, pfn);
        }
        if (map.isClosed()) {
            return refused(pfn, "the allocator is closed");
        }
        if (pfn % PageFrame.pages(order) != 0) {
            return refused(
                    pfn,
                    "no block of order " + order + " begins there, for it is no multiple of " + PageFrame.pages(order));
        }
        long word = map.wordOpaque(map.frame(pfn));
        if (FrameWord.state(word) == FrameWord.IN_USE && FrameWord.order(word) != order) {
            return refused(pfn, "its block has order " + FrameWord.order(word) + ", not " + order);
        }
        return ofFrame(map, pfn);
    }

    /** For calls that name any frame of a block. */
    static BadPageException ofFrame(MemMap map, long pfn) {
        if (!map.contains(pfn)) {
            return outside(map, pfn);
        }
        if (map.isClosed()) {
            return refused(pfn, "the allocator is closed");
        }
        int frame = map.frame(pfn);
        int head = map.blockHead(frame);
        long word = map.wordOpaque(head);
        return refused(
                pfn,
                switch (FrameWord.state(word)) {
                    case FrameWord.FREE -> "it is free already" + inBlock(map, frame, head, word);
                    case FrameWord.GOING -> "it is being freed already" + inBlock(map, frame, head, word);
                    case FrameWord.CACHED ->
                        "it is free already, in a per-CPU page cache" + inBlock(map, frame, head, word);
                    case FrameWord.RESERVED -> "it is reserved and was never handed out";
                    case FrameWord.IN_USE ->
                        head == frame
                                ? "its block is in use as " + FrameWord.format(word)
                                : "it lies inside"
                                        + inBlock(map, frame, head, word).substring(", in".length());
                    default -> "its state changed meanwhile";
                });
    }

    /** For calls that need a block with no more references than the caller's own. */
    static BadPageException shared(MemMap map, long pfn) {
        int references = FrameWord.references(map.wordOpaque(map.frame(pfn)));
        return refused(pfn, "its block has " + references + " references, and only one is the caller's");
    }

    /** For calls that add references. */
    static BadPageException tooManyReferences(long pfn, long word, int references) {
        int now = FrameWord.references(word);
        return refused(
                pfn,
                now == FrameWord.REFERENCES_MAX
                        ? "its block has " + now + " references, the most there can be"
                        : "its block has " + now + " references, and with " + references
                                + " more it would have more than " + FrameWord.REFERENCES_MAX);
    }

    /** For calls that drop several references. */
    static BadPageException tooFewReferences(long pfn, long word, int references) {
        return refused(
                pfn,
                "its block has " + FrameWord.references(word) + " references, of which " + references
                        + " cannot be dropped");
    }

    static BadPageException refused(long pfn, String why) {
        return new BadPageException(pfn, "pfn " + pfn + " is refused: " + why);
    }

    private static BadPageException outside(MemMap map, long pfn) {
        return refused(pfn, "the allocator has pfn " + map.firstPfn() + " to " + (map.pfn(map.frames()) - 1));
    }

    private static String inBlock(MemMap map, int frame, int head, long word) {
        return frame == head && FrameWord.order(word) == 0
                ? ""
                : ", in the block of order " + FrameWord.order(word) + " at pfn " + map.pfn(head);
    }
}
