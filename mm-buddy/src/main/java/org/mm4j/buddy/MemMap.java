package org.mm4j.buddy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.mm4j.api.PageFrame;

/**
 * The words of all page frames, 8 bytes each, and behind them the heads of the free lists.
 *
 * <p>A <em>frame</em> is an index into this map, a <em>pfn</em> the number that the outside world uses:
 * {@code pfn = firstPfn + frame}. Since {@code firstPfn} is a multiple of the largest block, buddies of a pfn and of
 * its frame are the same, and the buddy of a frame in the map is in the map.
 *
 * <pre>
 *   frame   0 ......................................... frames-1 | frames ...
 *          [ word | word | word |          ...             | word | list heads ]
 * </pre>
 *
 * <p>Who may write a word is told in {@link FrameWord}; this class only touches memory.
 *
 * <p>In Linux 6.18: mem_map, include/asm-generic/memory_model.h.
 */
final class MemMap {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final long firstPfn;
    private final int frames;
    private final long[] words;

    /** Read only by those who refuse a call. */
    private volatile boolean isClosed;

    /** A map of {@code frames} reserved frames, and of {@code listHeads} list heads behind them. */
    MemMap(long firstPfn, int frames, int listHeads) {
        assert firstPfn % PageFrame.MAX_ORDER_NR_PAGES == 0;
        assert frames % PageFrame.MAX_ORDER_NR_PAGES == 0;
        this.firstPfn = firstPfn;
        this.frames = frames;
        this.words = new long[frames + listHeads];
        Arrays.fill(words, 0, frames, FrameWord.RESERVED_WORD);
    }

    long firstPfn() {
        return firstPfn;
    }

    int frames() {
        return frames;
    }

    long pfn(int frame) {
        return firstPfn + frame;
    }

    /** The frame of a pfn inside the map. */
    int frame(long pfn) {
        assert contains(pfn);
        return (int) (pfn - firstPfn);
    }

    boolean contains(long pfn) {
        return pfn >= firstPfn && pfn < firstPfn + frames;
    }

    /** The head of the block that holds the frame; the frame itself when it is reserved. Exact under the zone lock. */
    int blockHead(int frame) {
        for (int order = 0; order <= PageFrame.MAX_PAGE_ORDER; order++) {
            int head = frame & -(1 << order);
            long word = wordOpaque(head);
            if (FrameWord.isHead(word)) {
                return FrameWord.order(word) >= order ? head : frame;
            }
        }
        return frame;
    }

    /** From now on no frame is in use, so that every call that names one is refused; free lists stay as they are. */
    void close() {
        for (int frame = 0; frame < frames; frame++) {
            if (FrameWord.state(wordOpaque(frame)) == FrameWord.IN_USE) {
                setWordOpaque(frame, FrameWord.RESERVED_WORD);
            }
        }
        isClosed = true;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Bytes of Java heap that the map takes. */
    long bytesUsed() {
        return (long) words.length * Long.BYTES;
    }

    long wordOpaque(int index) {
        return (long) WORD.getOpaque(words, index);
    }

    void setWordOpaque(int index, long word) {
        WORD.setOpaque(words, index, word);
    }

    boolean casWord(int index, long expected, long next) {
        return WORD.compareAndSet(words, index, expected, next);
    }
}
