package org.mm4j.slab;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.PageFrame;

/**
 * The bytes that a debug cache writes into and around its objects, by which it sees who wrote where nobody should.
 *
 * <pre>
 *                    left red zone | object                | right red zone | link, users, size | padding
 *   free               bb bb .. bb | 6b 6b 6b .. .. 6b a5  |    bb bb .. bb |                   | 5a 5a .. 5a
 *   allocated          cc cc .. cc | the caller's          |    cc cc .. cc |                   | 5a 5a .. 5a
 *   of kmalloc         cc cc .. cc | the caller's | cc cc ..        cc .. cc |                   | 5a 5a .. 5a
 * </pre>
 *
 * <p>Who calls has the object for itself, or holds its node's lock. Costs grow with the size of the object.
 *
 * <p>In Linux 6.18: include/linux/poison.h; mm/slub.c, init_object(), setup_slab_debug(), set_orig_size().
 */
final class ObjectPatterns {
    static final int POISON_FREE = 0x6b;
    static final int POISON_END = 0xa5;
    static final int POISON_INUSE = 0x5a;
    static final int RED_INACTIVE = 0xbb;
    static final int RED_ACTIVE = 0xcc;

    private final SlabLayout layout;
    private final ObjectMemory memory;
    private final MemorySegment segment;
    private final boolean hasRedZones;
    private final boolean poisonsObjects;
    private final boolean hasPadding;

    ObjectPatterns(SlabLayout layout, ObjectMemory memory) {
        this.layout = layout;
        this.memory = memory;
        segment = memory.segment();
        hasRedZones = SlabFlags.has(layout.flags(), SlabFlags.SLAB_RED_ZONE);
        poisonsObjects = layout.poisonsObjects();
        hasPadding = SlabFlags.has(layout.flags(), SlabFlags.SLAB_POISON);
    }

    /** Prepares the pages of a new slab, whose objects are all free. */
    void paint(Slab slab) {
        if (hasPadding) {
            fill(slab.pfn << PageFrame.PAGE_SHIFT, PageFrame.PAGE_SIZE << slab.order, POISON_INUSE);
        }
        for (int object = 1; object <= slab.objects; object++) {
            long start = memory.start(slab, object);
            mark(start, RED_INACTIVE, layout.objectSize());
            if (layout.userOffset() != SlabLayout.NONE) {
                fill(start + layout.userOffset(), 2 * SlabLayout.USER_BYTES, 0);
            }
        }
    }

    /** Gives an object the looks of one that somebody has; its original size is all of it. */
    void activate(Slab slab, int object) {
        long start = memory.start(slab, object);
        writeOriginalSize(start, layout.objectSize());
        mark(start, RED_ACTIVE, layout.objectSize());
    }

    /** Gives an object the looks of a free one. */
    void deactivate(Slab slab, int object) {
        mark(memory.start(slab, object), RED_INACTIVE, layout.objectSize());
    }

    private void mark(long start, int red, int bytes) {
        if (poisonsObjects) {
            fill(start, bytes - 1, POISON_FREE);
            fill(start + bytes - 1, 1, POISON_END);
        }
        if (hasRedZones) {
            fill(start - layout.redLeftPad(), layout.redLeftPad(), red);
            fill(start + bytes, layout.inuse() - bytes, red);
        }
    }

    // The size that kmalloc was asked for.

    /** How many bytes of an object its owner asked for; all of them where that is not remembered. */
    int originalSize(Slab slab, int object) {
        if (layout.originalSizeOffset() == SlabLayout.NONE) {
            return layout.objectSize();
        }
        long bytes = segment.get(JAVA_LONG, memory.start(slab, object) + layout.originalSizeOffset());
        return bytes < 0 || bytes > layout.objectSize() ? layout.objectSize() : (int) bytes; // somebody wrote over it
    }

    /** Remembers how many bytes the owner asked for, and makes what lies behind them a red zone. */
    void setOriginalSize(Slab slab, int object, int bytes) {
        long start = memory.start(slab, object);
        writeOriginalSize(start, bytes);
        if (hasRedZones && layout.originalSizeOffset() != SlabLayout.NONE) {
            fill(start + bytes, layout.objectSize() - bytes, RED_ACTIVE);
        }
    }

    private void writeOriginalSize(long start, int bytes) {
        if (layout.originalSizeOffset() != SlabLayout.NONE) {
            segment.set(JAVA_LONG, start + layout.originalSizeOffset(), bytes);
        }
    }

    // Bytes; places count from the begin of the memory.

    void fill(long place, int bytes, int value) {
        for (int at = 0; at < bytes; at++) { // no slice: an object is never left half marked for want of Java heap
            segment.set(JAVA_BYTE, place + at, (byte) value);
        }
    }

    int at(long place) {
        return segment.get(JAVA_BYTE, place) & 0xff;
    }

    /** The first of the bytes that is not {@code value}; the end when there is none. */
    long firstOther(long place, long end, int value) {
        long at = place;
        while (at < end && at(at) == value) {
            at++;
        }
        return at;
    }

    /** The place behind the last of the bytes that is not {@code value}; the begin when there is none. */
    long endOfOthers(long place, long end, int value) {
        long at = end;
        while (at > place && at(at - 1) == value) {
            at--;
        }
        return at;
    }
}
