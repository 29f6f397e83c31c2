package org.mm4j.bench;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.mm4j.api.Gfp;
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

/** What it costs to take a block and to give it back at once: by one thread, and by two that want the same zone. */
public class PageBenchmark {
    /** Nobody else wants the zone. */
    @Threads(1)
    public static class Alone extends Pairs {}

    /** Two threads take turns. */
    @Threads(2)
    public static class ByTwo extends Pairs {}

    /**
     * The zones without page caches, malloc and free called from Java, and the yardstick: two compare-and-sets, of the
     * lock that is taken and of the reference that is dropped; each on a word of its own thread.
     */
    @State(Scope.Benchmark)
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Warmup(iterations = 3, time = 1)
    @Measurement(iterations = 5, time = 1)
    @Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
    public abstract static class Pairs {
        private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);
        private static final long FRAMES = 1 << 18;
        private static final Linker LINKER = Linker.nativeLinker();
        private static final MethodHandle MALLOC = LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow("malloc"),
                FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
                Linker.Option.critical(false));
        private static final MethodHandle FREE = LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow("free"),
                FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG),
                Linker.Option.critical(false));

        /** Single pages, and the largest blocks that are not costly. */
        @Param({"0", "3"})
        public int order;

        private final BuddyAllocator whole = BuddyAllocator.ofFrames(FRAMES);
        private final BuddyAllocator used = BuddyAllocator.ofFrames(FRAMES);

        /** Leaves two free blocks of the order, each next to one that stays in use. */
        @Setup
        public void use() {
            long[] pfns = new long[4];
            for (int block = 0; block < pfns.length; block++) {
                pfns[block] = used.allocPages(Gfp.GFP_KERNEL, order);
            }
            used.freePages(pfns[1], order);
            used.freePages(pfns[3], order);
        }

        /** A block of the order is free: it is taken off a list and put back. */
        @Benchmark
        public long buddy() {
            return pair(used);
        }

        /** All is free: the pair splits a block of the largest order and merges it again. */
        @Benchmark
        public long buddySplitsAndMerges() {
            return pair(whole);
        }

        private long pair(BuddyAllocator pages) {
            long pfn = pages.allocPages(Gfp.GFP_KERNEL, order);
            pages.freePages(pfn, order);
            return pfn;
        }

        @Benchmark
        public long malloc() throws Throwable {
            long address = (long) MALLOC.invokeExact(4096L << order);
            FREE.invokeExact(address);
            return address;
        }

        @Benchmark
        public boolean loadAndCasTwice(Yardstick own) {
            return own.loadAndCas() && own.loadAndCas();
        }

        /** A word in the middle of two cache lines of its own. */
        @State(Scope.Thread)
        public static class Yardstick {
            private static final int AT = 32;
            private final int[] words = new int[AT + 1 + AT];

            boolean loadAndCas() {
                int word = (int) WORD.get(words, AT);
                return WORD.compareAndSet(words, AT, word, word + 1);
            }
        }
    }
}
