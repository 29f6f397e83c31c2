package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_RECLAIMABLE;
import static org.mm4j.api.Gfp.__GFP_ZERO;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.CpuSource;

/** Many threads take, resize and free memory of all sizes: each has its bytes for itself, and all pages come back. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class KmallocConcurrencyTest {
    private static final int STEPS = 12_000;
    private static final int OWN_MAX = 60;
    private static final int[] KINDS = {0, 0, 0, __GFP_ACCOUNT, __GFP_RECLAIMABLE, __GFP_ZERO};

    /** Memory, and the number with which it is painted. */
    private record Block(long address, int bytes, long number) {}

    private final Rcu rcu = new Rcu(2, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES);
    private final TestSlabs machine;
    private final Kmalloc kmalloc;
    private final ConcurrentLinkedQueue<Block> handed = new ConcurrentLinkedQueue<>();

    KmallocConcurrencyTest(EngineKind engine) {
        machine = new TestSlabs(engine.over(SlabConfig.ofCpus(2).withRcu(rcu)));
        kmalloc = new Kmalloc(machine.slabs);
    }

    @ParameterizedTest(name = "4 threads, seed {0}")
    @ValueSource(longs = {1, 2})
    void allSizes(long seed) throws Exception {
        run(4, Thread.ofPlatform().factory(), worker -> work(new Random(seed * 100 + worker)));
        finish();
    }

    @Test
    void virtualThreads() throws Exception {
        run(24, Thread.ofVirtual().factory(), worker -> {
            Random random = new Random(worker);
            for (int round = 0; round < 6; round++) {
                work(random, STEPS / 60);
                Thread.yield();
            }
        });
        finish();
    }

    /** Requests for pages fail now and then: what had no memory has changed nothing. */
    @Test
    void pagesRunShort() throws Exception {
        AtomicInteger running = new AtomicInteger(3);
        run(4, Thread.ofPlatform().factory(), worker -> {
            if (worker < 3) {
                try {
                    work(new Random(worker));
                } finally {
                    running.getAndDecrement();
                }
            } else {
                Random random = new Random(worker);
                while (running.get() > 0) {
                    machine.pagesLeft.set(random.nextInt(4) - 1);
                    Thread.onSpinWait();
                }
                machine.pagesLeft.set(-1);
            }
        });
        finish();
    }

    /** Two threads free the same memory: one of them is refused, whatever its size is, and how each of them frees. */
    @Test
    void simultaneousFrees() throws Exception {
        for (int round = 0; round < 600; round++) {
            int bytes = round % 2 == 0 ? 20_000 : 100;
            int way = round / 2 % 9;
            long address = kmalloc.kmalloc(bytes, GFP_NOWAIT);
            AtomicInteger refused = new AtomicInteger();
            CyclicBarrier together = new CyclicBarrier(2);
            Thread other = Thread.ofPlatform().start(() -> free(address, way % 3, together, refused));
            free(address, way / 3, together, refused);
            other.join();
            assertThat(refused).as("round %d", round).hasValue(1);
            kmalloc.kfreeRcuBarrier();
        }
        finish();
    }

    private void free(long address, int way, CyclicBarrier together, AtomicInteger refused) {
        try {
            together.await();
            switch (way) {
                case 0 -> kmalloc.kfree(address);
                case 1 -> kmalloc.kfreeSensitive(address);
                default -> kmalloc.kfreeRcu(address);
            }
        } catch (BadObjectException e) {
            refused.getAndIncrement();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    // The mix.

    private void work(Random random) {
        work(random, STEPS);
    }

    private void work(Random random, int steps) {
        List<Block> own = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            int what = random.nextInt(10);
            if (what < 4 && own.size() < OWN_MAX) {
                take(random, own);
            } else if (what < 6 && !own.isEmpty()) {
                resize(random, own);
            } else if (what == 6) {
                handOver(random, own);
            } else if (!own.isEmpty()) {
                giveBack(random, own.remove(random.nextInt(own.size())));
            }
        }
        own.forEach(block -> giveBack(random, block));
    }

    private void take(Random random, List<Block> own) {
        int bytes = size(random);
        int gfp = KINDS[random.nextInt(KINDS.length)];
        long address = kmalloc.kmalloc(bytes, GFP_NOWAIT | gfp);
        if (address != 0) {
            own.add(painted(random, address, bytes));
        }
    }

    private void resize(Random random, List<Block> own) {
        int at = random.nextInt(own.size());
        Block block = own.get(at);
        int bytes = 1 + size(random);
        long address = kmalloc.krealloc(block.address(), bytes, GFP_NOWAIT);
        if (address == 0) {
            check(block, block.address(), block.bytes());
        } else {
            check(block, address, Math.min(bytes, block.bytes()));
            own.set(at, painted(random, address, bytes));
        }
    }

    private void handOver(Random random, List<Block> own) {
        Block got = handed.poll();
        if (got != null) {
            own.add(got);
        }
        if (!own.isEmpty()) {
            handed.add(own.remove(random.nextInt(own.size())));
        }
    }

    private void giveBack(Random random, Block block) {
        check(block, block.address(), block.bytes());
        switch (random.nextInt(8)) {
            case 0 -> kmalloc.kfreeSensitive(block.address());
            case 1 -> kmalloc.kfreeRcuMightSleep(block.address());
            case 2 -> kmalloc.kfreeBulk(new long[] {block.address(), 0}, 2);
            default -> kmalloc.kfree(block.address());
        }
    }

    private static int size(Random random) {
        return random.nextInt(1 << (1 + random.nextInt(random.nextInt(20) == 0 ? 15 : 11)));
    }

    private Block painted(Random random, long address, int bytes) {
        long number = random.nextLong();
        machine.paint(address, bytes, number);
        return new Block(address, bytes, number);
    }

    private void check(Block block, long address, int bytes) {
        assertThat(machine.isPainted(address, bytes, block.number()))
                .as("%s", block)
                .isTrue();
    }

    private void finish() {
        handed.forEach(block -> giveBack(new Random(0), block));
        kmalloc.kfreeRcuBarrier();
        assertThat(kmalloc.kfreeRcuWaiting()).isZero();
        machine.expectValid();
        assertThat(kmalloc.validate()).isEmpty();
        assertThat(kmalloc.largeBlocks()).isZero();
        machine.slabs
                .caches()
                .forEach(cache -> assertThat(cache.shrink()).as("%s", cache).isFalse());
        machine.expectAllPagesBack();
    }

    /** What one worker does. */
    private interface Work {
        void run(int worker) throws Exception;
    }

    private static void run(int threads, ThreadFactory factory, Work work) throws Exception {
        try (ExecutorService executor = Executors.newThreadPerTaskExecutor(factory)) {
            List<Future<?>> futures = new ArrayList<>();
            for (int worker = 0; worker < threads; worker++) {
                int number = worker;
                futures.add(executor.submit(() -> {
                    work.run(number);
                    return null;
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        }
    }
}
