package org.mm4j.percpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.function.IntSupplier;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.Gfp;
import org.mm4j.api.LockRank;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.SpinLock;

/**
 * A counter that is cheap to add to from everywhere: each CPU adds to a word of its own, and hands over to the shared
 * count only when that word has come to {@code batch}.
 *
 * <pre>
 *   CPU 0:  +17     CPU 1:  −3      each one between −batch and batch
 *              \     /
 *            count: 4096            guarded by the lock
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>K1: the shared count and the words add up to all that was ever added,
 * <li>K2: a word moves into the count under the lock only, so that whoever has the lock counts nothing twice.
 * </ul>
 *
 * <p>Any thread may call anything, however many threads are on a CPU. {@link #read} is off by less than {@code batch}
 * times the number of CPUs; {@link #sum} is exact when nobody adds meanwhile.
 *
 * <p>In Linux 6.18: include/linux/percpu_counter.h, lib/percpu_counter.c.
 */
public final class PercpuCounter implements AutoCloseable {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
    private static final int BATCH_MIN = 32;

    private final PerCpuAllocator percpu;
    private final IntSupplier cpu;
    private final int batch;
    private final MemorySegment[] words;
    private final SpinLock lock = new SpinLock(LockRank.PERCPU_COUNTER);

    /** Of the words; none once they are given back. Guarded by the lock. */
    private long handle;

    /** Written under the lock. */
    private volatile long count;

    /**
     * A counter with the kernel's batch: 32, or twice the number of CPUs if that is more.
     *
     * @param cpu tells the CPU of the calling thread
     * @throws AllocationFailure when there is no memory for the words
     */
    public PercpuCounter(PerCpuAllocator percpu, IntSupplier cpu, long initial) {
        this(percpu, cpu, initial, Math.max(BATCH_MIN, 2 * percpu.cpus()));
    }

    /**
     * The same with another batch.
     *
     * @param batch 1 or more
     */
    public PercpuCounter(PerCpuAllocator percpu, IntSupplier cpu, long initial, int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("the batch of a counter is 1 or more, not " + batch);
        }
        this.percpu = percpu;
        this.cpu = cpu;
        this.batch = batch;
        count = initial;
        handle = percpu.allocPercpu(Integer.BYTES, Integer.BYTES, Gfp.GFP_KERNEL);
        if (handle == PerCpuAllocator.NONE) {
            throw new AllocationFailure("there is no per-CPU memory for a counter");
        }
        words = PercpuWords.copies(percpu, handle, Integer.BYTES);
    }

    /** Adds. In Linux: percpu_counter_add_batch(). */
    public void add(long amount) {
        MemorySegment word = words[cpu.getAsInt()];
        int old = wordVolatile(word);
        while (isWithinBatch(old, amount)) {
            if (casWord(word, old, (int) (old + amount))) {
                return;
            }
            old = wordVolatile(word);
        }
        fold(word, amount);
    }

    /** Whether the word stays small, without an overflow on the way. */
    private boolean isWithinBatch(int old, long amount) {
        return amount > -2L * batch && amount < 2L * batch && Math.abs(old + amount) < batch;
    }

    /** The word, and what is to be added, go into the count. */
    private void fold(MemorySegment word, long amount) {
        lock.lock();
        try {
            long old = count;
            count = old + (int) WORD.getAndSet(word, 0L, 0) + amount;
        } finally {
            lock.unlock();
        }
    }

    /** Subtracts. */
    public void sub(long amount) {
        add(-amount);
    }

    /** Adds one. */
    public void inc() {
        add(1);
    }

    /** Subtracts one. */
    public void dec() {
        add(-1);
    }

    /** About how much it is: what the words have is left out. Racy. */
    public long read() {
        return count;
    }

    /** {@link #read}, or 0 when that is negative. Racy. */
    public long readPositive() {
        return Math.max(count, 0);
    }

    /** How much it is, all words counted. Exact when nobody adds meanwhile. */
    public long sum() {
        lock.lock();
        try {
            long sum = count;
            for (MemorySegment word : words) {
                sum += wordVolatile(word);
            }
            return sum;
        } finally {
            lock.unlock();
        }
    }

    /** {@link #sum}, or 0 when that is negative. */
    public long sumPositive() {
        return Math.max(sum(), 0);
    }

    /** Makes it {@code amount}. What others add meanwhile is added before or after. */
    public void set(long amount) {
        lock.lock();
        try {
            for (MemorySegment word : words) {
                WORD.setVolatile(word, 0L, 0);
            }
            count = amount;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Compares with a number, by {@link #read} where that is far enough away from it.
     *
     * @return less than, equal to or greater than 0, as in {@link Long#compare}
     */
    public int compare(long other) {
        long about = count;
        if (Math.abs(about - other) > (long) batch * words.length) {
            return Long.compare(about, other);
        }
        return Long.compare(sum(), other);
    }

    /** Gives the words back; nothing else may be called behind it. In Linux: percpu_counter_destroy(). */
    @Override
    public void close() {
        percpu.freePercpu(takeHandle());
    }

    private long takeHandle() {
        lock.lock();
        try {
            long taken = handle;
            handle = PerCpuAllocator.NONE;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private static int wordVolatile(MemorySegment word) {
        return (int) WORD.getVolatile(word, 0L);
    }

    private static boolean casWord(MemorySegment word, int expected, int next) {
        return WORD.compareAndSet(word, 0L, expected, next);
    }
}
