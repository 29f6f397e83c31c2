package org.mm4j.stress.soak;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.awaitility.core.ConditionTimeoutException;
import org.jctools.queues.varhandle.MpmcVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.kernel.Kernel;
import org.mm4j.slab.DestroyReport;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.SlabFlags;

/**
 * One kernel from its boot to its end, under load: short-lived virtual threads and platform threads that die and are
 * replaced, so that others take their slots over. Each allocates, paints, passes some blocks on, and frees its own and
 * those that others passed on. One thread makes caches and destroys them.
 *
 * <p>Once a second all hold still at the end of a batch, and the kernel is validated. Who does not get there within the
 * time limit is stuck: then it is told which locks were taken while which were held, and who waits.
 */
final class SoakRound {
    private static final int VIRTUAL_THREADS = 1000;
    private static final int PLATFORM_THREADS = 4;
    private static final int BATCHES_OF_A_LIFE = 20;
    private static final int STEPS_OF_A_BATCH = 64;
    private static final int OWN_MAX = 24;
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration STUCK = Duration.ofSeconds(60);

    private final Kernel kernel;
    private final long seed;
    private final ReentrantReadWriteLock quiet = new ReentrantReadWriteLock(true);
    private final Queue<Block> passedOn = new MpmcVarHandleArrayQueue<>(4096);
    private final AtomicLong stamps = new AtomicLong();
    private final AtomicLong steps = new AtomicLong();
    private final AtomicLong lives = new AtomicLong();
    private final AtomicInteger living = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean isOver;
    private long stepsSeen = -1;

    SoakRound(Kernel kernel, long seed) {
        this.kernel = kernel;
        this.seed = seed;
    }

    /** What was done. */
    record Figures(long steps, long threads, int validations) {}

    /** Runs so long. Everything is free afterwards. */
    Figures run(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (int i = 0; i < VIRTUAL_THREADS + PLATFORM_THREADS; i++) {
            begin(i >= PLATFORM_THREADS, i);
        }
        living.incrementAndGet();
        Thread _ = Thread.ofPlatform().daemon().name("caches").start(() -> guarded(this::makeCaches));
        int validations = 0;
        while (System.nanoTime() < end && failure.get() == null) {
            expect("a step", LOOK, this::moves);
            validate();
            validations++;
        }
        isOver = true;
        expect("the end of all threads", Duration.ZERO, () -> living.get() == 0);
        for (Block block = passedOn.poll(); block != null; block = passedOn.poll()) {
            block.checkAndFree(kernel);
        }
        rethrow();
        validate();
        return new Figures(steps.get(), lives.get(), validations + 1);
    }

    private boolean moves() {
        long now = steps.get();
        boolean hasMoved = now != stepsSeen || failure.get() != null;
        stepsSeen = now;
        return hasMoved;
    }

    private static void expect(String what, Duration delay, Callable<Boolean> condition) {
        try {
            await(what)
                    .atMost(STUCK)
                    .pollDelay(delay)
                    .pollInterval(Duration.ofMillis(20))
                    .until(condition);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    what + " did not come in " + STUCK.toSeconds() + " s\n" + String.join("\n", LockRank.graph()), e);
        }
    }

    /** At a point where nobody is in a call. */
    private void validate() {
        boolean isQuiet = false;
        try {
            isQuiet = quiet.writeLock().tryLock(STUCK.toSeconds(), TimeUnit.SECONDS);
            if (!isQuiet) {
                throw new AssertionError("somebody did not come back from a call in " + STUCK.toSeconds() + " s\n"
                        + String.join("\n", LockRank.graph()));
            }
            List<String> findings = kernel.validate();
            if (!findings.isEmpty()) {
                throw new AssertionError("seed " + seed + ": " + String.join("\n", findings));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            if (isQuiet) {
                quiet.writeLock().unlock();
            }
        }
        rethrow();
    }

    private void rethrow() {
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw new AssertionError("seed " + seed + ": " + thrown, thrown);
        }
    }

    /** A thread begins, whose end begins the next one. */
    private void begin(boolean isVirtual, long number) {
        living.incrementAndGet();
        Thread.Builder builder =
                isVirtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
        builder.name("soak-", number)
                .start(() -> guarded(() -> {
                    live(new SplittableRandom(seed ^ number * 0x9e3779b97f4a7c15L));
                    if (!isOver) {
                        begin(isVirtual, number + VIRTUAL_THREADS + PLATFORM_THREADS);
                    }
                }));
    }

    private void guarded(Runnable work) {
        lives.incrementAndGet();
        try {
            work.run();
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
            isOver = true;
        } finally {
            living.decrementAndGet();
        }
    }

    private void live(SplittableRandom random) {
        ArrayDeque<Block> own = new ArrayDeque<>();
        for (int batch = 0; batch < BATCHES_OF_A_LIFE && !isOver; batch++) {
            quiet.readLock().lock();
            try {
                for (int step = 0; step < STEPS_OF_A_BATCH; step++) {
                    step(random, own);
                }
            } finally {
                quiet.readLock().unlock();
            }
            steps.addAndGet(STEPS_OF_A_BATCH);
        }
        quiet.readLock().lock();
        try {
            own.forEach(block -> block.checkAndFree(kernel));
        } finally {
            quiet.readLock().unlock();
        }
    }

    private void step(SplittableRandom random, ArrayDeque<Block> own) {
        int what = random.nextInt(100);
        if (what < 50 && own.size() < OWN_MAX) {
            Block block = alloc(random);
            if (block != null) {
                own.add(block);
            }
        } else if (what < 60 && !own.isEmpty() && own.peek().kind() != Block.Kind.OBJECT) {
            Block block = own.remove();
            if (!passedOn.offer(block)) {
                block.checkAndFree(kernel);
            }
        } else if (what < 75) {
            Block block = passedOn.poll();
            if (block != null) {
                block.checkAndFree(kernel);
            }
        } else if (!own.isEmpty()) {
            Block block = random.nextBoolean() ? own.remove() : own.removeLast();
            block.checkAndFree(kernel);
        }
    }

    private @Nullable Block alloc(SplittableRandom random) {
        long stamp = stamps.incrementAndGet() * 0x9e3779b97f4a7c15L;
        int what = random.nextInt(1000);
        if (what < 400) {
            return Block.pages(kernel, random.nextInt(4), stamp);
        }
        if (what < 980) {
            return Block.kmalloc(kernel, 8 << random.nextInt(11), stamp);
        }
        if (what < 990) {
            return Block.percpu(kernel, 8 << random.nextInt(6), stamp);
        }
        return Block.vmalloc(kernel, 4096L * (1 + random.nextInt(8)), stamp);
    }

    /** Caches come and go; their objects are one thread's, which has all of them back before it destroys the cache. */
    private void makeCaches() {
        SplittableRandom random = new SplittableRandom(~seed);
        for (int number = 0; !isOver; number++) {
            quiet.readLock().lock();
            try {
                useCache(random, "soak-" + number);
            } finally {
                quiet.readLock().unlock();
            }
        }
    }

    private void useCache(SplittableRandom random, String name) {
        KmemCache made = Objects.requireNonNull(
                kernel.slab().kmemCacheCreate(name, 8 * (1 + random.nextInt(200)), 0, SlabFlags.SLAB_NO_MERGE));
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Block block = Block.object(kernel, made, stamps.incrementAndGet() * 0x9e3779b97f4a7c15L);
            if (block != null) {
                blocks.add(block);
            }
        }
        blocks.forEach(block -> block.checkAndFree(kernel));
        DestroyReport report = made.destroy();
        if (!report.isDestroyed()) {
            throw new AssertionError("cache " + name + " was not destroyed: " + report);
        }
    }
}
