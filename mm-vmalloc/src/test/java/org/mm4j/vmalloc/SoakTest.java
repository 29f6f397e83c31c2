package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Timeout;
import org.mm4j.memory.BackEnd;

/**
 * Areas that wander between threads. In the build for a moment; {@code -Dmm4j.soak=2000000} says how many operations all
 * threads do together.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SoakTest {
    private static final int THREADS = 4;
    private static final long OPERATIONS = Long.getLong("mm4j.soak", 20_000);

    @BackEnds
    void areasThatWander(BackEnd backEnd) throws Exception {
        long seed = System.nanoTime();
        try (Machine machine = new Machine(backEnd);
                ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            AtomicReferenceArray<Soak.Area> slots = Soak.slots();
            List<Future<Long>> runs = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                runs.add(pool.submit(new Soak(machine, slots, seed + thread, OPERATIONS / THREADS)));
            }
            long taken = 0;
            for (Future<Long> run : runs) {
                taken += result(run, machine, seed);
            }
            assertThat(taken).as("areas taken, seed %d", seed).isGreaterThan(OPERATIONS / 10);
            for (int slot = 0; slot < slots.length(); slot++) {
                Soak.Area area = slots.get(slot);
                if (area != null) {
                    machine.vmalloc.vfree(area.address());
                }
            }
            machine.vmalloc.drainDeferred();
            machine.assertAllFree();
        }
    }

    /** Checks everything once a second while they run. */
    private static long result(Future<Long> run, Machine machine, long seed) throws Exception {
        while (true) {
            try {
                return run.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                assertThat(machine.vmalloc.validate()).as("seed %d", seed).isEmpty();
            }
        }
    }
}
