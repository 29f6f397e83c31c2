package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.contract.AllocatedBytes;

/** What grace periods take of the Java heap: nothing. */
class RcuZeroHeapTest {
    private static final int ROUNDS = 20;
    private static final int TIMES = 2000;

    private final Rcu rcu = new Rcu(2, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES);

    private static final class Counting extends RcuCallback {
        private int runs;

        @Override
        protected void afterGracePeriod() {
            runs++;
        }
    }

    @Test
    void sectionsNeedNoJavaHeap() {
        assertThat(AllocatedBytes.leastOf(ROUNDS, () -> {
                    for (int time = 0; time < TIMES; time++) {
                        int outer = rcu.readLock();
                        rcu.readUnlock(rcu.readLock());
                        rcu.readUnlock(outer);
                    }
                }))
                .isZero();
    }

    @Test
    void gracePeriodsAndCallbacksNeedNoJavaHeap() {
        Counting callback = new Counting();
        assertThat(AllocatedBytes.leastOf(ROUNDS, () -> {
                    for (int time = 0; time < TIMES; time++) {
                        rcu.advance(rcu.getState());
                        rcu.call(callback);
                    }
                }))
                .isZero();
        assertThat(callback.runs).isEqualTo(ROUNDS * TIMES);
    }

    @Test
    void addressesNeedNoJavaHeapOnceThereAreBatches() {
        long[] freed = new long[1];
        FreeAfterGrace frees = new FreeAfterGrace(rcu, (addresses, count) -> freed[0] += count);
        assertThat(AllocatedBytes.leastOf(ROUNDS, () -> {
                    for (int time = 0; time < TIMES; time++) {
                        frees.tryFree(time);
                    }
                    rcu.work();
                }))
                .isZero();
        frees.barrier();
        assertThat(freed[0]).isEqualTo((long) ROUNDS * TIMES);
    }
}
