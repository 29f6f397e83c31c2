package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Padded;
import org.mm4j.api.SlotGate;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedGateTest {
    private final SharedGate gate = new SharedGate(3, CpuSource.fixed(1));

    @Test
    void aThreadEntersTheSlotOfItsCpu() {
        assertThat(gate.slots()).isEqualTo(3);
        assertThat(gate.enter()).isOne();
    }

    @Test
    void nobodyEntersASlotThatSomebodyIsInsideOf() {
        int slot = gate.enter();

        assertThat(gate.enter()).isEqualTo(SlotGate.NONE);
        gate.leave(slot);
        assertThat(gate.enter()).isEqualTo(slot);
    }

    @Test
    void aSeizedSlotIsClosedAndTheOthersAreNot() {
        gate.seize(1);
        assertThat(gate.enter()).isEqualTo(SlotGate.NONE);
        gate.release(1);

        gate.seize(0);
        assertThat(gate.enter()).isOne();
    }

    @Test
    void leavingTwiceIsNoticed() {
        int slot = gate.enter();
        gate.leave(slot);

        assertThatThrownBy(() -> gate.leave(slot))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("slot 1");
        assertThat(gate.enter()).isOne();
    }

    @Test
    void manyMoreThreadsThanSlotsFindTheirWay() throws InterruptedException {
        SharedGate byThread = new SharedGate(2, CpuSource.BY_THREAD);
        long[] content = new long[2 * Padded.STRIDE];
        long[] visits = new long[1000];
        Thread[] threads = new Thread[visits.length];
        for (int each = 0; each < threads.length; each++) {
            int number = each;
            threads[each] = Thread.ofVirtual().start(() -> visits[number] = visits(byThread, content));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        long all = 0;
        for (long ofThread : visits) {
            all += ofThread;
        }
        assertThat(content[0] + content[Padded.STRIDE]).isEqualTo(all).isPositive();
    }

    /** How often the thread got in and added one. */
    private static long visits(SlotGate gate, long[] content) {
        long visits = 0;
        for (int attempt = 0; attempt < 200; attempt++) {
            int slot = gate.enter();
            if (slot != SlotGate.NONE) {
                content[slot * Padded.STRIDE]++;
                visits++;
                if (attempt % 50 == 0) {
                    Thread.yield(); // another thread runs on this carrier while this one is inside
                }
                gate.leave(slot);
            }
        }
        return visits;
    }
}
