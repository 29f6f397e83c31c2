package org.mm4j.bench;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** What an allocator is measured against: the cheapest atomic, and the host's malloc. */
final class Yardsticks {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int AT = 16;

    private static final MethodHandle MALLOC = link("malloc", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FREE = link("free", FunctionDescriptor.ofVoid(JAVA_LONG));

    private Yardsticks() {}

    private static MethodHandle link(String name, FunctionDescriptor types) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), types, Linker.Option.critical(false));
    }

    /** A word in the middle of cache lines of its own. */
    static long[] word() {
        return new long[AT + 1 + AT];
    }

    /** A load, and a compare-and-set that depends on it. */
    static boolean loadAndCas(long[] word) {
        long value = (long) WORD.get(word, AT);
        return WORD.compareAndSet(word, AT, value, value + 1);
    }

    static long malloc(long bytes) {
        try {
            return (long) MALLOC.invokeExact(bytes);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static void free(long address) {
        try {
            FREE.invokeExact(address);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
