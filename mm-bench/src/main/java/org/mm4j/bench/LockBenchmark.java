package org.mm4j.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** What a pair of lock and unlock around one increment costs: by one thread, and by two that want the same lock. */
public class LockBenchmark {
    /** Nobody else wants the lock. */
    @Threads(1)
    public static class Alone extends Pairs {}

    /** Two threads take turns. */
    @Threads(2)
    public static class ByTwo extends Pairs {}

    /** The locks, and the yardstick: a load and a compare-and-set, less than which no lock can cost. */
    @State(Scope.Benchmark)
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Warmup(iterations = 3, time = 1)
    @Measurement(iterations = 5, time = 1)
    @Fork(3)
    public abstract static class Pairs {
        private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

        /** In the middle of two cache lines of its own. */
        private static final int AT = 32;

        private final SpinLock spinLock = new SpinLock(LockRank.ZONE);
        private final ReentrantLock reentrantLock = new ReentrantLock();
        private final StampedLock stampedLock = new StampedLock();
        private final Object monitor = new Object();
        private final int[] words = new int[AT + 1 + AT];
        private int count;

        @Benchmark
        public boolean loadAndCas() {
            int word = (int) WORD.get(words, AT);
            return WORD.compareAndSet(words, AT, word, word + 1);
        }

        @Benchmark
        public int spinLock() {
            spinLock.lock();
            try {
                return ++count;
            } finally {
                spinLock.unlock();
            }
        }

        @Benchmark
        public int reentrantLock() {
            reentrantLock.lock();
            try {
                return ++count;
            } finally {
                reentrantLock.unlock();
            }
        }

        @Benchmark
        public int synchronizedBlock() {
            synchronized (monitor) {
                return ++count;
            }
        }

        @Benchmark
        public int stampedLock() {
            long stamp = stampedLock.writeLock();
            try {
                return ++count;
            } finally {
                stampedLock.unlockWrite(stamp);
            }
        }
    }
}
