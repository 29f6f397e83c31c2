package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.BadObjectException;

/** Threads that end with objects in their caches, and caches that end while threads still free. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class ThreadsEndTest {
    private static final KmemCacheArgs NO_MERGE = KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_NO_MERGE);

    private final TestSlabs test;

    ThreadsEndTest(EngineKind engine) {
        test = new TestSlabs(engine.over(SlabConfig.ofCpus(2)));
    }

    private static void run(Runnable work) throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = Thread.ofPlatform()
                .uncaughtExceptionHandler((_, e) -> thrown.set(e))
                .start(work);
        thread.join();
        assertThat(thrown).hasNullValue();
    }

    /** What one thread leaves in a slot is used by the next one: the slabs do not become more. */
    @Test
    void whatAThreadLeavesIsUsed() throws InterruptedException {
        KmemCache cache = test.create("things", 64);
        long slabsOnce = 0;
        for (int generation = 0; generation < 40; generation++) {
            run(() -> {
                long[] objects = new long[500];
                for (int at = 0; at < objects.length; at++) {
                    objects[at] = cache.alloc(GFP_NOWAIT);
                }
                assertThat(objects).doesNotHaveDuplicates().doesNotContain(0L);
                for (long object : objects) {
                    cache.free(object);
                }
            });
            slabsOnce = generation == 1 ? cache.snapshot().slabs() : slabsOnce;
            test.expectValid();
        }
        assertThat(cache.snapshot().slabs()).isLessThanOrEqualTo(2 * slabsOnce + 8);
        assertThat(cache.shrink())
                .as("slots of threads that have ended are drained")
                .isFalse();
        test.expectValid();
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    /** Each thread ends with live objects, which the next one frees. */
    @Test
    void liveObjectsOutliveTheirThread() throws InterruptedException {
        KmemCache cache = test.create("things", 256);
        List<Long> inherited = new ArrayList<>();
        for (int generation = 0; generation < 30; generation++) {
            run(() -> {
                for (long object : inherited) {
                    assertThat(test.isPainted(object, 256, object)).isTrue();
                    cache.free(object);
                }
                inherited.clear();
                for (int count = 0; count < 200; count++) {
                    long object = cache.alloc(GFP_NOWAIT);
                    test.paint(object, 256, object);
                    inherited.add(object);
                }
            });
            test.expectValid();
        }
        assertThat(test.slabs.objectsInUse()).isEqualTo(200);
        inherited.forEach(cache::free);
        test.expectValid();
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    /** Many at once, whose slots are full when they end; they end while others run. */
    @Test
    void manyEndTogether() throws InterruptedException {
        KmemCache cache = test.create("things", 64);
        for (int round = 0; round < 10; round++) {
            List<Thread> threads = new ArrayList<>();
            CountDownLatch failed = new CountDownLatch(1);
            for (int worker = 0; worker < 6; worker++) {
                int objects = 50 + worker * 60;
                threads.add(Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, _) -> failed.countDown())
                        .start(() -> {
                            long[] own = new long[objects];
                            assertThat(cache.allocBulk(GFP_NOWAIT, own)).isEqualTo(objects);
                            for (long object : own) {
                                cache.free(object);
                            }
                        }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failed.getCount()).isOne();
            test.expectValid();
        }
        assertThat(cache.shrink()).isFalse();
        test.expectAllPagesBack();
    }

    /** Either the cache goes, or it stays with the objects that were live; then it goes the next time. */
    @RepeatedTest(3)
    void destroyedWhileAnotherThreadFrees() throws Exception {
        for (int round = 0; round < 150; round++) {
            KmemCache cache = test.create("round " + round, 64, NO_MERGE);
            long[] objects = new long[1 + round % 90];
            assertThat(cache.allocBulk(GFP_NOWAIT, objects)).isEqualTo(objects.length);
            CyclicBarrier together = new CyclicBarrier(2);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread freer = Thread.ofPlatform().start(() -> {
                try {
                    together.await();
                    for (long object : objects) {
                        cache.free(object);
                    }
                } catch (Throwable failure) {
                    thrown.set(failure);
                }
            });
            together.await();
            DestroyReport report = cache.destroy();
            freer.join();
            assertThat(thrown).as("round %d", round).hasNullValue();
            if (!report.isDestroyed()) {
                assertThat(report.liveObjects()).isBetween(0L, (long) objects.length);
                test.expectValid();
                assertThat(cache.destroy().isDestroyed()).as("round %d", round).isTrue();
            }
            assertThat(test.slabs.find(cache.name())).isEmpty();
            test.expectValid();
            test.expectAllPagesBack();
        }
    }

    /** The second free of an object comes while its cache goes: it is refused, whatever it meets. */
    @Test
    void destroyedWhileAnotherThreadFreesTwice() throws Exception {
        for (int round = 0; round < 150; round++) {
            KmemCache cache = test.create("round " + round, 64, NO_MERGE);
            long[] objects = new long[70];
            assertThat(cache.allocBulk(GFP_NOWAIT, objects)).isEqualTo(objects.length);
            cache.freeBulk(objects.clone());
            CyclicBarrier together = new CyclicBarrier(2);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread freer = Thread.ofPlatform().start(() -> {
                int refused = 0;
                try {
                    together.await();
                    for (long object : objects) {
                        try {
                            cache.free(object);
                        } catch (BadObjectException bad) {
                            refused++;
                        }
                    }
                    assertThat(refused).isEqualTo(objects.length);
                } catch (Throwable failure) {
                    thrown.set(failure);
                }
            });
            together.await();
            assertThat(cache.destroy().isDestroyed()).isTrue();
            freer.join();
            assertThat(thrown).as("round %d", round).hasNullValue();
            test.expectAllPagesBack();
        }
    }
}
