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

    /**
     * Ends all segments of a shared arena. When it returns, what lies behind them can go. It stops every thread twice, which
     * costs some 50 µs.
     *
     * <p>Twice, as {@link Arena#close} alone does not suffice in every JDK 25: a thread that it stops where nothing can be
     * thrown, as on its way into code that was compiled just now, makes one more access through a segment that has ended
     * (JDK-8364167). It has made it when it can be stopped again, which the end of another arena waits for.
     *
     * @throws IllegalStateException when a native call or a channel uses a segment; then nothing has ended
     */
    public static void end(Arena shared) {
        Arena other = Arena.ofShared(); // before the end, as it may fail
        shared.close();
        other.close();
    }

    /** Within the end of a shared arena: waits for accesses that may still be under way. */
    static void awaitLastAccess() {
        Arena.ofShared().close();
    }
}
