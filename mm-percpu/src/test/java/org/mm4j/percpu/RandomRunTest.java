package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.PerCpuAllocator.NONE;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.PerCpuStats;

/** Long random runs of one thread: every copy keeps what is written to it, and everything adds up all the time. */
class RandomRunTest {
    private record Live(long handle, int size, int value) {}

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void copiesKeepWhatIsWritten(int seed) {
        PercpuConfig config = PercpuConfig.of(seed).withFirstUnits(seed % 2 * 1000, seed % 3 * 4096, 24 << 10);
        try (Machine machine = new Machine(config)) {
            run(machine, seed, 4_000, true);
        }
    }

    /** One thread alone sees the same every time. */
    @Test
    void theSameRunEndsTheSame() {
        PerCpuStats once;
        try (Machine machine = new Machine(2)) {
            once = run(machine, 77, 3_000, false);
        }
        try (Machine machine = new Machine(2)) {
            assertThat(run(machine, 77, 3_000, false)).isEqualTo(once);
        }
    }

    private static PerCpuStats run(Machine machine, int seed, int steps, boolean checks) {
        Random random = new Random(seed);
        List<Live> live = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            boolean filling = step / 400 % 2 == 0;
            int dice = random.nextInt(20);
            if (dice == 0) {
                machine.percpu.balance();
            } else if (filling ? dice < 15 : dice < 6) {
                alloc(machine, random, live, step);
            } else if (!live.isEmpty()) {
                free(machine, live.remove(random.nextInt(live.size())));
            }
            if (checks && step % 16 == 0) {
                machine.assertValid();
            }
        }
        PerCpuStats stats = machine.percpu.stats();
        assertThat(stats.counts().allocationsNow()).isEqualTo(live.size());
        live.forEach(each -> free(machine, each));
        return stats;
    }

    private static void alloc(Machine machine, Random random, List<Live> live, int step) {
        int size = 1 + random.nextInt(1 << (4 + random.nextInt(10)));
        int align = 1 << random.nextInt(13);
        long handle = NONE;
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> handle = machine.percpu.allocPercpu(size, align, Gfp.GFP_NOWAIT);
            case 3 -> handle = machine.percpu.allocReservedPercpu(size, align);
            default -> {
                handle = machine.percpu.allocPercpu(size, align);
                assertThat(handle).isNotEqualTo(NONE);
            }
        }
        if (handle != NONE) {
            Live next = new Live(handle, size, step | 1);
            for (int cpu = 0; cpu < machine.percpu.cpus(); cpu++) {
                assertThat(machine.percpu.address(handle, cpu) % Math.max(align, 4))
                        .isZero();
                assertThat(machine.holds(handle, cpu, size, 0)).as("zeroed").isTrue();
                machine.fill(handle, cpu, size, next.value + 2 * cpu);
            }
            live.add(next);
        }
    }

    private static void free(Machine machine, Live each) {
        for (int cpu = 0; cpu < machine.percpu.cpus(); cpu++) {
            assertThat(machine.holds(each.handle, cpu, each.size, each.value + 2 * cpu))
                    .as("kept")
                    .isTrue();
        }
        machine.percpu.freePercpu(each.handle);
    }
}
