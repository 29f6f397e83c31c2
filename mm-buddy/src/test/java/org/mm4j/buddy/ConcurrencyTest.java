package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.buddy.Machines.START;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/** Many threads at once. While they run, validate() finds nothing; when they have ended, everything is free. */
class ConcurrencyTest {
    private static final int FRAMES = 8192;
    private static final int ROUNDS = 8_000;
    private static final int[] KINDS = {Machine.UNMOVABLE, Machine.MOVABLE, Machine.RECLAIMABLE};

    @RegisterExtension
    final Machines machines = new Machines();

    /**
     * Runs the actions, and validates until all of them have ended. A validation holds the lock of its zone for long; as much
     * time is left to the others between two, who would starve otherwise where each has a processor of his own.
     */
    private static void run(Machine machine, Together.Action... actions) {
        AtomicInteger running = new AtomicInteger(actions.length);
        Together.Action[] all = new Together.Action[actions.length + 1];
        for (int each = 0; each < actions.length; each++) {
            Together.Action action = actions[each];
            all[each] = () -> {
                try {
                    action.run();
                } finally {
                    running.decrementAndGet();
                }
            };
        }
        all[actions.length] = () -> {
            while (running.get() > 0) {
                long start = System.nanoTime();
                assertThat(machine.allocator.validate()).isEmpty();
                LockSupport.parkNanos(System.nanoTime() - start);
            }
        };
        Together.run(all);
        machine.expectAllFree();
    }

    /** Takes and gives back at random; who has a frame is noted, so that none is had twice. */
    private static Together.Action churn(Machine machine, AtomicIntegerArray users, int me) {
        return () -> {
            Random random = new Random(me);
            Deque<long[]> blocks = new ArrayDeque<>();
            for (int round = 0; round < ROUNDS; round++) {
                int order = Math.min(random.nextInt(11), random.nextInt(11));
                int comp = random.nextBoolean() ? Gfp.__GFP_COMP : 0;
                long pfn = machine.allocator.allocPages(KINDS[random.nextInt(3)] | comp, order);
                if (pfn != PageFrame.NONE) {
                    note(users, pfn, order, 0, me);
                    blocks.addLast(new long[] {pfn, order});
                }
                if (pfn == PageFrame.NONE || blocks.size() > random.nextInt(40)) {
                    giveBack(machine, users, blocks, me);
                }
            }
            while (!blocks.isEmpty()) {
                giveBack(machine, users, blocks, me);
            }
        };
    }

    private static void giveBack(Machine machine, AtomicIntegerArray users, Deque<long[]> blocks, int me) {
        long[] block = blocks.pollFirst();
        if (block != null) {
            note(users, block[0], (int) block[1], me, 0);
            machine.allocator.freePages(block[0], (int) block[1]);
        }
    }

    private static void note(AtomicIntegerArray users, long pfn, int order, int before, int after) {
        for (int frame = (int) (pfn - START); frame < pfn - START + PageFrame.pages(order); frame++) {
            if (!users.compareAndSet(frame, before, after)) {
                throw new AssertionError("frame " + frame + " of thread " + users.get(frame) + ", not " + before);
            }
        }
    }

    @Test
    @DisplayName("blocks of all orders and mobilities: no frame is handed out twice")
    void churn() {
        Machine machine = machines.ofFrames(FRAMES);
        AtomicIntegerArray users = new AtomicIntegerArray(FRAMES);
        run(machine, churn(machine, users, 1), churn(machine, users, 2), churn(machine, users, 3));
    }

    /** Takes references wherever there is something, and drops them again. */
    private static Together.Action snoop(Machine machine, int frames) {
        return () -> {
            Random random = new Random(frames);
            for (int round = 0; round < 10 * ROUNDS; round++) {
                long pfn = START + random.nextInt(frames);
                if (machine.allocator.tryGetPage(pfn)) {
                    machine.allocator.putPage(pfn);
                }
            }
        };
    }

    @ParameterizedTest
    @DisplayName("P1, P2: speculative references on blocks that are taken and freed")
    @ValueSource(ints = {0, Gfp.__GFP_COMP})
    void speculativeReferences(int comp) {
        Machine machine = machines.ofFrames(FRAMES);
        run(machine, snoop(machine, 16), snoop(machine, 16), () -> {
            for (int round = 0; round < 2 * ROUNDS; round++) {
                int order = round % 4;
                machine.allocator.freePages(machine.take(Machine.MOVABLE | comp, order), order);
            }
        });
    }

    @ParameterizedTest
    @DisplayName("C25: two threads drop the two references of a block at once")
    @ValueSource(ints = {0, Gfp.__GFP_COMP})
    void twoThreadsDropAtOnce(int comp) {
        Machine machine = machines.ofFrames(FRAMES);
        CyclicBarrier both = new CyclicBarrier(2);
        long[] shared = new long[1];
        run(
                machine,
                () -> {
                    for (int round = 0; round < ROUNDS / 16; round++) {
                        shared[0] = machine.take(Machine.MOVABLE | comp, 3);
                        machine.allocator.getPage(shared[0]);
                        both.await(1, TimeUnit.MINUTES);
                        machine.allocator.freePages(shared[0], 3);
                        both.await(1, TimeUnit.MINUTES);
                    }
                },
                () -> {
                    for (int round = 0; round < ROUNDS / 16; round++) {
                        both.await(1, TimeUnit.MINUTES);
                        machine.allocator.putPage(shared[0]);
                        both.await(1, TimeUnit.MINUTES);
                    }
                });
    }

    @Test
    @DisplayName("speculative references on blocks that are cut: exact, split, compound to compound")
    void speculativeReferencesOnCutBlocks() {
        Machine machine = machines.ofFrames(FRAMES);
        run(machine, snoop(machine, 16), snoop(machine, 16), () -> {
            for (int round = 0; round < ROUNDS; round++) {
                long exact = machine.allocator.allocPagesExact(5 * 4096, Machine.MOVABLE);
                long plain = machine.take(Machine.MOVABLE, 2);
                long compound = machine.take(Machine.MOVABLE | Gfp.__GFP_COMP, 2);
                free(machine, plain, tries(() -> machine.allocator.splitPage(plain, 2)) ? 0 : 2);
                free(machine, compound, tries(() -> machine.allocator.splitCompound(compound, 1)) ? 1 : 2);
                machine.allocator.freePagesExact(exact, 5 * 4096);
            }
        });
    }

    private static void free(Machine machine, long pfn, int order) {
        machine.free(pfn, pfn + 4, order);
    }

    /** Whether no reference of somebody else was in the way. */
    private static boolean tries(Runnable split) {
        try {
            split.run();
            return true;
        } catch (BadPageException refused) {
            assertThat(refused).hasMessageContaining("references");
            return false;
        }
    }

    @Test
    @DisplayName("bulk and exact pages beside each other")
    void bulkAndExact() {
        Machine machine = machines.ofFrames(FRAMES);
        Together.Action bulk = () -> {
            long[] pfns = new long[100];
            for (int round = 0; round < ROUNDS / 50; round++) {
                int filled = machine.allocator.allocPagesBulk(KINDS[round % 3], 0, pfns);
                for (int at = 0; at < filled; at++) {
                    machine.allocator.freePages(pfns[at], 0);
                    pfns[at] = PageFrame.NONE;
                }
            }
        };
        run(machine, bulk, bulk, () -> {
            Random random = new Random(7);
            for (int round = 0; round < ROUNDS; round++) {
                long bytes = 1 + random.nextInt(1 << 18);
                machine.allocator.freePagesExact(machine.allocator.allocPagesExact(bytes, KINDS[round % 3]), bytes);
            }
        });
    }
}
