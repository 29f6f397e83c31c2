package org.mm4j.kernel.errors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_ZERO;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.BadAddressException;
import org.mm4j.api.FaultAttributes;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.SlabOptions;
import org.mm4j.kernel.arena.KernelArena;
import org.mm4j.memory.HostMemoryException;
import org.mm4j.slab.SlabEngineKind;

/** A kernel is closed while threads use it, and calls fail at every point, those of the close too. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseUnderLoadTest {
    private static final int THREADS = 3;
    private static final int ROUNDS = 15;
    private static final int STEPS_BEFORE = 200;
    private static final long SEED = new Random().nextLong();

    @ParameterizedTest
    @DisplayName("whoever is in a call then is told that the kernel is closed, and nothing worse happens")
    @EnumSource
    void close(SlabEngineKind engine) throws InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            closeOnce(engine, SEED + round);
        }
    }

    private static void closeOnce(SlabEngineKind engine, long seed) throws InterruptedException {
        Kernel kernel = Kernel.boot(KernelConfig.ofBytes(32 << 20)
                .withSlab(SlabOptions.DEFAULT.withEngine(engine))
                .withFaults(true));
        kernel.faults().setAll(FaultAttributes.ofRate("1/10").withVerbose(0));
        CountDownLatch busy = new CountDownLatch(THREADS);
        Queue<Throwable> others = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            Random random = new Random(seed + thread);
            threads.add(Thread.ofPlatform().daemon().start(() -> {
                try {
                    use(kernel, random, busy);
                } catch (Throwable e) {
                    others.add(e);
                }
            }));
        }
        busy.await();
        while (!isClosed(kernel)) {}
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(others).as("seed %d", seed).isEmpty();
    }

    /** The host is made to refuse, or an arena is open. */
    private static boolean isClosed(Kernel kernel) {
        try {
            kernel.close();
            return true;
        } catch (HostMemoryException | IllegalStateException e) {
            return false;
        }
    }

    private static void use(Kernel kernel, Random random, CountDownLatch busy) {
        for (int step = 0; ; step++) {
            try {
                step(kernel, random);
            } catch (AllocationFailure | HostMemoryException e) {
                // made to
            } catch (BadAddressException e) {
                assertThat(e)
                        .as("a close that was refused has ended the area")
                        .hasMessageContaining("nonexistent vm area");
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageMatching("(?s).*(closed|destroyed|in use by).*");
                return;
            } finally {
                if (step == STEPS_BEFORE) {
                    busy.countDown();
                }
            }
        }
    }

    private static void step(Kernel kernel, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> {
                long pfn = kernel.pages().allocPages(GFP_KERNEL | __GFP_ZERO, random.nextInt(3));
                if (pfn != 0) {
                    kernel.pages().putPage(pfn);
                }
            }
            case 1 -> {
                long address = kernel.kmalloc().kzalloc(1 + random.nextInt(9000), GFP_KERNEL);
                if (address != 0) {
                    kernel.kmalloc().kfree(address);
                }
            }
            case 2 -> {
                long address = kernel.vmalloc().vzalloc(1 + random.nextInt(30_000));
                if (address != 0) {
                    kernel.vmalloc().vfree(address);
                }
            }
            case 3 -> {
                long handle = kernel.percpu().allocPercpu(1 + random.nextInt(4000), 8);
                if (handle != 0) {
                    kernel.percpu().freePercpu(handle);
                }
            }
            case 4 -> {
                long address = kernel.kmalloc().kmalloc(1 + random.nextInt(900), GFP_KERNEL);
                if (address != 0) {
                    kernel.kmalloc().kfreeRcu(address);
                }
            }
            default -> {
                try (KernelArena arena = kernel.openArena()) {
                    arena.allocate(1 + random.nextInt(5000), 8);
                }
            }
        }
    }
}
