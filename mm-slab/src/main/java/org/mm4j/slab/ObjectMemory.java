package org.mm4j.slab;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/**
 * The bytes of one cache's objects: where each lies, and the links of freelists that free objects hold.
 *
 * <pre>
 *   a slab   | 1 | 2 | 3 | ... | objects |  rest        start(n) = origin + n * size
 *
 *   a free object   | ... | link | ... |                 link at start(n) + freePointerOffset
 *
 *   link, hardened:   number of the next object  ^  the cache's random  ^  byte-swapped address of the link
 * </pre>
 *
 * <p>A link that is read while another thread takes the object may be anything. It is decoded, and never followed: a
 * number that is none of the slab's, or of an object that somebody has, is {@link #CORRUPT}; any other is used by whoever
 * proves by compare-and-set that the object was still free.
 *
 * <p>In Linux 6.18: get_freepointer(), set_freepointer(), freelist_ptr_encode(). Differs: a link is a number, not an
 * address, so that each can be checked.
 */
final class ObjectMemory {
    /** What {@link #next} returns for a link that leads nowhere. */
    static final int CORRUPT = -1;

    private static final int RECIPROCAL_SHIFT = 44;

    private final MemorySegment segment;
    private final long baseAddress;
    private final int size;
    private final long reciprocal;
    private final int redLeftPad;
    private final int freePointerOffset;
    private final boolean isHardened;
    private final long random;

    ObjectMemory(PhysicalMemory memory, SlabLayout layout, boolean isHardened, long random) {
        segment = memory.directMap();
        baseAddress = memory.directMapAddress();
        size = layout.size();
        reciprocal = (1L << RECIPROCAL_SHIFT) / size + 1;
        redLeftPad = layout.redLeftPad();
        freePointerOffset = layout.freePointerOffset();
        this.isHardened = isHardened;
        this.random = random;
    }

    // Numbers and addresses.

    /** Where object 0 of a slab would lie. */
    long origin(long pfn) {
        return (pfn << PageFrame.PAGE_SHIFT) + redLeftPad - size;
    }

    long address(Slab slab, int object) {
        return baseAddress + start(slab, object);
    }

    /** The number of the object that begins at an address of the slab's pages, or 0 when none does. */
    int number(Slab slab, long address) {
        long offset = address - baseAddress - slab.origin; // less than twice the largest block, or negative
        if (offset < size) {
            return 0;
        }
        int object = (int) ((offset * reciprocal) >>> RECIPROCAL_SHIFT);
        return object <= slab.objects && (long) object * size == offset ? object : 0;
    }

    /** The address of a byte of the memory. */
    long address(long start) {
        return baseAddress + start;
    }

    /** Where an object lies, in bytes from the begin of the memory. */
    long start(Slab slab, int object) {
        return slab.origin + (long) object * size;
    }

    // Links.

    /** The number after {@code object} on its freelist, 0 at the end, or {@link #CORRUPT}. */
    int next(Slab slab, int object) {
        if (object > slab.objects) {
            return CORRUPT; // the number was of another slab
        }
        long place = start(slab, object) + freePointerOffset;
        long link = segment.get(JAVA_LONG, place) ^ key(place); // may be anything: who uses it proves that it was not
        boolean isLink = link >= 0 && link <= slab.objects && link != object && slab.isFree((int) link);
        return isLink ? (int) link : CORRUPT;
    }

    /** Whether an object's link is the number of an object of its slab or 0; of one that somebody has, too. */
    boolean hasLink(Slab slab, int object) {
        long place = start(slab, object) + freePointerOffset;
        long link = segment.get(JAVA_LONG, place) ^ key(place);
        return link >= 0 && link <= slab.objects;
    }

    /** Links a free object that the caller has to {@code next}, 0: it is the last one. */
    void setNext(Slab slab, int object, int next) {
        long place = start(slab, object) + freePointerOffset;
        segment.set(JAVA_LONG, place, next ^ key(place));
    }

    private long key(long place) {
        return isHardened ? random ^ Long.reverseBytes(baseAddress + place) : 0;
    }

    // Bytes.

    /** The memory, in which {@link #start} counts. */
    MemorySegment segment() {
        return segment;
    }

    /** The address of the memory's first byte. */
    long baseAddress() {
        return baseAddress;
    }

    /** Sets the first bytes of an object to zero. */
    void zero(long address, int bytes) {
        long start = address - baseAddress;
        int at = 0;
        for (; at + Long.BYTES <= bytes; at += Long.BYTES) {
            segment.set(JAVA_LONG, start + at, 0);
        }
        for (; at < bytes; at++) {
            segment.set(JAVA_BYTE, start + at, (byte) 0);
        }
    }
}
