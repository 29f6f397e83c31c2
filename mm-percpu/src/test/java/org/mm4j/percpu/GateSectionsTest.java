package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.SlotGate;

/** What every gate promises of its sections. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GateSectionsTest {
    private static final long LONG_ENOUGH_MILLIS = 20;

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

    private static List<GateKind> present() {
        return GateKind.present();
    }

    @ParameterizedTest
    @MethodSource("present")
    void whoSeizesWaitsForTheSection(GateKind kind) throws Exception {
        SlotGate gate = kind.gate(1);
        Worker inside = worker();
        int slot = inside.does(gate::enter);

        Future<Boolean> seized = begun(() -> gate.seize(slot));

        endsOnlyAfter(seized, inside, gate, slot);
        gate.release(slot);
    }

    private Future<Boolean> begun(Runnable waiting) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Future<Boolean> end = worker().begins(() -> {
            begun.countDown();
            waiting.run();
            return true;
        });
        begun.await();
        return end;
    }

    private static void endsOnlyAfter(Future<Boolean> waiting, Worker inside, SlotGate gate, int slot)
            throws Exception {
        assertThatThrownBy(() -> waiting.get(LONG_ENOUGH_MILLIS, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        inside.does(() -> {
            gate.leave(slot);
            return slot;
        });
        assertThat(waiting.get()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("present")
    void anInterruptedThreadWaitsAllTheSameAndStaysInterrupted(GateKind kind) throws Exception {
        SlotGate gate = kind.gate(1);
        Worker inside = worker();
        int slot = inside.does(gate::enter);

        Future<Boolean> seized = begun(() -> {
            Thread.currentThread().interrupt();
            gate.seize(slot);
            assertThat(Thread.interrupted()).isTrue();
        });

        endsOnlyAfter(seized, inside, gate, slot);
        gate.release(slot);
    }
}
