package org.mm4j.bench;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.VirtualAreaSnapshot;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.memory.AddressReserve;
import org.mm4j.memory.HostMemory;
import org.mm4j.memory.VirtualRange;
import org.mm4j.vmalloc.VmFlags;
import org.mm4j.vmalloc.Vmalloc;
import org.mm4j.vmalloc.VmallocConfig;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** Areas of 64 pages from frames that are scattered or adjacent, and areas found by their addresses. */
public class VmallocBenchmark {
    private static final int PAGES = 64;
    private static final long PAGE = 4096;
    private static final long FRAMES = 1 << 16;
    private static final int HOT = 10;

    /** Taken and given back by one thread. */
    @Threads(1)
    @State(Scope.Benchmark)
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Warmup(iterations = 3, time = 1)
    @Measurement(iterations = 5, time = 1)
    @Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
    public static class Areas {
        /** Whether every second frame of the memory is in use. */
        @Param({"scattered", "adjacent"})
        public String frames;

        private final long[] word = Yardsticks.word();
        private PhysicalMemory memory;
        private Vmalloc vmalloc;
        private AddressReserve reserve;
        private VirtualRange range;
        private long[] pfns;

        @Setup
        public void make() {
            memory = HostMemory.reserve((BuddyConfig.FIRST_PFN + FRAMES) * PAGE);
            BuddyAllocator pages = BuddyAllocator.ofFrames(FRAMES);
            pfns = new long[PAGES];
            if (frames.equals("scattered")) {
                fragment(pages);
                pages.allocPagesBulk(Gfp.GFP_KERNEL, 0, pfns);
            } else {
                long first = pages.allocPagesExact(PAGES * PAGE, Gfp.GFP_KERNEL);
                Arrays.setAll(pfns, page -> first + page);
            }
            vmalloc = new Vmalloc(VmallocConfig.of(2), pages, memory);
            reserve = HostMemory.reserveAddresses(memory, PAGES * PAGE, Long.MAX_VALUE);
            range = reserve.range(0, PAGES * PAGE);
        }

        /** Takes every frame, the reserves too, and gives every second one back. */
        private static void fragment(BuddyAllocator pages) {
            int gfp = Gfp.GFP_NOWAIT | Gfp.__GFP_MEMALLOC | Gfp.__GFP_NOWARN;
            long[] all = new long[(int) FRAMES];
            int taken = 0;
            for (long pfn = pages.allocPages(gfp, 0); pfn != PageFrame.NONE; pfn = pages.allocPages(gfp, 0)) {
                all[taken++] = pfn;
            }
            Arrays.sort(all, 0, taken);
            for (int at = 0; at < taken; at += 2) {
                pages.freePages(all[at], 0);
            }
        }

        @TearDown
        public void end() {
            vmalloc.close();
            reserve.close();
            memory.close();
        }

        @Benchmark
        public long vmallocAndVfree() {
            long area = vmalloc.vmalloc(PAGES * PAGE);
            vmalloc.vfree(area);
            return area;
        }

        /** The same, and the first byte of each page is written. */
        @Benchmark
        public long vmallocTouchAndVfree() {
            long area = vmalloc.vmalloc(PAGES * PAGE);
            var bytes = vmalloc.segment(area);
            for (long at = 0; at < PAGES * PAGE; at += PAGE) {
                bytes.set(ValueLayout.JAVA_BYTE, at, (byte) 1);
            }
            vmalloc.vfree(area);
            return area;
        }

        /** Frames that are there already: only the calls of the host. */
        @Benchmark
        public boolean mapAndUnmapOnly() {
            range.map(pfns, PAGES);
            range.unmap();
            return range.isMapped();
        }

        @Benchmark
        public long mallocAndFree() {
            long address = Yardsticks.malloc(PAGES * PAGE);
            Yardsticks.free(address);
            return address;
        }

        @Benchmark
        public boolean loadAndCas() {
            return Yardsticks.loadAndCas(word);
        }
    }

    /** Found among others, of which nothing is mapped. The ten that are asked for again and again lie far apart. */
    @Threads(1)
    @State(Scope.Benchmark)
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Warmup(iterations = 3, time = 1)
    @Measurement(iterations = 5, time = 1)
    @Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
    public static class Finding {
        /** How many areas there are. */
        @Param({"10", "1000", "100000"})
        public int areas;

        private final long[] word = Yardsticks.word();
        private PhysicalMemory memory;
        private Vmalloc vmalloc;
        private long[] addresses;
        private long[] hotAddresses;
        private int next;

        @Setup
        public void make() {
            memory = HostMemory.reserve((BuddyConfig.FIRST_PFN + FRAMES) * PAGE);
            vmalloc = new Vmalloc(VmallocConfig.of(2), BuddyAllocator.ofFrames(FRAMES), memory);
            long[] all = new long[areas];
            Arrays.setAll(all, area -> vmalloc.getVmArea(3 * PAGE, VmFlags.VM_SPARSE));
            hotAddresses = IntStream.range(0, HOT)
                    .mapToLong(at -> all[at * (areas / HOT)] + PAGE)
                    .toArray();
            addresses = new Random(1)
                    .ints(1 << 12, 0, areas)
                    .mapToLong(at -> all[at] + PAGE)
                    .toArray();
        }

        @TearDown
        public void end() {
            vmalloc.close();
            memory.close();
        }

        /** Always the same ten. */
        @Benchmark
        public VirtualAreaSnapshot findHot() {
            next = next + 1 == HOT ? 0 : next + 1;
            return vmalloc.findVmArea(hotAddresses[next]);
        }

        /** One of 4,096 at random: the more there are, the fewer are in the processor's caches. */
        @Benchmark
        public VirtualAreaSnapshot findAny() {
            return vmalloc.findVmArea(addresses[next++ & (addresses.length - 1)]);
        }

        @Benchmark
        public boolean loadAndCas() {
            return Yardsticks.loadAndCas(word);
        }
    }
}
