package org.mm4j.bench;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.BuddyAllocator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** What a page costs when very many are taken in a row, and when they are given back in random order. */
public class PageBulkBenchmark {
    /** Pages of each thread; two threads take half of the zone. */
    private static final int PAGES = 1 << 16;

    /** Pages of one bulk request. */
    private static final int BULK = 512;

    /** One thread. */
    @Threads(1)
    public static class Alone extends Runs {}

    /** Two threads, each with its own pages. */
    @Threads(2)
    public static class ByTwo extends Runs {}

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
    }

    /** The pages of one thread. */
    abstract static class Holding {
        BuddyAllocator pages;
        final long[] pfns = new long[PAGES];
        private final Random random = new Random(1);

        void takeOneByOne() {
            for (int each = 0; each < PAGES; each++) {
                pfns[each] = pages.allocPages(Gfp.GFP_KERNEL, 0, 0);
            }
        }

        void shuffle() {
            for (int each = PAGES - 1; each > 0; each--) {
                int other = random.nextInt(each + 1);
                long pfn = pfns[each];
                pfns[each] = pfns[other];
                pfns[other] = pfn;
            }
        }

        void freeAll() {
            for (long pfn : pfns) {
                pages.freePages(pfn, 0);
            }
        }
    }

    /** Takes; what was taken goes back unmeasured. */
    @State(Scope.Thread)
    public static class Taking extends Holding {
        private final long[] bulk = new long[BULK];

        /** The zone of this run. */
        @Setup
        public void zone(Zone zone) {
            pages = zone.pages;
        }

        private void takeInBulk() {
            for (int from = 0; from < PAGES; from += BULK) {
                Arrays.fill(bulk, PageFrame.NONE);
                int filled = 0;
                while (filled < BULK) {
                    filled = pages.allocPagesBulk(Gfp.GFP_KERNEL, 0, bulk);
                }
                System.arraycopy(bulk, 0, pfns, from, BULK);
            }
        }

        /** In random order, so that each run begins with pages that lie anywhere. */
        @TearDown(Level.Invocation)
        public void giveBack() {
            shuffle();
            freeAll();
        }
    }

    /** Gives back; takes and shuffles unmeasured. */
    @State(Scope.Thread)
    public static class Freeing extends Holding {
        /** The zone of this run. */
        @Setup
        public void zone(Zone zone) {
            pages = zone.pages;
        }

        /** Pages in random order. */
        @Setup(Level.Invocation)
        public void take() {
            takeOneByOne();
            shuffle();
        }
    }

    /** A word that no other thread uses, and addresses of the host's malloc. */
    @State(Scope.Thread)
    public static class Peers {
        private final long[] word = Yardsticks.word();
        private final long[] addresses = new long[PAGES];
    }

    /** The runs, and the yardsticks. */
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @OperationsPerInvocation(PAGES)
    @Warmup(iterations = 100)
    @Measurement(iterations = 100)
    @Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
    public abstract static class Runs {
        @Benchmark
        public void takeOneByOne(Taking taking) {
            taking.takeOneByOne();
        }

        @Benchmark
        public void takeInBulk(Taking taking) {
            taking.takeInBulk();
        }

        @Benchmark
        public void freeInRandomOrder(Freeing freeing) {
            freeing.freeAll();
        }

        @Benchmark
        public boolean loadAndCas(Peers peers) {
            boolean all = true;
            for (int each = 0; each < PAGES; each++) {
                all &= Yardsticks.loadAndCas(peers.word);
            }
            return all;
        }

        @Benchmark
        public void mallocAndFree(Peers peers) {
            for (int each = 0; each < PAGES; each++) {
                peers.addresses[each] = Yardsticks.malloc(PageFrame.PAGE_SIZE);
            }
            for (long address : peers.addresses) {
                Yardsticks.free(address);
            }
        }
    }
}
