package org.mm4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.arena.KernelArena;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to open an arena, to take 256 bytes from it, and to close it. */
public class KernelArenaBenchmark {
    private static final long BYTES = 256;

    /** One thread. */
    @Threads(1)
    public static class Alone extends Lifetimes {}

    /** Two threads, each with its own arenas. */
    @Threads(2)
    public static class ByTwo extends Lifetimes {}

    /** A kernel of 64 MiB. */
    @State(Scope.Benchmark)
    public static class Machine {
        private Kernel kernel;

        @Setup
        public void boot() {
            kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20));
        }

        @TearDown
        public void close() {
            kernel.close();
        }
    }

    /** A word that no other thread uses. */
    @State(Scope.Thread)
    public static class Word {
        private final long[] word = Yardsticks.word();
    }

    /** The lifetimes, and the yardsticks. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Warmup(iterations = 5, time = 1)
    @Measurement(iterations = 5, time = 1)
    @Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
    public abstract static class Lifetimes {
        @Benchmark
        public long kernelShared(Machine machine) {
            try (KernelArena arena = machine.kernel.openArena()) {
                return arena.allocate(BYTES).address();
            }
        }

        @Benchmark
        public long kernelSharedUninitialized(Machine machine) {
            try (KernelArena arena = machine.kernel.openArena()) {
                return arena.allocateUninitialized(BYTES).address();
            }
        }

        @Benchmark
        public long kernelConfined(Machine machine) {
            try (KernelArena arena = machine.kernel.openConfinedArena()) {
                return arena.allocate(BYTES).address();
            }
        }

        @Benchmark
        public long jdkShared() {
            try (Arena arena = Arena.ofShared()) {
                return arena.allocate(BYTES).address();
            }
        }

        @Benchmark
        public long jdkConfined() {
            try (Arena arena = Arena.ofConfined()) {
                return arena.allocate(BYTES).address();
            }
        }

        @Benchmark
        public MemorySegment jdkAuto() {
            return Arena.ofAuto().allocate(BYTES);
        }

        @Benchmark
        public boolean loadAndCas(Word word) {
            return Yardsticks.loadAndCas(word.word);
        }

        @Benchmark
        public long mallocAndFree() {
            long address = Yardsticks.malloc(BYTES);
            Yardsticks.free(address);
            return address;
        }
    }
}
