package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mm4j.api.PerCpuAllocator.NONE;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** There are no pages, at every place where some are asked for: whatever was begun is undone. */
class FailureInjectionTest {
    private static final int PAGE = 4096;

    @Test
    void outOfPagesAtTheSecondOfThreeUnits() {
        try (Machine machine = Machine.small(3)) {
            machine.percpu.allocPercpu(28672, 4);
            long free = machine.pagesFree();
            machine.pages.failsOn = true;
            machine.pages.failAfter = 1;
            assertThat(machine.percpu.allocPercpu(28672, 4))
                    .as("in the spare chunk")
                    .isNotEqualTo(NONE);
            machine.pages.failAfter = 1;
            assertThat(machine.percpu.allocPercpu(28672, 4)).isEqualTo(NONE);
            assertThat(machine.log.lines())
                    .containsExactly(
                            "percpu: allocation failed, size=28672 align=4 atomic=0, failed to allocate new chunk");
            assertThat(machine.pagesFree()).isEqualTo(free);
            machine.assertValid();
            machine.pages.failAfter = -1;
            assertThat(machine.percpu.allocPercpu(28672, 4)).isNotEqualTo(NONE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void populatingFails(boolean byThrowing) {
        try (Machine machine = Machine.small(2)) {
            long kept = machine.percpu.allocPercpu(28672, 4); // two chunks now, 4 pages populated in the second
            machine.units.failAfter = 0;
            machine.units.failsByThrowing = byThrowing;
            var before = machine.percpu.stats();
            if (byThrowing) {
                assertThatIllegalStateException().isThrownBy(() -> machine.percpu.allocPercpu(28672, 4));
            } else {
                assertThat(machine.percpu.allocPercpu(28672, 4)).isEqualTo(NONE);
                assertThat(machine.log.lines())
                        .containsExactly("percpu: allocation failed, size=28672 align=4 atomic=0, failed to populate");
            }
            assertThat(machine.percpu.stats().counts().allocationsNow())
                    .isEqualTo(before.counts().allocationsNow());
            assertThat(machine.percpu.stats().pagesEmpty()).isEqualTo(before.pagesEmpty());
            machine.units.failAfter = -1;
            machine.assertValid();
            assertThat(machine.percpu.allocPercpu(28672, 4)).isNotEqualTo(NONE);
            machine.percpu.freePercpu(kept);
        }
    }

    /** The same run of requests, with the n-th call that takes pages failing, for every n. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyCallThatTakesPagesFailsOnce(boolean byThrowing) {
        int calls = run(-1, byThrowing);
        assertThat(calls).isGreaterThan(40);
        for (int failAfter = 0; failAfter < calls; failAfter++) {
            run(failAfter, byThrowing);
        }
    }

    private static int run(int failAfter, boolean byThrowing) {
        try (Machine machine = Machine.small(3)) {
            int before = machine.units.calls;
            machine.units.failAfter = failAfter;
            machine.units.failsByThrowing = byThrowing;
            requests(machine);
            machine.units.failAfter = -1;
            return machine.units.calls - before;
        }
    }

    @Test
    void everyPageRequestFailsOnce() {
        int requests;
        try (Machine machine = Machine.small(3)) {
            int before = machine.pages.requests;
            requests(machine);
            requests = machine.pages.requests - before;
        }
        assertThat(requests).isGreaterThan(20);
        for (int failAfter = 0; failAfter < requests; failAfter++) {
            try (Machine machine = Machine.small(3)) {
                machine.pages.failAfter = failAfter;
                machine.pages.failsOn = failAfter % 2 == 1;
                requests(machine);
                machine.pages.failAfter = -1;
            }
        }
    }

    @Test
    void everyCallThatZeroesOrGivesPagesBackThrowsOnce() {
        for (int throwAfter = 0; throwAfter < 400; throwAfter += 3) {
            try (Machine machine = Machine.small(2)) {
                machine.units.throwAfter = throwAfter;
                requests(machine);
                machine.units.throwAfter = -1;
            }
        }
    }

    private static void requests(Machine machine) {
        Random random = new Random(9);
        List<Long> handles = new ArrayList<>();
        for (int step = 0; step < 300; step++) {
            boolean filling = step / 60 % 2 == 0;
            if (filling ? random.nextInt(8) > 0 : random.nextInt(8) == 0) {
                handles.add(tryAlloc(machine, 1 + random.nextInt(step % 5 == 0 ? 7 * PAGE : PAGE)));
            } else if (!handles.isEmpty()) {
                tryFree(machine, handles.remove(random.nextInt(handles.size())));
            }
        }
        machine.units.failAfter = -1;
        machine.units.throwAfter = -1;
        machine.assertValid();
        handles.forEach(machine.percpu::freePercpu);
        assertThat(machine.percpu.stats().counts().allocationsNow()).isZero();
        machine.percpu.balance();
        assertThat(machine.chunksFree()).isLessThanOrEqualTo(1);
    }

    private static long tryAlloc(Machine machine, int size) {
        long before = machine.percpu.stats().counts().allocationsNow();
        long handle = NONE;
        try {
            handle = machine.percpu.allocPercpu(size, 8);
        } catch (IllegalStateException told) {
            assertThat(told).hasMessageStartingWith("told to");
        }
        assertThat(machine.percpu.stats().counts().allocationsNow()).isEqualTo(before + (handle == NONE ? 0 : 1));
        return handle;
    }

    private static void tryFree(Machine machine, long handle) {
        try {
            machine.percpu.freePercpu(handle);
        } catch (IllegalStateException told) {
            assertThat(told).hasMessageStartingWith("told to");
        }
    }
}
