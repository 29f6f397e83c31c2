package org.mm4j.buddy;

import java.lang.reflect.Method;

/** The Java heap that the current thread has used up so far; by reflection, as this module reads no java.management. */
final class AllocatedBytes {
    private final Object threads;
    private final Method bytes;

    AllocatedBytes() {
        try {
            threads = Class.forName("java.lang.management.ManagementFactory")
                    .getMethod("getThreadMXBean")
                    .invoke(null);
            bytes = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
            now();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Bytes so far. Asking uses some tens of bytes itself. */
    long now() {
        try {
            return (long) bytes.invoke(threads);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
