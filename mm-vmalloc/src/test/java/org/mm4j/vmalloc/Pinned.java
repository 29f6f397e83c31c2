package org.mm4j.vmalloc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** A native call that uses memory and calls back into Java meanwhile. */
final class Pinned {
    private Pinned() {}

    /** Sorts the first two bytes and runs {@code meanwhile} at every comparison. */
    static void during(MemorySegment memory, Runnable meanwhile) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle compare = MethodHandles.lookup()
                .findStatic(
                        Pinned.class,
                        "compare",
                        MethodType.methodType(int.class, Runnable.class, MemorySegment.class, MemorySegment.class))
                .bindTo(meanwhile);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stub = linker.upcallStub(compare, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS), arena);
            MethodHandle qsort = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("qsort"),
                    FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS));
            memory.set(JAVA_BYTE, 0, (byte) 2);
            memory.set(JAVA_BYTE, 1, (byte) 1);
            qsort.invokeExact(memory, 2L, 1L, stub);
        }
    }

    private static int compare(Runnable meanwhile, MemorySegment one, MemorySegment other) {
        meanwhile.run();
        return 0;
    }
}
