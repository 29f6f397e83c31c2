package org.mm4j.contract;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Java heap that the calling thread has used up. By handle, as the modules under test read no jdk.management. */
public final class AllocatedBytes {
    private static final MethodHandle NOW = now(
            "java.lang.management.ManagementFactory",
            "java.lang.management.ThreadMXBean",
            "com.sun.management.ThreadMXBean");

    private AllocatedBytes() {}

    private static MethodHandle now(String factory, String standard, String extended) {
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        try {
            Object threads = lookup.findStatic(
                            Class.forName(factory), "getThreadMXBean", MethodType.methodType(Class.forName(standard)))
                    .invoke();
            return lookup.findVirtual(
                            Class.forName(extended),
                            "getCurrentThreadAllocatedBytes",
                            MethodType.methodType(long.class))
                    .bindTo(threads);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Bytes so far. */
    public static long now() {
        try {
            return (long) NOW.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The least that one of some rounds used up: the first ones load classes. */
    public static long leastOf(int rounds, Runnable round) {
        long least = Long.MAX_VALUE;
        for (int each = 0; each < rounds; each++) {
            long before = now();
            round.run();
            least = Math.min(least, now() - before);
        }
        return least;
    }
}
