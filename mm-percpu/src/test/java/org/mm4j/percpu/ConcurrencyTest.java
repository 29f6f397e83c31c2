package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.PerCpuAllocator.NONE;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;

/** Requests that wait and requests that cannot, frees by others, balance, checks: all at once. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConcurrencyTest {
    private static final int CPUS = 2;
    private static final int THREADS = 4;

    private record Live(long handle, int size, int value) {}

    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Queue<Live> handedOver = new ConcurrentLinkedQueue<>();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allAtOnce(boolean interrupting) throws InterruptedException {
        try (Machine machine = new Machine(CPUS)) {
            AtomicBoolean running = new AtomicBoolean(true);
            AtomicLong served = new AtomicLong();
            List<Thread> workers = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                int seed = t;
                workers.add(start(t % 2 == 0, () -> work(machine, seed, served)));
            }
            Thread balancer = start(false, () -> {
                while (running.get()) {
                    machine.percpu.balance();
                }
            });
            Thread checker = start(false, () -> {
                while (running.get()) {
                    assertThat(machine.percpu.validate()).isEmpty();
                    assertThat(machine.percpu.stats().pagesEmpty()).isNotNegative();
                }
            });
            Thread interrupter = start(false, () -> {
                while (interrupting && running.get()) {
                    workers.forEach(Thread::interrupt);
                    Thread.onSpinWait();
                }
            });
            for (Thread worker : workers) {
                worker.join();
            }
            running.set(false);
            balancer.join();
            checker.join();
            interrupter.join();
            assertThat(failures).isEmpty();
            handedOver.forEach(each -> free(machine, each));
            assertThat(machine.percpu.stats().counts().allocationsNow()).isZero();
            assertThat(machine.percpu.stats().counts().allocations()).isEqualTo(served.get());
            machine.percpu.balance();
            assertThat(machine.chunksFree()).isLessThanOrEqualTo(1);
        }
    }

    private Thread start(boolean virtual, Runnable body) {
        Runnable guarded = () -> {
            try {
                body.run();
            } catch (Throwable e) {
                failures.add(e);
            }
        };
        return virtual ? Thread.ofVirtual().start(guarded) : Thread.ofPlatform().start(guarded);
    }

    private void work(Machine machine, int seed, AtomicLong served) {
        Random random = new Random(seed);
        List<Live> mine = new ArrayList<>();
        for (int step = 0; step < 6_000; step++) {
            if (random.nextInt(100) < (step / 1500 % 2 == 0 ? 65 : 35)) {
                int size = 1 + random.nextInt(random.nextInt(10) == 0 ? 12_000 : 300);
                int gfp = random.nextInt(3) == 0 ? Gfp.GFP_NOWAIT : Gfp.GFP_KERNEL;
                long handle = machine.percpu.allocPercpu(size, 1L << random.nextInt(8), gfp);
                if (handle != NONE) {
                    served.incrementAndGet();
                    Live next = new Live(handle, size, 1 + random.nextInt(250));
                    for (int cpu = 0; cpu < CPUS; cpu++) {
                        assertThat(machine.holds(handle, cpu, size, 0)).isTrue();
                        machine.fill(handle, cpu, size, next.value + cpu);
                    }
                    mine.add(next);
                }
            } else if (!mine.isEmpty()) {
                Live each = mine.remove(random.nextInt(mine.size()));
                if (random.nextBoolean()) {
                    handedOver.add(each);
                } else {
                    free(machine, each);
                }
            } else {
                Live theirs = handedOver.poll();
                if (theirs != null) {
                    free(machine, theirs);
                }
            }
        }
        handedOver.addAll(mine);
    }

    private static void free(Machine machine, Live each) {
        for (int cpu = 0; cpu < CPUS; cpu++) {
            assertThat(machine.holds(each.handle, cpu, each.size, each.value + cpu))
                    .isTrue();
        }
        machine.percpu.freePercpu(each.handle);
    }

    @Test
    void twoFreesOfOneAllocationGiveItBackOnce() throws InterruptedException {
        try (Machine machine = new Machine(CPUS)) {
            for (int round = 0; round < 2_000; round++) {
                long handle = machine.percpu.allocPercpu(16, 8);
                Thread other = start(false, () -> machine.percpu.freePercpu(handle));
                machine.percpu.freePercpu(handle);
                other.join();
            }
            assertThat(failures).isEmpty();
            assertThat(machine.percpu.stats().counts().deallocations()).isEqualTo(2_000);
            assertThat(machine.log.linesWritten()).isEqualTo(1);
        }
    }

    /** Who is interrupted while it waits for its turn gets its allocation, and stays interrupted. */
    @Test
    void anInterruptIsKept() throws InterruptedException {
        try (Machine machine = new Machine(CPUS)) {
            machine.percpu.allocPercpu(28672 - 4096, 4);
            CountDownLatch populating = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            machine.units.whilePopulating = () -> {
                populating.countDown();
                awaitUninterruptibly(go);
            };
            Thread holder = start(false, () -> machine.percpu.allocPercpu(32768, 4));
            populating.await();
            AtomicLong handle = new AtomicLong();
            AtomicBoolean interrupted = new AtomicBoolean();
            Thread waiter = start(false, () -> {
                handle.set(machine.percpu.allocPercpu(16, 8));
                interrupted.set(Thread.currentThread().isInterrupted());
            });
            while (waiter.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            waiter.interrupt();
            long atomic = machine.percpu.allocPercpu(16, 8, Gfp.GFP_ATOMIC);
            go.countDown();
            waiter.join();
            holder.join();
            assertThat(atomic).as("who cannot wait does not").isNotEqualTo(NONE);
            assertThat(handle.get()).isNotEqualTo(NONE);
            assertThat(interrupted).isTrue();
            assertThat(failures).isEmpty();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reclaim can come back into the allocator that asked for pages. */
    @Test
    void aRequestFromWithinARequestIsServedFromWhatIsThere() {
        try (Machine machine = new Machine(CPUS)) {
            long old = machine.percpu.allocPercpu(28672, 4);
            List<Long> inner = new ArrayList<>();
            AtomicReference<Long> toFree = new AtomicReference<>(old);
            machine.units.whilePopulating = () -> {
                inner.add(machine.percpu.allocPercpu(64, 8));
                inner.add(machine.percpu.allocPercpu(32768, 8, Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN));
                Long handle = toFree.getAndSet(null);
                if (handle != null) {
                    machine.percpu.freePercpu(handle);
                }
            };
            long outer = machine.percpu.allocPercpu(28672, 4);
            machine.units.whilePopulating = () -> {};
            assertThat(outer).isNotEqualTo(NONE);
            assertThat(inner.size()).isGreaterThanOrEqualTo(2);
            assertThat(inner.get(1)).isEqualTo(NONE);
            assertThat(machine.holds(outer, 1, 28672, 0)).isTrue();
            inner.forEach(machine.percpu::freePercpu);
            machine.percpu.freePercpu(outer);
        }
    }

    /** Whoever finds the mutex taken leaves the work to its holder. */
    @Test
    void workFoundDuringARequestIsDoneBehindIt() throws InterruptedException {
        try (Machine machine = new Machine(CPUS)) {
            List<Long> handles = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                handles.add(machine.percpu.allocPercpu(32768, 4));
            }
            CountDownLatch populating = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            machine.units.whilePopulating = () -> {
                populating.countDown();
                awaitUninterruptibly(go);
            };
            Thread holder = start(false, () -> machine.percpu.allocPercpu(32768, 4));
            populating.await();
            handles.forEach(machine.percpu::freePercpu); // does not wait
            boolean wanted = machine.percpu.isBalanceWanted();
            go.countDown();
            holder.join();
            assertThat(wanted).isTrue();
            assertThat(machine.percpu.isBalanceWanted()).isFalse();
            assertThat(machine.chunksFree()).isLessThanOrEqualTo(1);
        }
    }
}
