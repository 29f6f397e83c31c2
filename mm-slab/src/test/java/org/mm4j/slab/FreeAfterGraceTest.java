package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class FreeAfterGraceTest {
    private static final int BATCH = AddressBatch.ADDRESSES_MAX;

    private final Rcu rcu = new Rcu(2, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES);
    private final List<Long> freed = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000); // it may wrap
    private int heapBatches = 100;
    private final FreeAfterGrace frees = new FreeAfterGrace(rcu, this::noteFreed, nanos::get, this::newBatch);

    private void noteFreed(long[] addresses, int count) {
        for (int each = 0; each < count; each++) {
            freed.add(addresses[each]);
        }
    }

    private AddressBatch newBatch() {
        if (heapBatches-- <= 0) {
            throw new OutOfMemoryError("as the test wants it");
        }
        return new AddressBatch();
    }

    private void freeAll(long from, long to) {
        for (long address = from; address < to; address++) {
            frees.free(address);
        }
    }

    private static List<Long> addresses(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    @Test
    void aBatchIsAsLargeAsThatOfLinux() {
        assertThat(BATCH).isEqualTo(507);
    }

    @Test
    void fewAddressesAreDueFiveSecondsAfterTheFirst() {
        freeAll(0, 10);
        nanos.addAndGet(FreeAfterGrace.DRAIN_NANOS - 1);
        frees.work();
        assertThat(freed).isEmpty();

        nanos.incrementAndGet();
        frees.work();
        assertThat(freed).isEqualTo(addresses(0, 10));
        assertThat(frees.waiting()).isZero();
    }

    @Test
    void aWholeBatchIsDueAJiffyLater() {
        freeAll(0, BATCH);
        nanos.addAndGet(FreeAfterGrace.SOON_NANOS - 1);
        frees.work();
        assertThat(freed).isEmpty();

        nanos.incrementAndGet();
        frees.free(BATCH);
        assertThat(freed).as("who adds looks at the clock").isEqualTo(addresses(0, BATCH));
        assertThat(frees.waiting()).isOne();
    }

    @Test
    void aWholeBatchIsNotDueLaterThanItsFirstAddress() {
        frees.free(0);
        nanos.addAndGet(FreeAfterGrace.DRAIN_NANOS - 1);
        freeAll(1, BATCH);
        nanos.incrementAndGet();
        frees.work();
        assertThat(freed).hasSize(BATCH);
    }

    @Test
    void nothingIsFreedBeforeItsGracePeriodAndTwoGroupsAtTheMostAreUnderWay() {
        int reader = rcu.readLock();
        for (int group = 0; group < 3; group++) {
            for (long address = 10L * group; address < 10L * (group + 1); address++) {
                assertThat(frees.tryFree(address)).isTrue();
            }
            nanos.addAndGet(FreeAfterGrace.DRAIN_NANOS);
            frees.work();
        }
        assertThat(freed).isEmpty();
        assertThat(frees.waiting()).isEqualTo(30);

        rcu.readUnlock(reader);
        rcu.barrier();
        assertThat(freed)
                .as("the third group waited for a free one")
                .hasSizeLessThanOrEqualTo(30)
                .startsWith(0L, 1L);
        frees.work();
        assertThat(freed).isEqualTo(addresses(0, 30));
    }

    @Test
    void theBarrierFreesAllInOrder() {
        freeAll(0, 3L * BATCH + 5);
        frees.barrier();
        assertThat(freed).isEqualTo(addresses(0, 3L * BATCH + 5));

        frees.barrier();
        assertThat(freed).hasSize(3 * BATCH + 5);
    }

    @Test
    void whenHeapIsShortTheOneRefusesAndTheOtherWaits() {
        heapBatches = 0;
        freeAll(0, BATCH);
        assertThat(frees.tryFree(-1)).isFalse();
        assertThat(frees.waiting()).isEqualTo(BATCH);
        assertThat(freed).isEmpty();

        frees.free(BATCH);
        assertThat(freed).isEqualTo(addresses(0, BATCH));
        assertThat(frees.tryFree(BATCH + 1)).isTrue();
        frees.barrier();
        assertThat(freed).isEqualTo(addresses(0, BATCH + 2));
    }

    @Test
    void waitingWhereOneMustNotIsNoticed() {
        int reader = rcu.readLock();
        assertThatThrownBy(() -> frees.free(1))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("read section");
        assertThat(frees.tryFree(1)).isTrue();
        rcu.readUnlock(reader);

        SpinLock lock = new SpinLock(LockRank.SLAB_LIST);
        lock.lock();
        assertThatThrownBy(() -> frees.free(2))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("SLAB_LIST");
        assertThat(frees.tryFree(2)).isTrue();
        lock.unlock();
        frees.barrier();
        assertThat(freed).containsExactly(1L, 2L);
    }

    @Test
    void anErrorOfOneBatchDoesNotKeepTheOthers() {
        List<Integer> counts = new ArrayList<>();
        FreeAfterGrace failing = new FreeAfterGrace(rcu, (addresses, count) -> {
            counts.add(count);
            if (counts.size() == 1) {
                throw new IllegalArgumentException("the first batch");
            }
        });
        for (long address = 0; address < BATCH + 1; address++) {
            assertThat(failing.tryFree(address)).isTrue();
        }
        assertThatThrownBy(failing::barrier).hasMessage("the first batch");
        assertThat(counts).containsExactly(BATCH, 1);

        assertThat(failing.waiting()).isZero();
        failing.free(7);
        failing.barrier();
        assertThat(counts).containsExactly(BATCH, 1, 1);
    }

    @Test
    void aClosedRcuLeavesWhatIsGatheredAsItIs() {
        frees.free(1);
        rcu.close();
        nanos.addAndGet(FreeAfterGrace.DRAIN_NANOS);
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> frees.tryFree(2)).isInstanceOf(IllegalStateException.class);
            assertThat(frees.waiting()).isOne();
        }
    }

    @Test
    void manyThreadsFreeEachAddressOnceAndAfterTheReaders() throws InterruptedException {
        int perThread = 3 * BATCH + 7;
        BitSet once = new BitSet();
        FreeAfterGrace shared = new FreeAfterGrace(rcu, (addresses, count) -> {
            for (int each = 0; each < count; each++) {
                assertThat(once.get((int) addresses[each])).isFalse();
                once.set((int) addresses[each]); // callbacks run one at a time
            }
        });
        Thread[] threads = new Thread[6];
        for (int each = 0; each < threads.length; each++) {
            int from = each * perThread;
            threads[each] = Thread.ofVirtual().start(() -> {
                for (int address = from; address < from + perThread; address++) {
                    shared.free(address);
                    if (address % 400 == 0) {
                        shared.barrier();
                    }
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        shared.barrier();
        assertThat(once.cardinality()).isEqualTo(threads.length * perThread);
        assertThat(shared.waiting()).isZero();
    }
}
