package org.mm4j.kernel;

import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.FaultAttributes;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.FaultyGate;
import org.mm4j.api.FaultyPages;
import org.mm4j.api.FaultyPercpu;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.SlotGate;
import org.mm4j.buddy.BuddyFaults;
import org.mm4j.kernel.pools.MempoolFaults;
import org.mm4j.memory.FaultyMemory;
import org.mm4j.slab.Failslab;
import org.mm4j.vmalloc.VmallocFaults;

/**
 * The points where a kernel can be made to fail, each with its attributes, which can be set at any time. A kernel that is
 * booted without them has none of their classes in its paths, and pays nothing; with them, a point where nothing is to fail
 * costs a look at the thread and one at the attributes.
 *
 * <pre>
 *   pages()    ---> [fail_page_alloc] ---> zones        the caches of pages ---> [fail_trylock] ---> slots
 *   caches     ---> [failslab] ---> engine              engines             ---> [fail_trylock] ---> slots
 *   vmalloc()  ---> page table ---> [fail_map, fail_unmap] ---> the host      trims, blocks ---> [fail_punch] ---> the host
 *   percpu()   ---> [fail_percpu_alloc] ---> chunks    CMA, blocks ---> [fail_contig_alloc] ---> zones
 *   mempools   ---> [fail_mempool_alloc, fail_mempool_alloc_bulk] ---> caches, pages
 *   cgroups    ---> [fail_charge] ---> counters
 * </pre>
 *
 * <p>Any thread may call any method. In Linux 6.18: mm/failslab.c, mm/fail_page_alloc.c, lib/fault-inject.c.
 */
public final class KernelFaults {
    private final Map<FaultPoint, FaultInjection> points = new EnumMap<>(FaultPoint.class);
    private final @Nullable Failslab failslab;

    /** The points of one kernel, at all of which nothing fails yet; none when it is booted without them. */
    KernelFaults(boolean isInstalled, KernelLog log, long seed) {
        if (isInstalled) {
            for (FaultPoint point : FaultPoint.values()) {
                points.put(point, new FaultInjection(point.kernelName(), new Random(seed + point.ordinal()), log));
            }
        }
        failslab = isInstalled ? new Failslab(of(FaultPoint.FAILSLAB)) : null;
    }

    /**
     * What decides at a point, and counts.
     *
     * @throws IllegalStateException when the kernel was booted without points
     */
    public FaultInjection of(FaultPoint point) {
        FaultInjection injection = points.get(point);
        if (injection == null) {
            throw new IllegalStateException(
                    "this kernel was booted without fault points; KernelConfig.withFaults(true) has them");
        }
        return injection;
    }

    /** From now on, calls at a point fail as the attributes say. */
    public void set(FaultPoint point, FaultAttributes attributes) {
        of(point).set(attributes);
    }

    /** From now on, calls at all points fail as the attributes say; with {@link FaultAttributes#NONE} none do. */
    public void setAll(FaultAttributes attributes) {
        for (FaultPoint point : FaultPoint.values()) {
            set(point, attributes);
        }
    }

    /** Only caches with {@link org.mm4j.slab.SlabFlags#SLAB_FAILSLAB} fail, or all. In Linux: failslab/cache-filter. */
    public void filterCaches(boolean next) {
        of(FaultPoint.FAILSLAB);
        if (failslab != null) {
            failslab.filterCaches(next);
        }
    }

    /** The thread that fails tells where, before it goes on; it must not call the kernel. */
    public void onFault(Consumer<FaultPoint> listener) {
        for (FaultPoint point : FaultPoint.values()) {
            of(point).setOnFault(() -> listener.accept(point));
        }
    }

    /** How many calls were made to fail, at all points. */
    public long faults() {
        return points.values().stream().mapToLong(FaultInjection::faults).sum();
    }

    // What stands before the parts of a kernel: themselves where there are no points.

    PageAllocator before(PageAllocator pages) {
        return points.isEmpty() ? pages : new FaultyPages(pages, of(FaultPoint.FAIL_PAGE_ALLOC));
    }

    PerCpuAllocator before(PerCpuAllocator percpu) {
        return points.isEmpty() ? percpu : new FaultyPercpu(percpu, of(FaultPoint.FAIL_PERCPU_ALLOC));
    }

    SlotGate before(SlotGate gate) {
        return points.isEmpty() ? gate : new FaultyGate(gate, of(FaultPoint.FAIL_TRYLOCK));
    }

    PhysicalMemory before(PhysicalMemory memory) {
        return points.isEmpty() ? memory : new FaultyMemory(memory, of(FaultPoint.FAIL_PUNCH));
    }

    // What the parts of a kernel are given; null where there are no points.

    @Nullable
    BuddyFaults ofBuddy() {
        return points.isEmpty() ? null : new BuddyFaults(of(FaultPoint.FAIL_CONTIG_ALLOC), of(FaultPoint.FAIL_TRYLOCK));
    }

    @Nullable
    MempoolFaults ofMempools() {
        return points.isEmpty()
                ? null
                : new MempoolFaults(of(FaultPoint.FAIL_MEMPOOL_ALLOC), of(FaultPoint.FAIL_MEMPOOL_ALLOC_BULK));
    }

    @Nullable
    FaultInjection charge() {
        return points.get(FaultPoint.FAIL_CHARGE);
    }

    @Nullable
    FaultInjection trylock() {
        return points.get(FaultPoint.FAIL_TRYLOCK);
    }

    @Nullable
    Failslab failslab() {
        return failslab;
    }

    @Nullable
    VmallocFaults ofVmalloc() {
        return points.isEmpty()
                ? null
                : new VmallocFaults(of(FaultPoint.FAIL_MAP), of(FaultPoint.FAIL_UNMAP), of(FaultPoint.FAIL_TRYLOCK));
    }

    /** The files of all points, by folder and name, as below /sys/kernel/debug. */
    SortedMap<String, SortedMap<String, String>> files() {
        SortedMap<String, SortedMap<String, String>> folders = new TreeMap<>();
        points.forEach((point, injection) -> folders.put(point.kernelName(), files(point, injection)));
        return folders;
    }

    private SortedMap<String, String> files(FaultPoint point, FaultInjection injection) {
        FaultAttributes now = injection.attributes();
        SortedMap<String, String> files = new TreeMap<>();
        files.put("interval", line(now.interval()));
        files.put("probability", now.rate().percent() + "\n");
        files.put("space", line(now.space()));
        files.put("times", line(now.times()));
        files.put("verbose", line(now.verbose()));
        files.put("task-filter", line(now.filtersTasks()));
        files.put("faults", line(injection.faults()));
        files.put("calls", line(injection.calls()));
        if (point == FaultPoint.FAILSLAB || point == FaultPoint.FAIL_PAGE_ALLOC) {
            files.put("ignore-gfp-wait", line(now.sparesWaiters()));
        }
        if (point == FaultPoint.FAIL_PAGE_ALLOC) {
            files.put("min-order", line(now.minOrder()));
        }
        if (point == FaultPoint.FAILSLAB && failslab != null) {
            files.put("cache-filter", line(failslab.isCacheFiltered()));
        }
        return files;
    }

    private static String line(long value) {
        return value + "\n";
    }

    private static String line(boolean value) {
        return value ? "Y\n" : "N\n";
    }
}
