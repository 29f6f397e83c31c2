package org.mm4j.buddy;

import org.mm4j.api.BadPageException;

/**
 * References with their heart taken out: each change reads the word and, a moment later, writes the next one, where the
 * shipped ones exchange it by one compare-and-set.
 */
final class ReadThenWriteReferences {
    private final MemMap map;
    private final Zone zone;

    ReadThenWriteReferences(MemMap map, Zones zones) {
        this.map = map;
        zone = zones.populated().getFirst();
    }

    boolean tryGet(long pfn) {
        int frame = map.frame(pfn);
        long word = map.wordOpaque(frame);
        if (FrameWord.state(word) != FrameWord.IN_USE) {
            return false;
        }
        write(frame, FrameWord.plusReference(word));
        return true;
    }

    void put(long pfn) {
        int frame = map.frame(pfn);
        long word = map.wordOpaque(frame);
        if (FrameWord.state(word) == FrameWord.IN_USE) {
            drop(frame, word);
        }
    }

    void free(long pfn, int order) {
        int frame = map.frame(pfn);
        long word = map.wordOpaque(frame);
        if (FrameWord.state(word) != FrameWord.IN_USE) {
            throw new BadPageException(pfn, "the frame is free already");
        }
        if (order > 0 && FrameWord.references(word) > 1) {
            dropAllButFirst(frame, word);
        } else {
            drop(frame, word);
        }
    }

    private void drop(int frame, long word) {
        long next = FrameWord.minusReference(word);
        write(frame, next);
        if (FrameWord.state(next) == FrameWord.GOING) {
            zone.free(frame, FrameWord.order(word));
        }
    }

    private void dropAllButFirst(int frame, long word) {
        zone.lock().lock();
        write(frame, FrameWord.withOrder(FrameWord.minusReference(word), 0));
        for (int order = FrameWord.order(word) - 1; order >= 0; order--) {
            zone.buddies().free(frame + (1 << order), order, false);
        }
        zone.lock().unlock();
    }

    /** As Cutting.trim: the block becomes exact pages, those behind {@code pagesKept} are freed. */
    void trim(int frame, int pagesKept) {
        zone.lock().lock();
        long word = map.wordOpaque(frame);
        write(frame, FrameWord.withExact(FrameWord.withOrder(word, 0), pagesKept));
        for (int each = frame + pagesKept; each < frame + (1 << FrameWord.order(word)); each++) {
            zone.buddies().free(each, 0, true);
        }
        zone.lock().unlock();
    }

    private void write(int frame, long next) {
        Thread.onSpinWait();
        map.setWordOpaque(frame, next);
    }
}
