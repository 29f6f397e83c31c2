package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.AllocationFailure;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PercpuCounterTest {
    private final Machine machine = new Machine(2);
    private final AtomicInteger cpu = new AtomicInteger();

    @AfterEach
    void close() {
        assertThat(machine.percpu.stats().counts().allocationsNow()).isZero();
        machine.close();
    }

    private PercpuCounter counter(long initial) {
        return new PercpuCounter(machine.percpu, cpu::get, initial);
    }

    @Test
    void aWordIsHandedOverWhenItComesToTheBatch() {
        try (PercpuCounter counter = counter(100)) {
            for (int i = 0; i < 31; i++) {
                counter.inc();
            }
            assertThat(counter.read()).isEqualTo(100);
            assertThat(counter.sum()).isEqualTo(131);
            counter.inc();
            assertThat(counter.read()).isEqualTo(132);
            counter.sub(31);
            cpu.set(1);
            counter.sub(31);
            assertThat(counter.read()).isEqualTo(132);
            assertThat(counter.sum()).isEqualTo(70);
            counter.dec();
            assertThat(counter.read()).isEqualTo(100);
            assertThat(counter.sum()).isEqualTo(69);
        }
    }

    @Test
    void largeAmountsGoStraightOver() {
        try (PercpuCounter counter = counter(0)) {
            counter.add(5);
            for (long amount : new long[] {1L << 40, -(1L << 41), Integer.MAX_VALUE, Integer.MIN_VALUE, 64, -64}) {
                counter.add(amount);
            }
            assertThat(counter.sum())
                    .isEqualTo(5 + (1L << 40) - (1L << 41) + Integer.MAX_VALUE + (long) Integer.MIN_VALUE);
            counter.set(0);
            counter.add(Long.MAX_VALUE);
            assertThat(counter.read()).isEqualTo(Long.MAX_VALUE);
            counter.add(Long.MIN_VALUE);
            assertThat(counter.sum()).isEqualTo(-1);
            assertThat(counter.readPositive()).isZero();
            assertThat(counter.sumPositive()).isZero();
        }
    }

    @Test
    void setForgetsTheWords() {
        try (PercpuCounter counter = counter(0)) {
            counter.add(20);
            counter.set(7);
            assertThat(counter.sum()).isEqualTo(7);
        }
    }

    @Test
    void comparesExactlyWhereItIsClose() {
        try (PercpuCounter counter = counter(0)) {
            counter.add(20);
            assertThat(counter.compare(20)).isZero();
            assertThat(counter.compare(19)).isPositive();
            assertThat(counter.compare(21)).isNegative();
            assertThat(counter.compare(1000)).isNegative();
            assertThat(counter.compare(-1000)).isPositive();
        }
    }

    @Test
    void closingTwiceGivesBackOnce() {
        PercpuCounter counter = counter(0);
        counter.close();
        try (PercpuCounter next = counter(0)) {
            counter.close();
            next.add(3);
            assertThat(next.sum()).isEqualTo(3);
        }
        assertThat(machine.log.lines()).isEmpty();
    }

    @Test
    void theBatchIsChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PercpuCounter(machine.percpu, cpu::get, 0, 0))
                .withMessage("the batch of a counter is 1 or more, not 0");
    }

    @Test
    void withoutMemoryThereIsNone() {
        long filler = machine.percpu.allocPercpu(28672, 4);
        long second = machine.percpu.allocPercpu(32768, 4);
        machine.pages.failAfter = 0;
        machine.pages.failsOn = true;
        List<Long> handles = new ArrayList<>();
        for (long next = 1; next != 0; handles.add(next)) {
            next = machine.percpu.allocPercpu(4096, 4);
        }
        assertThatThrownBy(() -> counter(0))
                .isInstanceOf(AllocationFailure.class)
                .hasMessage("there is no per-CPU memory for a counter");
        machine.pages.failAfter = -1;
        handles.forEach(machine.percpu::freePercpu);
        machine.percpu.freePercpu(filler);
        machine.percpu.freePercpu(second);
    }

    /** More threads than CPUs, moved about or not: every amount is counted once. */
    @ParameterizedTest
    @CsvSource({"1, 5", "1, 1000000", "0, 5", "0, 1000000"})
    void manyThreadsOnAWord(int cpuMask, int batch) throws InterruptedException {
        int adds = 300_000;
        CyclicBarrier start = new CyclicBarrier(4);
        AtomicBoolean running = new AtomicBoolean(true);
        AtomicInteger spread = new AtomicInteger();
        try (PercpuCounter counter = new PercpuCounter(
                machine.percpu, () -> cpuMask == 0 ? 0 : spread.getAndIncrement() & 1, 1_000_000, batch)) {
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int amount = t - 1;
                threads.add(Thread.ofPlatform().start(() -> {
                    awaitOthers(start);
                    for (int i = 0; i < adds; i++) {
                        counter.add(amount + (i % 1000 == 0 ? 100 : 0));
                    }
                }));
            }
            Thread reader = Thread.ofVirtual().start(() -> {
                while (running.get()) {
                    assertThat(Math.abs(counter.sum() - counter.read())).isLessThan(1_000_000_000L);
                }
            });
            for (Thread thread : threads) {
                thread.join();
            }
            running.set(false);
            reader.join();
            assertThat(counter.sum()).isEqualTo(1_000_000 + 2L * adds + 4 * (adds / 1000) * 100);
        }
    }

    private static void awaitOthers(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new AssertionError(e);
        }
    }
}
