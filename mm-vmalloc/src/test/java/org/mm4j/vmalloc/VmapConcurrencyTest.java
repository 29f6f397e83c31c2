package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.PageFrame.PAGE_SIZE;
import static org.mm4j.vmalloc.FreeRanges.NONE;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.CpuSource;

/** Many threads on one address space, each page of which is watched. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VmapConcurrencyTest {
    private static final long START = 0x7000_0000_0000L;
    private static final int THREADS = 6;
    private static final int BLOCK = 128;

    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger owners = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger moved = new AtomicInteger();

    private record Held(VmapArea area, int owner) {}

    private final Queue<Held> handedOver = new ConcurrentLinkedQueue<>();

    private static final class Machine {
        final int pages;
        final ShadowPages shadow;
        final VmapAreas areas;
        final VmapBlocks blocks;

        Machine(int pages, int cpus) {
            this.pages = pages;
            shadow = new ShadowPages(START, pages);
            CpuSource wandering = n -> (int) (System.nanoTime() / 1000 % n);
            areas = new VmapAreas(START, START + (long) pages * PAGE_SIZE, cpus, wandering, shadow);
            blocks = new VmapBlocks(areas, cpus, wandering, BLOCK);
        }

        void assertValid() {
            assertThat(blocks.validate()).isEmpty();
            assertThat(areas.validate()).isEmpty();
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

    @ParameterizedTest(name = "C85: {1} CPUs, {0} pages, {2} steps, somebody purges: {3}")
    @DisplayName("C85: no areas overlap, on all nodes together")
    @CsvSource({"4096, 1, 4000, true", "32768, 1, 8000, false", "8192, 4, 8000, false", "32768, 128, 5000, true"})
    void areasDoNotOverlap(int pages, int cpus, int steps, boolean isPurged) throws InterruptedException {
        Machine machine = new Machine(pages, cpus);
        List<Thread> workers = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int seed = t;
            workers.add(start(t % 2 == 0, () -> work(machine, seed, steps)));
        }
        AtomicBoolean running = new AtomicBoolean(true);
        Thread purger = start(false, () -> {
            while (isPurged && running.get()) {
                machine.areas.purge();
                machine.areas.stats();
            }
        });
        Thread walker = start(false, () -> {
            while (running.get()) {
                walk(machine.areas);
            }
        });
        for (Thread worker : workers) {
            worker.join();
        }
        running.set(false);
        purger.join();
        walker.join();
        assertThat(failures).isEmpty();
        machine.assertValid();
        for (Held held = handedOver.poll(); held != null; held = handedOver.poll()) {
            free(machine, held);
        }
        machine.assertValid();
        assertThat(machine.areas.stats().areasBusy()).isZero();
        machine.areas.lazyPurge().reclaim();
        assertThat(machine.areas.stats().gaps()).isEqualTo(1);
        assertThat(machine.areas.stats().bytesFree()).isEqualTo((long) pages * PAGE_SIZE);
        assertThat(moved.get()).as("areas taken").isGreaterThan(steps);
    }

    private void work(Machine machine, int seed, int steps) {
        Random random = new Random(seed);
        List<Held> mine = new ArrayList<>();
        int most = machine.pages / 24 / THREADS;
        for (int step = 0; step < steps; step++) {
            if (random.nextInt(100) < (mine.size() < most ? 60 : 30)) {
                Held held = take(machine, random);
                if (held != null) {
                    mine.add(held);
                }
            } else if (!mine.isEmpty()) {
                Held held = mine.remove(random.nextInt(mine.size()));
                check(machine, held, random);
                if (random.nextInt(4) == 0) {
                    handedOver.add(held);
                } else {
                    free(machine, held);
                }
            } else {
                Held theirs = handedOver.poll();
                if (theirs != null) {
                    check(machine, theirs, random);
                    free(machine, theirs);
                }
            }
        }
        handedOver.addAll(mine);
    }

    private @Nullable Held take(Machine machine, Random random) {
        int pages = 2 + random.nextInt(random.nextInt(20) == 0 ? 400 : 20);
        long align = random.nextInt(4) == 0 ? (long) PAGE_SIZE << random.nextInt(7) : PAGE_SIZE;
        VmapArea area = machine.areas.alloc((long) pages * PAGE_SIZE, align, VmFlags.VM_ALLOC);
        if (area == null) {
            refused.incrementAndGet();
            return null;
        }
        int owner = owners.incrementAndGet();
        machine.shadow.take(area.start(), area.end(), owner);
        assertThat(area.start() % align).isZero();
        assertThat(machine.areas.find(area.start())).isNull();
        area.setPfns(new long[] {owner});
        area.publish();
        moved.incrementAndGet();
        return new Held(area, owner);
    }

    private static void check(Machine machine, Held held, Random random) {
        VmapArea area = held.area;
        long address = area.start() + random.nextInt((int) area.bytes());
        assertThat(machine.areas.find(address)).isSameAs(area);
        assertThat(area.pfns()).containsExactly(held.owner);
        assertThat(machine.shadow.isOf(area.start(), area.end(), held.owner)).isTrue();
    }

    private static void free(Machine machine, Held held) {
        VmapArea area = held.area;
        assertThat(machine.areas.unlink(area.start())).isSameAs(area);
        assertThat(machine.areas.find(area.start())).isNotSameAs(area);
        machine.shadow.give(area.start(), area.end(), held.owner);
        machine.areas.freeLazily(area);
    }

    /** Whoever walks sees whole areas in order, and one that is locked stays. */
    private static void walk(VmapAreas areas) {
        long end = START;
        for (VmapArea area = areas.lockNext(end); area != null; area = areas.lockNext(end)) {
            boolean isWhole = area.pfns().length == 1 && area.isPublished();
            areas.unlock(area);
            assertThat(isWhole).isTrue();
            assertThat(area.end()).isGreaterThan(end);
            end = area.end();
        }
    }

    @Test
    void blocksShareNoPage() throws InterruptedException {
        Machine machine = new Machine(BLOCK * 24, 3); // so few that they run out
        List<Thread> workers = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int seed = t;
            workers.add(start(t % 2 == 0, () -> workOnBlocks(machine, seed)));
        }
        AtomicBoolean running = new AtomicBoolean(true);
        Thread flusher = start(false, () -> {
            while (running.get()) {
                machine.blocks.unmapAliases();
            }
        });
        for (Thread worker : workers) {
            worker.join();
        }
        running.set(false);
        flusher.join();
        assertThat(failures).isEmpty();
        machine.assertValid();
        machine.areas.lazyPurge().reclaim();
        assertThat(machine.areas.stats().areasBusy()).isZero();
        assertThat(machine.areas.stats().gaps()).isEqualTo(1);
        assertThat(moved.get()).isGreaterThan(10_000);
        assertThat(refused.get()).as("requests refused").isPositive();
    }

    private record Mapping(long address, int pages, int owner) {
        long end() {
            return address + (long) pages * PAGE_SIZE;
        }
    }

    private void workOnBlocks(Machine machine, int seed) {
        Random random = new Random(seed);
        List<Mapping> mine = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(100) < (step / 1000 % 2 == 0 ? 60 : 40)) {
                int pages = 1 + random.nextInt(random.nextInt(8) == 0 ? 64 : 6);
                long address = machine.blocks.alloc(pages);
                if (address == NONE) {
                    refused.incrementAndGet();
                } else {
                    Mapping mapping = new Mapping(address, pages, owners.incrementAndGet());
                    machine.shadow.take(address, mapping.end(), mapping.owner);
                    mine.add(mapping);
                    moved.incrementAndGet();
                }
            } else if (!mine.isEmpty()) {
                unmap(machine, mine.remove(random.nextInt(mine.size())));
            }
        }
        mine.forEach(mapping -> unmap(machine, mapping));
    }

    private static void unmap(Machine machine, Mapping mapping) {
        assertThat(machine.blocks.unlink(mapping.address, mapping.pages)).isTrue();
        machine.shadow.give(mapping.address, mapping.end(), mapping.owner);
        machine.blocks.freeLazily(mapping.address, mapping.pages);
    }

    @Test
    void ofTwoWhoFreeTheSameAreaOneDoes() throws InterruptedException {
        Machine machine = new Machine(4096, 2);
        AtomicInteger freed = new AtomicInteger();
        AtomicInteger unmapped = new AtomicInteger();
        for (int round = 0; round < 1_000; round++) {
            VmapArea area = machine.areas.alloc(PAGE_SIZE, PAGE_SIZE, 0);
            assertThat(area).isNotNull();
            area.publish();
            long mapping = machine.blocks.alloc(2);
            Runnable free = () -> {
                VmapArea mine = machine.areas.unlink(area.start());
                if (mine != null) {
                    machine.areas.freeLazily(mine);
                    freed.incrementAndGet();
                }
                if (machine.blocks.unlink(mapping, 2)) {
                    machine.blocks.freeLazily(mapping, 2);
                    unmapped.incrementAndGet();
                }
            };
            Thread other = start(true, free);
            free.run();
            other.join();
        }
        assertThat(failures).isEmpty();
        assertThat(freed).hasValue(1_000);
        assertThat(unmapped).hasValue(1_000);
        machine.assertValid();
    }
}
