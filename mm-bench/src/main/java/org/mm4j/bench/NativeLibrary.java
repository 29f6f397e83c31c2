package org.mm4j.bench;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Allocators of C, called as cheaply as Java can call anything. */
enum NativeLibrary {
    HOST("", "malloc", "free"),
    MIMALLOC("libmimalloc.so.2", "mi_malloc", "mi_free"),
    JEMALLOC("libjemalloc.so.2", "malloc", "free"),
    TCMALLOC("libtcmalloc_minimal.so.4", "tc_malloc", "tc_free");

    private final String file;
    private final String malloc;
    private final String free;

    NativeLibrary(String file, String malloc, String free) {
        this.file = file;
        this.malloc = malloc;
        this.free = free;
    }

    boolean isPresent() {
        try {
            return find(malloc).isPresent() && find(free).isPresent();
        } catch (IllegalArgumentException e) {
            return false; // no such file
        }
    }

    MethodHandle malloc() {
        return link(malloc, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    }

    MethodHandle free() {
        return link(free, FunctionDescriptor.ofVoid(JAVA_LONG));
    }

    private Optional<MemorySegment> find(String name) {
        SymbolLookup lookup = file.isEmpty()
                ? Linker.nativeLinker().defaultLookup()
                : SymbolLookup.libraryLookup(file, Arena.global());
        return lookup.find(name);
    }

    private MethodHandle link(String name, FunctionDescriptor types) {
        return Linker.nativeLinker().downcallHandle(find(name).orElseThrow(), types, Linker.Option.critical(false));
    }
}
