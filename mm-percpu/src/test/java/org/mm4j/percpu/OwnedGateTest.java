package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.SlotGate;
import org.mm4j.contract.AllocatedBytes;

/** Who owns which slot, and how owners change. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnedGateTest {
    /** More entries than a thread without a slot makes between three looks for idle owners. */
    private static final int LOOKS = 10_000;

    /** More than it makes until it has looked at every slot. */
    private static final int FEW = 10;

    private final List<Worker> workers = new ArrayList<>();
    private final FaultyBarrier barrier = new FaultyBarrier();

    @AfterEach
    void close() {
        workers.forEach(Worker::close);
    }

    private Worker worker() {
        Worker worker = new Worker();
        workers.add(worker);
        return worker;
    }

    private static SlotGate gate(int slots) {
        return gate(slots, AsymmetricBarrier.FENCES);
    }

    private static SlotGate gate(int slots, AsymmetricBarrier barrier) {
        return new OwnedGate(slots, CpuSource.BY_THREAD, barrier);
    }

    private static List<GateKind> owned() {
        return GateKind.owned();
    }

    @ParameterizedTest
    @MethodSource("owned")
    void everyThreadGetsASlotAndKeepsIt(GateKind kind) {
        SlotGate gate = kind.gate(2);
        Worker first = worker();
        Worker second = worker();

        assertThat(gate.slots()).isEqualTo(4);
        assertThat(first.visits(gate)).isZero();
        assertThat(second.does(() -> slotAfter(gate, FEW))).isOne();
        assertThat(first.visits(gate)).isZero();
        assertThat(second.visits(gate)).isOne();
    }

    @ParameterizedTest
    @MethodSource("owned")
    void aThreadThatComesTooLateSharesASlot(GateKind kind) {
        SlotGate gate = kind.gate(2);
        worker().does(() -> slotAfter(gate, FEW));
        worker().does(() -> slotAfter(gate, FEW));

        assertThat(worker().does(() -> slotAfter(gate, FEW))).isBetween(2, 3);
    }

    @Test
    void aSlotWithoutOwnerIsTakenBeforeThatOfAnIdleOwner() {
        SlotGate gate = gate(3);

        for (int slot = 0; slot < 3; slot++) {
            assertThat(worker().does(() -> slotAfter(gate, FEW))).isEqualTo(slot);
        }
    }

    @ParameterizedTest
    @MethodSource("owned")
    void virtualThreadsOwnNothing(GateKind kind) throws InterruptedException {
        SlotGate gate = kind.gate(2);
        List<Integer> slots = new ArrayList<>();

        Thread.ofVirtual().start(() -> slots.add(Worker.visit(gate))).join();

        assertThat(slots.getFirst()).isBetween(2, 3);
        assertThat(worker().visits(gate)).isZero();
    }

    @ParameterizedTest
    @MethodSource("owned")
    void theSlotOfADeadOwnerIsTakenOverWithWhatIsInIt(GateKind kind) {
        SlotGate gate = kind.gate(1);
        long[] content = new long[gate.slots()];
        for (int owner = 1; owner <= 100; owner++) {
            try (Worker worker = new Worker()) {
                int number = owner;
                int slot = worker.does(() -> addInside(gate, content, number));
                assertThat(slot).isZero();
            }
        }
        assertThat(content[0]).isEqualTo(5050);
    }

    private static int addInside(SlotGate gate, long[] content, int number) {
        int slot = gate.enter();
        content[slot] += number;
        gate.leave(slot);
        return slot;
    }

    @Test
    void theSlotOfAnIdleOwnerIsTakenOver() {
        SlotGate gate = gate(1);
        Worker idle = worker();
        Worker other = worker();
        idle.visits(gate);

        assertThat(other.does(() -> slotAfter(gate, LOOKS))).isZero();
        assertThat(idle.visits(gate)).as("the old owner").isOne();
        assertThat(other.visits(gate)).as("the new owner").isZero();
    }

    private static int slotAfter(SlotGate gate, int visits) {
        for (int visit = 1; visit < visits; visit++) {
            Worker.visit(gate);
        }
        return Worker.visit(gate);
    }

    @Test
    void anOwnerAtWorkKeepsItsSlot() {
        SlotGate gate = gate(1);
        Worker owner = worker();
        Worker other = worker();
        owner.visits(gate);

        for (int look = 0; look < 4; look++) {
            assertThat(other.does(() -> slotAfter(gate, LOOKS / 3))).isOne();
            assertThat(owner.visits(gate)).isZero();
        }
    }

    @Test
    void anOwnerThatIsInsideForLongIsNotWaitedFor() {
        SlotGate gate = gate(1);
        Worker owner = worker();
        int slot = owner.does(gate::enter);

        assertThat(worker().does(() -> slotAfter(gate, LOOKS))).isOne();

        owner.does(() -> {
            gate.leave(slot);
            return slot;
        });
        assertThat(owner.visits(gate)).isZero();
    }

    @Test
    void threadsWhoseNumbersMeetInTheTableDoNotShareASlot() {
        SlotGate gate = gate(2);
        Worker first = worker();
        Worker second = new Worker(threadWithNumberLike(first.thread()));
        workers.add(second);

        assertThat(first.visits(gate)).isZero();
        assertThat(second.visits(gate)).isGreaterThanOrEqualTo(2);
        assertThat(first.visits(gate)).isZero();
        long bytes = second.does(() -> AllocatedBytes.leastOf(20, () -> slotAfter(gate, 1000)));
        assertThat(bytes).as("bytes of 1000 visits without a slot").isLessThan(1000);

        first.close();
        assertThat(second.does(() -> slotAfter(gate, LOOKS)))
                .as("after the death of the first")
                .isLessThan(2);
    }

    /** A factory of threads whose number has the same last ten bits. */
    private static java.util.concurrent.ThreadFactory threadWithNumberLike(Thread first) {
        return task -> {
            Thread thread = new Thread(task);
            while ((thread.threadId() - first.threadId()) % 1024 != 0) {
                thread = new Thread(task);
            }
            return thread;
        };
    }

    @ParameterizedTest
    @MethodSource("owned")
    void whoSeizesASlotKeepsItsOwnerOut(GateKind kind) {
        SlotGate gate = kind.gate(1);
        Worker owner = worker();
        owner.visits(gate);

        gate.seize(0);
        assertThat(owner.visits(gate)).as("while it is seized").isOne();
        gate.release(0);

        assertThat(owner.visits(gate)).as("afterwards").isZero();
    }

    @Test
    void aBarrierThatFailsLeavesTheGateAsItWas() {
        SlotGate gate = gate(1, barrier);
        Worker owner = worker();
        owner.visits(gate);

        barrier.heavyFails = true;
        assertThatThrownBy(() -> gate.seize(0)).isInstanceOf(FaultyBarrier.Fault.class);
        barrier.heavyFails = false;

        assertThat(owner.visits(gate)).isZero();
        gate.seize(0);
        gate.release(0);
    }

    @Test
    void aBarrierThatFailsDuringATakeOverLeavesTheOwnerItsSlot() {
        SlotGate gate = gate(1, barrier);
        Worker owner = worker();
        Worker other = worker();
        owner.visits(gate);

        barrier.heavyFails = true;
        assertThatThrownBy(() -> other.does(() -> slotAfter(gate, LOOKS)))
                .hasCauseInstanceOf(FaultyBarrier.Fault.class);
        barrier.heavyFails = false;

        assertThat(owner.visits(gate)).isZero();
        assertThat(other.does(() -> slotAfter(gate, LOOKS)))
                .as("a second attempt")
                .isZero();
    }

    @Test
    void anEntryThatFailsIsNoSection() throws Exception {
        SlotGate gate = gate(1, barrier);
        Worker owner = worker();
        owner.visits(gate);

        barrier.lightFails = true;
        assertThatThrownBy(() -> owner.does(gate::enter)).hasCauseInstanceOf(FaultyBarrier.Fault.class);
        barrier.lightFails = false;
        gate.seize(0); // would wait for a section that nobody leaves
        gate.release(0);

        int slot = owner.does(gate::enter);
        CountDownLatch begun = new CountDownLatch(1);
        Future<Boolean> seized = worker().begins(() -> {
            begun.countDown();
            gate.seize(0);
            return true;
        });
        begun.await();
        assertThatThrownBy(() -> seized.get(20, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        owner.does(() -> {
            gate.leave(slot);
            return slot;
        });
        assertThat(seized.get()).isTrue();
        gate.release(0);
    }
}
