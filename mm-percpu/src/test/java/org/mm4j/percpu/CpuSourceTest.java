package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mm4j.api.CpuSource;

class CpuSourceTest {
    @Test
    void aThreadAlwaysGetsTheSameCpuByItsNumber() {
        int cpu = (int) (Thread.currentThread().threadId() % 7);

        assertThat(CpuSource.BY_THREAD.cpu(7)).isEqualTo(cpu).isEqualTo(CpuSource.BY_THREAD.cpu(7));
        assertThat(CpuSource.BY_THREAD.cpu(1)).isZero();
    }

    @Test
    void threadsSpreadOverTheCpusByTheirNumbers() throws InterruptedException {
        List<Integer> cpus = new ArrayList<>();
        for (int thread = 0; thread < 64; thread++) {
            Thread.ofVirtual().start(() -> cpus.add(CpuSource.BY_THREAD.cpu(4))).join();
        }
        assertThat(cpus).contains(0, 1, 2, 3).allMatch(cpu -> cpu >= 0 && cpu < 4);
    }

    @Test
    void aFixedCpuIsTakenModuloTheCpus() {
        assertThat(CpuSource.fixed(5).cpu(8)).isEqualTo(5);
        assertThat(CpuSource.fixed(5).cpu(2)).isOne();
        assertThat(CpuSource.fixed(-1).cpu(4)).isEqualTo(3);
    }
}
