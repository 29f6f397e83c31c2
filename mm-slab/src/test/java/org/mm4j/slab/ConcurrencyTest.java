package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.CpuSource;

/** Many threads at a few CPUs: every object has one owner, none is lost, and all pages come back. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class ConcurrencyTest {
    private static final int THREADS = 4;
    private static final int STEPS = 40_000;
    private static final int OWN_MAX = 300;

    /** An object that goes to another thread, with the number with which it is painted. */
    private record Handed(KmemCache cache, long address, long number) {}

    private final ArrayBlockingQueue<Handed> queue = new ArrayBlockingQueue<>(1000);
    private final EngineKind engine;
    private TestSlabs test;
    private List<KmemCache> caches = List.of();

    ConcurrencyTest(EngineKind engine) {
        this.engine = engine;
        test = new TestSlabs(engine.over(SlabConfig.ofCpus(1)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void c83EveryObjectHasOneOwner(int cpus) throws Exception {
        start(SlabConfig.ofCpus(cpus));
        run(THREADS, this::work);
        finish();
    }

    /** Virtual threads move between carriers in the middle of everything. */
    @Test
    void threadsThatChangeTheirCpu() throws Exception {
        AtomicInteger turns = new AtomicInteger();
        start(SlabConfig.ofCpus(3).withCpus(cpus -> Math.floorMod(turns.getAndIncrement(), cpus)));
        run(THREADS, this::work);
        finish();
    }

    @Test
    void twoNodes() throws Exception {
        start(SlabConfig.ofCpus(2).withNodes(2, cpu -> cpu));
        run(THREADS, this::work);
        finish();
    }

    /** Somebody flushes, shrinks and looks all the time. */
    @Test
    void flushedMeanwhile() throws Exception {
        start(SlabConfig.ofCpus(2));
        AtomicInteger running = new AtomicInteger(THREADS);
        run(THREADS + 1, worker -> {
            if (worker < THREADS) {
                try {
                    work(worker);
                } finally {
                    running.getAndDecrement();
                }
            } else {
                while (running.get() > 0) {
                    caches.forEach(KmemCache::shrink);
                    test.slabs.snapshot();
                }
            }
        });
        finish();
    }

    /** Pages run short and come back: requests fail, and nothing is lost. */
    @Test
    void pagesRunShort() throws Exception {
        start(SlabConfig.ofCpus(2));
        AtomicInteger running = new AtomicInteger(THREADS);
        run(THREADS + 1, worker -> {
            if (worker < THREADS) {
                try {
                    work(worker);
                } finally {
                    running.getAndDecrement();
                }
            } else {
                Random random = new Random(worker);
                while (running.get() > 0) {
                    test.pagesLeft.set(random.nextInt(4) - 1);
                    Thread.onSpinWait();
                }
                test.pagesLeft.set(-1);
            }
        });
        finish();
    }

    /** Two threads free each object at the same moment: it is taken back from one of them. */
    @Test
    void oneOfTwoSimultaneousFreesIsRefused() throws Exception {
        test = new TestSlabs(engine.over(SlabConfig.ofCpus(2).withCpus(CpuSource.BY_THREAD)));
        KmemCache cache = test.create("things", 64);
        long[] objects = new long[20_000];
        assertThat(cache.allocBulk(GFP_NOWAIT, objects)).isEqualTo(objects.length);
        AtomicInteger accepted = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger arrived = new AtomicInteger();
        run(2, _ -> {
            try {
                for (int at = 0; at < objects.length; at++) {
                    meet(arrived, 2 * (at + 1));
                    try {
                        cache.free(objects[at]);
                        accepted.getAndIncrement();
                    } catch (BadObjectException bad) {
                        refused.getAndIncrement();
                    }
                }
            } finally {
                arrived.getAndAdd(2 * objects.length); // nobody waits for a thread that failed
            }
        });
        assertThat(accepted).hasValue(objects.length);
        assertThat(refused).hasValue(objects.length);
        test.expectValid();
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    @SuppressWarnings("ThreadPriorityCheck") // the other thread may need this one's processor
    private static void meet(AtomicInteger arrived, int all) {
        arrived.getAndIncrement();
        for (int spins = 0; arrived.get() < all; spins++) {
            if (spins < 1000) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private void start(SlabConfig config) {
        test = new TestSlabs(engine.over(config));
        caches = List.of(test.create("small", 32), test.create("middle", 256), test.create("large", 1500));
    }

    /** Takes and frees; one object in four is freed by another thread. */
    private void work(int worker) {
        Random random = new Random(worker);
        List<Handed> own = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            KmemCache cache = caches.get(random.nextInt(caches.size()));
            if (random.nextInt(OWN_MAX) >= own.size()) {
                take(own, cache, random, ((long) worker << 32) + step);
            } else if (random.nextInt(4) == 0) {
                if (!queue.offer(own.getLast())) {
                    give(own.getLast());
                }
                own.removeLast();
                Handed other = queue.poll();
                if (other != null) {
                    give(other);
                }
            } else {
                give(own.remove(random.nextInt(own.size())));
            }
        }
        own.forEach(this::give);
    }

    private void take(List<Handed> own, KmemCache cache, Random random, long number) {
        if (random.nextInt(50) == 0) {
            long[] objects = new long[40];
            int taken = cache.allocBulk(GFP_NOWAIT, objects);
            for (int at = 0; at < taken; at++) {
                own.add(painted(cache, objects[at], number));
            }
            return;
        }
        int nid = random.nextInt(4);
        long address = nid < cache.slabs().nodes() ? cache.allocNode(GFP_NOWAIT, nid) : cache.alloc(GFP_NOWAIT);
        if (address != 0) {
            own.add(painted(cache, address, number));
        }
    }

    private Handed painted(KmemCache cache, long address, long number) {
        test.paint(address, 32, number);
        return new Handed(cache, address, number);
    }

    private void give(Handed one) {
        if (!test.isPainted(one.address(), 32, one.number())) {
            throw new AssertionError("somebody else wrote to 0x" + Long.toHexString(one.address()));
        }
        one.cache().free(one.address());
    }

    private void finish() {
        queue.forEach(this::give);
        test.expectValid();
        caches.forEach(cache -> cache.engine().flush());
        test.expectValid();
        for (KmemCacheSnapshot look : test.slabs.snapshot()) {
            assertThat(look.objectsActive()).as(look.name()).isZero();
        }
        for (KmemCache cache : caches) {
            assertThat(cache.destroy().isDestroyed()).as(cache.name()).isTrue();
        }
        test.expectAllPagesBack();
        assertThat(test.log.lines()).isEmpty();
    }

    private interface Work {
        void run(int worker);
    }

    private static void run(int threads, Work work) throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int worker = 0; worker < threads; worker++) {
                int number = worker;
                tasks.add(() -> {
                    work.run(number);
                    return null;
                });
            }
            for (Future<Void> done : pool.invokeAll(tasks)) {
                done.get();
            }
        }
    }
}
