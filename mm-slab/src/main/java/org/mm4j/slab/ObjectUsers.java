package org.mm4j.slab;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Who allocated each object last, and who freed it: 32 bytes each behind the object, where the cache has
 * {@link SlabFlags#SLAB_STORE_USER}.
 *
 * <pre>
 *   0          8        12     16        20          24          32
 *   | reserved | stack  | CPU  | thread  | reserved  | time, ms  |
 * </pre>
 *
 * <p>Written and read under the lock of the object's node. In Linux 6.18: mm/slub.c, struct track, set_track(),
 * print_tracking(). Differs: the caller's address is the first frame of the stack, which a {@link StackDepot} keeps.
 */
final class ObjectUsers {
    static final int ALLOC = 0;
    static final int FREE = 1;

    private static final int STACK = 8;
    private static final int CPU = 12;
    private static final int THREAD = 16;
    private static final int WHEN = 24;

    private final ObjectMemory memory;
    private final MemorySegment segment;
    private final int userOffset;
    private final StackDepot depot = new StackDepot();

    /** What is known of one use: the frames of the stack, the thread, the CPU, and milliseconds of a clock. */
    record User(List<String> frames, int thread, int cpu, long when) {
        String caller() {
            return frames.isEmpty() ? "<not-available>" : frames.getFirst();
        }
    }

    ObjectUsers(SlabLayout layout, ObjectMemory memory) {
        this.memory = memory;
        segment = memory.segment();
        userOffset = layout.userOffset();
    }

    boolean areKept() {
        return userOffset != SlabLayout.NONE;
    }

    /** The caller's stack, for {@link #set}. Holding no lock. */
    int stack() {
        return areKept() ? depot.save() : 0;
    }

    /** Milliseconds of the clock by which uses are dated. */
    static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** Remembers a use: {@link #ALLOC} or {@link #FREE}. */
    void set(Slab slab, int object, int use, int stack, int cpu) {
        if (!areKept()) {
            return;
        }
        long place = place(slab, object, use);
        segment.set(JAVA_INT, place + STACK, stack);
        segment.set(JAVA_INT, place + CPU, cpu);
        segment.set(JAVA_INT, place + THREAD, (int) Thread.currentThread().threadId());
        segment.set(JAVA_LONG, place + WHEN, now());
    }

    /** The last use; one that never was has no frames and the thread 0. */
    User get(Slab slab, int object, int use) {
        long place = place(slab, object, use);
        return new User(
                depot.frames(segment.get(JAVA_INT, place + STACK)),
                segment.get(JAVA_INT, place + THREAD),
                segment.get(JAVA_INT, place + CPU),
                segment.get(JAVA_LONG, place + WHEN));
    }

    private long place(Slab slab, int object, int use) {
        return memory.start(slab, object) + userOffset + (long) use * SlabLayout.USER_BYTES;
    }

    /** Lines for a report; none when users are not kept. */
    List<String> describe(Slab slab, int object) {
        List<String> lines = new ArrayList<>();
        if (areKept()) {
            describe("Allocated", get(slab, object, ALLOC), lines);
            describe("Freed", get(slab, object, FREE), lines);
        }
        return lines;
    }

    private static void describe(String what, User user, List<String> lines) {
        if (user.thread() != 0) {
            lines.add(what + " in " + user.caller() + " age=" + (now() - user.when()) + " cpu=" + user.cpu() + " pid="
                    + user.thread());
            user.frames().forEach(frame -> lines.add(" " + frame));
        }
    }
}
