package org.mm4j.stress.soak;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import org.awaitility.core.ConditionTimeoutException;
import org.jctools.queues.varhandle.MpmcVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.Kernel;
import org.mm4j.slab.DestroyReport;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.SlabFlags;

/**
 * One kernel from its boot to its end, under load: short-lived virtual threads and platform threads that die and are
 * replaced, so that others take their slots over. Each allocates, paints, passes some blocks on, and frees its own and
 * those that others passed on. One thread makes caches and destroys them. A ledger books what fails.
 *
 * <p>Once a second all hold still at the end of a batch, and the kernel is validated. Who does not get there within the
 * time limit is stuck: then it is told which locks were taken while which were held, and who waits.
 */
final class SoakRound {
    private static final int BATCHES_OF_A_LIFE = 20;
    private static final int STEPS_OF_A_BATCH = 64;
    private static final int OWN_MAX = 24;
    private static final long STAMP = 0x9e3779b97f4a7c15L;
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration STUCK = Duration.ofSeconds(60);

    private final Kernel kernel;
    private final Load load;
    private final FaultLedger ledger;
    private final Subsystems subsystems;
    private final MemoryWork memory;
    private final long seed;
    private final BooleanSupplier isStopped;
    private final ReentrantReadWriteLock quiet = new ReentrantReadWriteLock(true);
    private final Queue<Block> passedOn = new MpmcVarHandleArrayQueue<>(4096);
    private final AtomicLong stamps = new AtomicLong();
    private final AtomicLong steps = new AtomicLong();
    private final AtomicLong lives = new AtomicLong();
    private final AtomicInteger living = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean isOver;
    private long stepsSeen = -1;

    /** A round that ends early when it is told to. */
    SoakRound(Kernel kernel, Load load, FaultLedger ledger, long seed, BooleanSupplier isStopped) {
        this.kernel = kernel;
        this.load = load;
        this.ledger = ledger;
        subsystems = new Subsystems(kernel, ledger);
        memory = new MemoryWork(kernel, ledger);
        this.seed = seed;
        this.isStopped = isStopped;
    }

    /** What was done. */
    record Figures(long steps, long threads, int validations) {}

    /** Runs until then, by System.nanoTime(). Everything but what is deferred is free afterwards. */
    Figures run(long end) {
        for (int i = 0; i < load.threads(); i++) {
            begin(i >= load.platformThreads(), i);
        }
        beginAlone("caches", this::makeCaches);
        beginAlone("memory", this::workOnMemory);
        int validations = 0;
        long left = end - System.nanoTime();
        while (left > 0 && failure.get() == null && !isStopped.getAsBoolean()) {
            expect("a step", Duration.ofNanos(Math.min(left, LOOK.toNanos())), this::moves);
            validate();
            validations++;
            left = end - System.nanoTime();
        }
        isOver = true;
        expect("the end of all threads", Duration.ZERO, () -> living.get() == 0);
        for (Block block = passedOn.poll(); block != null; block = passedOn.poll()) {
            checkAndFree(block);
        }
        rethrow();
        subsystems.close();
        validate();
        return new Figures(steps.get(), lives.get(), validations + 1);
    }

    private void beginAlone(String name, Runnable work) {
        living.incrementAndGet();
        Thread _ = Thread.ofPlatform().daemon().name(name).start(() -> guarded(work));
    }

    private void checkAndFree(Block block) {
        block.check();
        ledger.giveBack(() -> block.free(kernel));
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
            memory.trim();
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
                    live(new SplittableRandom(seed ^ number * STAMP));
                    if (!isOver) {
                        begin(isVirtual, number + load.threads());
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
            own.forEach(this::checkAndFree);
        } finally {
            quiet.readLock().unlock();
        }
    }

    private void step(SplittableRandom random, ArrayDeque<Block> own) {
        int what = random.nextInt(100);
        if (random.nextInt(1000) < load.subsystems()) {
            subsystems.use(random, stamps.incrementAndGet() * STAMP);
        } else if (what < 50 && own.size() < OWN_MAX) {
            Block block = alloc(random);
            if (block != null) {
                own.add(block);
            }
        } else if (what < 60 && !own.isEmpty() && own.peek().kind() != Block.Kind.OBJECT) {
            Block block = own.remove();
            if (!passedOn.offer(block)) {
                checkAndFree(block);
            }
        } else if (what < 75) {
            Block block = passedOn.poll();
            if (block != null) {
                checkAndFree(block);
            }
        } else if (!own.isEmpty()) {
            Block block = random.nextBoolean() ? own.remove() : own.removeLast();
            checkAndFree(block);
        }
    }

    private @Nullable Block alloc(SplittableRandom random) {
        return load.alloc(ledger, kernel, random, stamps.incrementAndGet() * STAMP);
    }

    /** Blocks of memory and rows of frames come and go. */
    private void workOnMemory() {
        SplittableRandom random = new SplittableRandom(seed + 1);
        while (!isOver) {
            quiet.readLock().lock();
            try {
                memory.work(random);
            } finally {
                quiet.readLock().unlock();
            }
        }
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
        int bytes = 8 * (1 + random.nextInt(200));
        KmemCache made = ledger.take(() -> kernel.slab().kmemCacheCreate(name, bytes, 0, SlabFlags.SLAB_NO_MERGE));
        if (made == null) {
            return;
        }
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Block block = ledger.take(
                    () -> Block.object(kernel, made, stamps.incrementAndGet() * STAMP), FaultPoint.FAILSLAB);
            if (block != null) {
                blocks.add(block);
            }
        }
        blocks.forEach(this::checkAndFree);
        ledger.giveBack(() -> {
            DestroyReport report = made.destroy();
            if (!report.isDestroyed()) {
                throw new AssertionError("cache " + name + " was not destroyed: " + report);
            }
        });
    }
}
