package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.SlotGate;

/** Slots that cannot be entered, always or at random: objects come from the slabs and go there, and none is lost. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class FaultyGateTest {
    private static final int STEPS = 20_000;

    private final EngineKind engine;

    FaultyGateTest(EngineKind engine) {
        this.engine = engine;
    }

    private TestSlabs slabs(BooleanSupplier fails) {
        SlabConfig config = engine.over(SlabConfig.ofCpus(2));
        SlotGate gate = config.gate();
        return new TestSlabs(gate == null ? config : config.withEngine(config.engine(), new FaultyGate(gate, fails)));
    }

    @Test
    void nobodyMayEnter() {
        TestSlabs test = slabs(() -> true);
        KmemCache cache = test.create("things", 64);
        long[] objects = new long[500];
        assertThat(cache.allocBulk(GFP_NOWAIT, objects)).isEqualTo(objects.length);
        assertThat(objects).doesNotHaveDuplicates();
        for (int at = 0; at < 250; at++) {
            cache.free(objects[at]);
        }
        if (test.slabs.parts().config().gate() != null) {
            assertThat(cache.snapshot().objectsKept()).isZero();
        }
        test.expectValid();
        for (int at = 0; at < 250; at++) {
            objects[at] = cache.alloc(GFP_NOWAIT);
        }
        assertThat(objects).doesNotHaveDuplicates().doesNotContain(0L);
        cache.freeBulk(objects);
        test.expectValid();
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    @ParameterizedTest(name = "somebody may not enter, seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void oneThread(long seed) {
        Random faults = new Random(seed);
        TestSlabs test = slabs(() -> faults.nextInt(3) == 0);
        List<KmemCache> caches = List.of(test.create("small", 32), test.create("large", 1500));
        work(test, caches, new Random(seed));
        finish(test, caches, "seed " + seed);
    }

    @Test
    void someThreads() throws InterruptedException {
        TestSlabs test = slabs(() -> ThreadLocalRandom.current().nextInt(4) == 0);
        List<KmemCache> caches = List.of(test.create("small", 32), test.create("large", 1500));
        List<Throwable> thrown = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int worker = 0; worker < 3; worker++) {
            long seed = worker;
            threads.add(Thread.ofPlatform()
                    .uncaughtExceptionHandler((_, failure) -> {
                        synchronized (thrown) {
                            thrown.add(failure);
                        }
                    })
                    .start(() -> work(test, caches, new Random(seed))));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(thrown).isEmpty();
        finish(test, caches, "threads");
    }

    private static void work(TestSlabs test, List<KmemCache> caches, Random random) {
        List<long[]> own = new ArrayList<>(); // which cache, which object
        for (int step = 0; step < STEPS; step++) {
            int which = random.nextInt(caches.size());
            KmemCache cache = caches.get(which);
            if (random.nextInt(200) >= own.size()) {
                long object = cache.alloc(GFP_NOWAIT);
                test.paint(object, 32, object);
                own.add(new long[] {which, object});
            } else {
                give(test, caches, own.remove(random.nextInt(own.size())));
            }
            if (random.nextInt(2000) == 0) {
                cache.shrink();
            }
        }
        own.forEach(each -> give(test, caches, each));
    }

    private static void give(TestSlabs test, List<KmemCache> caches, long[] each) {
        assertThat(test.isPainted(each[1], 32, each[1])).isTrue();
        caches.get((int) each[0]).free(each[1]);
    }

    private static void finish(TestSlabs test, List<KmemCache> caches, String what) {
        assertThat(test.slabs.validate()).as(what).isEmpty();
        for (KmemCache cache : caches) {
            assertThat(cache.destroy().isDestroyed()).as(what).isTrue();
        }
        test.expectAllPagesBack();
    }
}
