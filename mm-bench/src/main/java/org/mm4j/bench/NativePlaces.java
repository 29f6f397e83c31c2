package org.mm4j.bench;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Objects of one library of the host. */
final class NativePlaces implements Places {
    private static final MemorySegment EVERYTHING = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** Constants are called without a check of their type, and a run measures one library only. */
    private static final class Chosen {
        static NativeLibrary library = NativeLibrary.HOST;
    }

    private static final class Calls {
        static final MethodHandle MALLOC = Chosen.library.malloc();
        static final MethodHandle FREE = Chosen.library.free();
    }

    private final NativeLibrary library;
    private final long[] addresses;

    NativePlaces(NativeLibrary library, int places) {
        this.library = library;
        Chosen.library = library;
        addresses = new long[places];
    }

    @Override
    public void take(int place, int bytes) {
        try {
            addresses[place] = (long) Calls.MALLOC.invokeExact((long) bytes);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void give(int place) {
        try {
            Calls.FREE.invokeExact(addresses[place]);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void touch(int place, int bytes) {
        for (int at = 0; at < bytes; at += 4096) {
            EVERYTHING.set(JAVA_BYTE, addresses[place] + at, (byte) 1);
        }
    }

    @Override
    public Places another(int places) {
        return new NativePlaces(library, places);
    }
}
