package org.mm4j.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import org.mm4j.kernel.arena.ArenaOptions;
import org.mm4j.kernel.arena.KernelArena;

/** A program that runs without native access and prints what its arenas do. */
final class NoNativeArena {
    private NoNativeArena() {}

    /** Prints what the memory is, the outcome for each kind of arena, and what is broken. */
    public static void main(String[] arguments) {
        KernelConfig config = KernelConfig.ofBytes(16 << 20).withArenas(ArenaOptions.CHECKED);
        try (Kernel kernel = Kernel.boot(config)) {
            System.out.println(kernel.memory().kind());
            tell(kernel.openArena());
            tell(kernel.openConfinedArena());
            System.out.println(kernel.validate());
        }
    }

    private static void tell(KernelArena arena) {
        MemorySegment segment = arena.allocate(100);
        System.out.print(segment.get(JAVA_INT, 96));
        arena.close();
        try {
            System.out.println(" " + segment.get(JAVA_INT, 0));
        } catch (IllegalStateException e) {
            System.out.println(" " + e.getMessage());
        }
    }
}
