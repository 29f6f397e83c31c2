package org.mm4j.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What an object costs one thread: taken and given back at once, a hundred taken and given back, the last one first or
 * the first one first, and a page taken and given back.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class ObjectPairBenchmark {
    private static final int BATCH = 100;
    private static final int PAGE_BYTES = 4096;

    /** One thread's places, filled by one allocator. */
    @State(Scope.Thread)
    public static class Of {
        /** Which. */
        @Param
        public Allocator allocator;

        private Places places;
        private int pageBytes;

        /** All empty. */
        @Setup
        public void make() {
            places = allocator.places(BATCH);
            pageBytes = allocator.isOfOneSize() ? Places.OBJECT_BYTES : PAGE_BYTES;
        }
    }

    private final long[] word = Yardsticks.word();

    @Benchmark
    public void pair(Of of) {
        of.places.take(0, Places.OBJECT_BYTES);
        of.places.give(0);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void lastFirst(Of of) {
        for (int place = 0; place < BATCH; place++) {
            of.places.take(place, Places.OBJECT_BYTES);
        }
        for (int place = BATCH - 1; place >= 0; place--) {
            of.places.give(place);
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void firstFirst(Of of) {
        for (int place = 0; place < BATCH; place++) {
            of.places.take(place, Places.OBJECT_BYTES);
        }
        for (int place = 0; place < BATCH; place++) {
            of.places.give(place);
        }
    }

    /** Those of one size take an object of that. */
    @Benchmark
    public void pageBytes(Of of) {
        of.places.take(0, of.pageBytes);
        of.places.give(0);
    }

    @Benchmark
    public boolean loadAndCas() {
        return Yardsticks.loadAndCas(word);
    }

    @Benchmark
    public void mallocAndFree() {
        Yardsticks.free(Yardsticks.malloc(Places.OBJECT_BYTES));
    }
}
