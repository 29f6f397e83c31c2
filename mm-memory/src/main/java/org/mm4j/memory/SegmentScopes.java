package org.mm4j.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Segments that end sooner than the memory behind them.
 *
 * <p>Any thread may call it. No counterpart in Linux, where nobody ends a pointer.
 */
public final class SegmentScopes {
    private SegmentScopes() {}

    /** Whether this JVM allows it: native access is on for this module. */
    public static boolean isPossible() {
        return SegmentScopes.class.getModule().isNativeAccessEnabled();
    }

    /**
     * The same bytes, for as long as {@code arena} lives, and to the threads that it admits. The caller sees to it that
     * the memory stays at least as long: behind its end, nothing keeps the new segment from reaching what is there then.
     *
     * @param segment native, and not read-only
     * @throws UnsupportedOperationException unless {@link #isPossible()}
     * @throws IllegalStateException when {@code arena} is closed
     */
    public static MemorySegment rescoped(MemorySegment segment, Arena arena) {
        if (!isPossible()) {
            throw new UnsupportedOperationException(
                    "segments with a life of their own need native access; start Java with --enable-native-access="
                            + NativeCalls.module());
        }
        return segment.reinterpret(arena, null);
    }
}
