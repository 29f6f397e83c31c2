package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.CpuSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnedCpusTest {
    private static final int CPUS = 2;

    /** More than a thread asks until it has looked at every slot. */
    private static final int FEW = 10;

    /** More than a thread without a slot asks between three looks for idle owners. */
    private static final int MANY = 10_000;

    private final OwnedCpus cpus = new OwnedCpus(CPUS, CpuSource.fixed(0));
    private final List<Worker> workers = new ArrayList<>();

    @AfterEach
    void close() {
        workers.forEach(Worker::close);
    }

    private Worker worker() {
        Worker worker = new Worker();
        workers.add(worker);
        return worker;
    }

    private int cpuAfter(int times) {
        int cpu = cpus.cpu(CPUS);
        for (int each = 1; each < times; each++) {
            cpu = cpus.cpu(CPUS);
        }
        return cpu;
    }

    @Test
    void asManyThreadsAsCpusShareNone() {
        Worker first = worker();
        Worker second = worker();

        int one = first.does(() -> cpuAfter(FEW));
        int other = second.does(() -> cpuAfter(FEW));

        assertThat(List.of(one, other)).containsExactlyInAnyOrder(0, 1);
        assertThat(first.does(() -> cpuAfter(FEW))).isEqualTo(one);
    }

    @Test
    void aThreadTooManyIsWhereTheOtherSourceSays() {
        Worker first = worker();
        Worker second = worker();
        first.does(() -> cpuAfter(FEW));
        second.does(() -> cpuAfter(FEW));

        assertThat(worker().does(() -> cpuAfter(FEW))).isZero();
    }

    @Test
    void aVirtualThreadOwnsNothing() throws InterruptedException {
        Thread.ofVirtual().start(() -> cpuAfter(FEW)).join();

        Worker first = worker();
        Worker second = worker();
        assertThat(List.of(first.does(() -> cpuAfter(FEW)), second.does(() -> cpuAfter(FEW))))
                .containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void whoAsksNoMoreLosesItsCpu() {
        Worker first = worker();
        Worker second = worker();
        first.does(() -> cpuAfter(FEW));
        int idle = second.does(() -> cpuAfter(FEW));
        assertThat(idle).isOne();

        Worker late = worker();
        int cpu = 0;
        for (int each = 0; each < MANY && cpu == 0; each++) {
            cpu = late.does(() -> cpuAfter(1));
            first.does(() -> cpuAfter(1));
        }
        assertThat(cpu).isOne();
    }

    @Test
    void fewerCpusThanSlotsAreKeptTo() {
        worker().does(() -> cpuAfter(FEW));
        Worker second = worker();
        second.does(() -> cpuAfter(FEW));

        assertThat(second.does(() -> cpus.cpu(1))).isZero();
    }
}
