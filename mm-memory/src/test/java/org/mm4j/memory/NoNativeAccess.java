package org.mm4j.memory;

import org.mm4j.api.PhysicalMemory;

/** A program that runs without native access and prints what it gets. */
final class NoNativeAccess {
    private NoNativeAccess() {}

    /** Prints three lines, one a back end. */
    public static void main(String[] arguments) {
        for (BackEnd backEnd : BackEnd.values()) {
            System.out.println(backEnd + ": " + outcome(backEnd));
        }
    }

    private static String outcome(BackEnd backEnd) {
        MemoryOptions options = MemoryOptions.defaults().withBytes(1L << 20).withBackEnd(backEnd);
        try (PhysicalMemory memory = HostMemory.reserve(options)) {
            memory.zero(0, memory.bytes());
            return memory.kind();
        } catch (UnsupportedOperationException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
