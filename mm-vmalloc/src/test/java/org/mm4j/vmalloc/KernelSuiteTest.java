package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.mm4j.memory.BackEnd;

/** V1 to V12 alone, and V13: by several threads at once, in another order each. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelSuiteTest {
    private static final int LOOPS = 60;
    private static final int THREADS = 4;

    @BackEnds
    void v1to12Alone(BackEnd backEnd) {
        for (KernelSuite test : KernelSuite.values()) {
            long seed = System.nanoTime();
            try (Machine machine = new Machine(backEnd)) {
                assertThat(test.run(machine, new Random(seed), LOOPS))
                        .as("%s, seed %d", test, seed)
                        .isTrue();
                machine.vmalloc.drainDeferred();
                machine.assertAllFree();
            }
        }
    }

    @BackEnds
    void v13AllAtOnce(BackEnd backEnd) throws Exception {
        long seed = System.nanoTime();
        try (Machine machine = new Machine(backEnd);
                ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            List<Future<List<KernelSuite>>> runs = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                Random random = new Random(seed + thread);
                runs.add(pool.submit(() -> failedIn(machine, random)));
            }
            for (int look = 0; look < 10; look++) {
                assertThat(machine.vmalloc.validate())
                        .as("while they run, seed %d", seed)
                        .isEmpty();
            }
            for (Future<List<KernelSuite>> run : runs) {
                assertThat(run.get()).as("tests that failed, seed %d", seed).isEmpty();
            }
            machine.vmalloc.drainDeferred();
            machine.assertAllFree();
        }
    }

    private static List<KernelSuite> failedIn(Machine machine, Random random) {
        List<KernelSuite> failed = new ArrayList<>();
        for (int round = 0; round < 20; round++) {
            KernelSuite test = KernelSuite.values()[random.nextInt(KernelSuite.values().length)];
            if (!test.run(machine, random, LOOPS)) {
                failed.add(test);
            }
        }
        return failed;
    }
}
