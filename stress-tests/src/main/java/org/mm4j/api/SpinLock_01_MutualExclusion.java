package org.mm4j.api;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/*
 * The promise of every lock: what stands between lock and unlock happens alone, and the next holder sees all of it.
 *
 * The shipped SpinLock takes the lock by one compare-and-set ([spinlock.A1]) and gives it back by one release store
 * ([spinlock.R1]). Each test below has a twin that differs in one line, the lock it uses: CheckThenSetLock looks and
 * then sets. The twin must be caught, or the test proves nothing.
 *
 * Run:  stress-tests/run SpinLock_01      (about 30 s)
 */
public class SpinLock_01_MutualExclusion {
    private SpinLock_01_MutualExclusion() {}

    /*
     * Two CPUs add one each under the lock. An increment is a load, an add and a store: two that overlap lose one.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Increments                                1            0    0.0000%  forbidden
     *                                             2    3,704,851  100.0000%  acceptable
     *   IncrementsTwin                            1       57,909    1.7199%  interesting
     *                                             2    3,309,022   98.2801%  acceptable
     */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "both increments are there")
    @Outcome(id = "1", expect = FORBIDDEN, desc = "one increment was lost: both were inside at once")
    @State
    public static class Increments {
        private final SpinLock lock = new SpinLock(LockRank.ZONE);
        private int count;

        @Actor
        public void one() {
            lock.lock();
            count++;
            lock.unlock();
        }

        @Actor
        public void two() {
            lock.lock();
            count++;
            lock.unlock();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = count;
        }
    }

    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "both increments are there")
    @Outcome(id = "1", expect = ACCEPTABLE_INTERESTING, desc = "one increment was lost: both were inside at once")
    @State
    public static class IncrementsTwin {
        private final CheckThenSetLock lock = new CheckThenSetLock(LockRank.ZONE);
        private int count;

        @Actor
        public void one() {
            lock.lock();
            count++;
            lock.unlock();
        }

        @Actor
        public void two() {
            lock.lock();
            count++;
            lock.unlock();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = count;
        }
    }

    /*
     * One CPU waits for the lock, the other only tries: it adds one where it got the lock and goes away where not. The
     * count must agree with what tryLock said.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TryLock                            false, 1      129,177    2.8361%  acceptable
     *                                       true, 2    4,425,594   97.1639%  acceptable
     *   TryLockTwin                        false, 1       21,060    0.6596%  acceptable
     *                                       true, 1       99,543    3.1177%  interesting
     *                                       true, 2    3,072,248   96.2227%  acceptable
     */
    @JCStressTest
    @Outcome(id = "true, 2", expect = ACCEPTABLE, desc = "tryLock got the lock, and both increments are there")
    @Outcome(id = "false, 1", expect = ACCEPTABLE, desc = "tryLock found the lock taken")
    @Outcome(expect = FORBIDDEN, desc = "the count does not agree with tryLock")
    @State
    public static class TryLock {
        private final SpinLock lock = new SpinLock(LockRank.ZONE);
        private int count;

        @Actor
        public void waits() {
            lock.lock();
            count++;
            lock.unlock();
        }

        @Actor
        public void tries(ZI_Result r) {
            r.r1 = lock.tryLock();
            if (r.r1) {
                count++;
                lock.unlock();
            }
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = count;
        }
    }

    @JCStressTest
    @Outcome(id = "true, 2", expect = ACCEPTABLE, desc = "tryLock got the lock, and both increments are there")
    @Outcome(id = "false, 1", expect = ACCEPTABLE, desc = "tryLock found the lock taken")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the count does not agree with tryLock")
    @State
    public static class TryLockTwin {
        private final CheckThenSetLock lock = new CheckThenSetLock(LockRank.ZONE);
        private int count;

        @Actor
        public void waits() {
            lock.lock();
            count++;
            lock.unlock();
        }

        @Actor
        public void tries(ZI_Result r) {
            r.r1 = lock.tryLock();
            if (r.r1) {
                count++;
                lock.unlock();
            }
        }

        @Arbiter
        public void after(ZI_Result r) {
            r.r2 = count;
        }
    }

    /*
     * One CPU writes two plain fields under the lock, the other reads both under it: it sees the state before the
     * section or the one after it, never the middle.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Publication                            0, 0    2,200,726   45.1689%  acceptable
     *                                          1, 1    2,671,485   54.8311%  acceptable
     *   PublicationTwin                        0, 0    1,596,925   43.9540%  acceptable
     *                                          0, 1          280    0.0077%  interesting
     *                                          1, 1    2,035,966   56.0383%  acceptable
     */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the reader was first")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the writer was first")
    @Outcome(expect = FORBIDDEN, desc = "the reader saw half of the writer's section")
    @State
    public static class Publication {
        private final SpinLock lock = new SpinLock(LockRank.ZONE);
        private int first;
        private int second;

        @Actor
        public void writer() {
            lock.lock();
            first = 1;
            second = 1;
            lock.unlock();
        }

        @Actor
        public void reader(II_Result r) {
            lock.lock();
            r.r1 = first;
            r.r2 = second;
            lock.unlock();
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the reader was first")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the writer was first")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "the reader saw half of the writer's section")
    @State
    public static class PublicationTwin {
        private final CheckThenSetLock lock = new CheckThenSetLock(LockRank.ZONE);
        private int first;
        private int second;

        @Actor
        public void writer() {
            lock.lock();
            first = 1;
            second = 1;
            lock.unlock();
        }

        @Actor
        public void reader(II_Result r) {
            lock.lock();
            r.r1 = first;
            r.r2 = second;
            lock.unlock();
        }
    }
}
