package org.mm4j.bench;

import java.util.concurrent.TimeUnit;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.BuddyAllocator;
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

/** What it costs to take a block of pages and to give it back at once. */
public class PagePairBenchmark {
    /** One thread. */
    @Threads(1)
    public static class Alone extends Pairs {}

    /** Two threads, each with its own blocks. */
    @Threads(2)
    public static class ByTwo extends Pairs {}

    /** One zone of 1 GiB. */
    @State(Scope.Benchmark)
    public static class Zone {
        /** What is in front of it. */
        @Param
        public Cache cache;

        private BuddyAllocator pages;

        /** All pages free. */
        @Setup
        public void boot() {
            pages = cache.pages(1L << 18);
        }

        private long pair(int order) {
            long pfn = pages.allocPages(Gfp.GFP_KERNEL, order, 0);
            pages.freePages(pfn, order);
            return pfn;
        }
    }

    /** A word that no other thread uses. */
    @State(Scope.Thread)
    public static class Word {
        private final long[] word = Yardsticks.word();
    }

    /** The pairs, and the yardsticks. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Warmup(iterations = 5, time = 1)
    @Measurement(iterations = 5, time = 1)
    @Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
    public abstract static class Pairs {
        @Benchmark
        public long order0(Zone zone) {
            return zone.pair(0);
        }

        @Benchmark
        public long order3(Zone zone) {
            return zone.pair(3);
        }

        @Benchmark
        public boolean loadAndCas(Word word) {
            return Yardsticks.loadAndCas(word.word);
        }

        @Benchmark
        public long mallocAndFree() {
            long address = Yardsticks.malloc(PageFrame.PAGE_SIZE);
            Yardsticks.free(address);
            return address;
        }
    }
}
