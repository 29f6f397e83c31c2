package org.mm4j.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A server's load after Larson and Krishnan, Memory Allocation for Long-Running Server Applications (1998): 1000 objects of
 * 16 to 1024 bytes for each thread, of which one at random is replaced by another of random size.
 */
public class LarsonBenchmark {
    private static final int OBJECTS = 1000;
    private static final int BYTES_MIN = 16;

    /** Sizes above the smallest; a power of two. */
    private static final int BYTES_RANGE = 1024;

    /** One thread. */
    @Threads(1)
    public static class Alone extends Runs {}

    /** Two threads, which share the allocator. */
    @Threads(2)
    public static class ByTwo extends Runs {}

    /** What the threads share. */
    @State(Scope.Benchmark)
    public static class Of {
        /** Which allocator; those that have one size only are left out. */
        @Param
        public Allocator anySize;

        private Places shared;

        @Setup
        public void make() {
            shared = anySize.places(0);
        }
    }

    /** One thread's objects. */
    @State(Scope.Thread)
    public static class Mine {
        private Places places;
        private long random = 1;

        /** All places full. */
        @Setup
        public void fill(Of of) {
            places = of.shared.another(OBJECTS);
            for (int place = 0; place < OBJECTS; place++) {
                places.take(place, bytes());
            }
        }

        private int place() {
            random = random * 0x5851f42d4c957f2dL + 0x14057b7ef767814fL;
            return (int) ((random >>> 33) % OBJECTS);
        }

        private int bytes() {
            return BYTES_MIN + ((int) (random >>> 20) & (BYTES_RANGE - 1)) % (BYTES_RANGE - BYTES_MIN + 1);
        }
    }

    /** A word that no other thread uses. */
    @State(Scope.Thread)
    public static class Word {
        private final long[] word = Yardsticks.word();
    }

    /** The replacements, and the yardsticks. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Warmup(iterations = 5, time = 1)
    @Measurement(iterations = 5, time = 1)
    @Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
    public abstract static class Runs {
        @Benchmark
        public void replace(Of of, Mine mine) {
            int place = mine.place();
            mine.places.give(place);
            mine.places.take(place, mine.bytes());
        }

        @Benchmark
        public boolean loadAndCas(Word word) {
            return Yardsticks.loadAndCas(word.word);
        }

        @Benchmark
        public void mallocAndFree() {
            Yardsticks.free(Yardsticks.malloc(Places.OBJECT_BYTES));
        }
    }
}
