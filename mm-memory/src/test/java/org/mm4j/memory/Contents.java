package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/** What a range of memory holds. */
final class Contents {
    private Contents() {}

    /** Where the first byte with another value lies, counted from {@code offset}; −1: nowhere. */
    static long firstOtherThan(MemorySegment map, byte value, long offset, long bytes) {
        MemorySegment range = map.asSlice(offset, bytes);
        if (bytes == 0) {
            return -1;
        }
        if (range.get(JAVA_BYTE, 0) != value) {
            return 0;
        }
        long at = range.asSlice(1).mismatch(range.asSlice(0, bytes - 1)); // each byte equals the one before it
        return at < 0 ? -1 : at + 1;
    }
}
