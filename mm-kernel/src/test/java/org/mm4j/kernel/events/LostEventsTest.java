package org.mm4j.kernel.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_MOVABLE;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.api.Gfp.__GFP_RECLAIMABLE;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.trace.Tracepoints;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.buddy.CmaArea;
import org.mm4j.buddy.ZoneSettings;
import org.mm4j.kernel.reclaim.Reclaim;
import org.mm4j.kernel.reclaim.ShrinkerConfig;
import org.mm4j.percpu.OwnedGate;
import org.mm4j.percpu.PerCpuPages;
import org.mm4j.percpu.PercpuConfig;
import org.mm4j.slab.SlabConfig;
import org.mm4j.vmalloc.VmallocConfig;

/** Somebody who is told throws, as he does without Java heap: then nothing but the event is lost. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LostEventsTest {
    private static final int FRAMES = 8192;

    private final AtomicInteger told = new AtomicInteger();
    private final Tracepoints thrower = (Tracepoints) Proxy.newProxyInstance(
            Tracepoints.class.getClassLoader(), new Class<?>[] {Tracepoints.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("equals")) {
                    return proxy == arguments[0];
                }
                told.incrementAndGet();
                throw new OutOfMemoryError("no Java heap for an event");
            });

    @Test
    @DisplayName("whoever is told by an allocator's configuration is guarded")
    void everyConfigurationGuards() {
        Stream<Tracepoints> guarded = Stream.of(
                BuddyConfig.ofFrames(FRAMES).withTrace(thrower).trace(),
                SlabConfig.ofCpus(1).withTrace(thrower).trace(),
                PercpuConfig.of(1).withTrace(thrower).trace(),
                VmallocConfig.of(1).withTrace(thrower).trace());
        assertThat(guarded)
                .allSatisfy(trace -> assertThatCode(() -> trace.kfree(1)).doesNotThrowAnyException());
        assertThat(told).hasValue(4);
    }

    @Test
    void reclaimGuards() {
        Reclaim reclaim = new Reclaim(1, GfpContext.PROCESS, new KernelLog(), thrower, null);
        BuddyAllocator buddy = new BuddyAllocator(BuddyConfig.ofFrames(FRAMES).withPressure(reclaim));
        reclaim.begin(1, buddy::balance, buddy::compaction, CompactionEventsTest.ONE_ZONE.compaction());
        reclaim.oom().register("hog", 0, () -> 1, () -> {});
        var shrinker =
                reclaim.shrinkers().register(ShrinkerConfig.of("stock").ofPages(), new CompactionEventsTest.Liar());
        assertThat(reclaim.reclaim(0, GFP_KERNEL, 0)).isPositive();
        shrinker.close();
        reclaim.close();
        assertThat(told.get()).as("begin, end, and a shrinker's").isGreaterThanOrEqualTo(4);
    }

    @ParameterizedTest
    @DisplayName("pages of all sizes and migrate types, with and without caches, contiguous ones, compaction")
    @ValueSource(booleans = {true, false})
    void noPageIsLost(boolean hasCaches) {
        BuddyConfig config = BuddyConfig.ofFrames(FRAMES)
                .withSettings(ZoneSettings.NO_RESERVES)
                .withTrace(thrower);
        BuddyAllocator buddy = new BuddyAllocator(
                hasCaches
                        ? config.withPageCaches(
                                PerCpuPages.maker(new OwnedGate(2, CpuSource.fixed(0), AsymmetricBarrier.FENCES), 2))
                        : config);
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<long[]> live = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(5) < 3) {
                int order = random.nextInt(6);
                int mobility = new int[] {0, __GFP_MOVABLE, __GFP_RECLAIMABLE}[random.nextInt(3)];
                long pfn = buddy.allocPages(GFP_NOWAIT | __GFP_NOWARN | mobility, order);
                if (pfn != 0) {
                    live.add(new long[] {pfn, order});
                }
            } else if (!live.isEmpty()) {
                long[] block = live.remove(random.nextInt(live.size()));
                buddy.freePages(block[0], (int) block[1]);
            }
        }
        live.forEach(block -> buddy.freePages(block[0], (int) block[1]));
        Scattered scattered = new Scattered(buddy);
        buddy.freePages(buddy.allocPages(GFP_KERNEL, 4), 4);
        scattered.release();
        buddy.drainAllPages();
        CmaArea area = CmaArea.declare(buddy, "camera", BuddyConfig.FIRST_PFN + 1024, 1024, 0);
        assertThat(area.release(area.alloc(100, 0), 100)).isTrue();
        buddy.drainAllPages();
        assertThat(buddy.balance(0).pagesFree()).as("seed %d", seed).isEqualTo(FRAMES);
        assertThat(buddy.validate()).isEmpty();
        assertThat(told.get()).isGreaterThan(1000);
    }
}
