package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Units in the direct map: the machine's memory is full of other people's bytes. */
class DirectPercpuMemoryTest {
    private static final int PAGE = 4096;
    private static final int UNIT = 8 * PAGE;

    private final Machine machine = Machine.small(1);
    private final PercpuMemory memory = new DirectPercpuMemory(machine.pages, machine.memory);

    @AfterEach
    void close() {
        machine.close();
    }

    private PercpuMemory.Units reserve(int cpus) {
        return Objects.requireNonNull(memory.reserve(cpus, UNIT, GFP_KERNEL));
    }

    private static boolean isZero(PercpuMemory.Units units, int cpu, int from, int end) {
        MemorySegment unit = units.segment(cpu);
        for (int at = from; at < end; at++) {
            if (unit.get(ValueLayout.JAVA_BYTE, at) != 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    void populatedPagesAreZeroOnEveryCpu() {
        PercpuMemory.Units units = reserve(3);
        assertThat(isZero(units, 2, 0, 1)).as("dirty before").isFalse();
        assertThat(units.populate(2, 5, GFP_KERNEL)).isTrue();
        for (int cpu = 0; cpu < 3; cpu++) {
            assertThat(isZero(units, cpu, 2 * PAGE, 5 * PAGE)).isTrue();
            assertThat(isZero(units, cpu, 2 * PAGE - 1, 2 * PAGE)).isFalse();
            assertThat(isZero(units, cpu, 5 * PAGE, 5 * PAGE + 1)).isFalse();
            assertThat(units.segment(cpu).byteSize()).isEqualTo(UNIT);
            assertThat(units.segment(cpu).address()).isEqualTo(units.address(cpu));
            assertThat(units.address(cpu) % PAGE).isZero();
        }
        units.release();
    }

    @Test
    void zeroingIsExact() {
        PercpuMemory.Units units = reserve(2);
        units.zero(100, 8);
        for (int cpu = 0; cpu < 2; cpu++) {
            assertThat(isZero(units, cpu, 100, 108)).isTrue();
            assertThat(isZero(units, cpu, 99, 100)).isFalse();
            assertThat(isZero(units, cpu, 108, 109)).isFalse();
        }
        units.release();
    }

    @Test
    void depopulatedPagesGoBackToTheHost() {
        PercpuMemory.Units units = reserve(2);
        long before = machine.memory.bytesCommitted();
        units.depopulate(1, 8);
        if (machine.memory.kind().equals("memfd")) {
            assertThat(machine.memory.bytesCommitted()).isEqualTo(before - 2 * 7 * PAGE);
        }
        assertThat(isZero(units, 1, PAGE, UNIT)).isTrue();
        assertThat(isZero(units, 1, PAGE - 1, PAGE)).isFalse();
        units.release();
    }

    @Test
    void withoutPagesNothingIsTaken() {
        long free = machine.pagesFree();
        for (int good = 0; good < 3; good++) {
            machine.pages.failAfter = good;
            assertThat(memory.reserve(3, UNIT, GFP_KERNEL)).isNull();
            assertThat(machine.pagesFree()).isEqualTo(free);
        }
        PercpuMemory.Units units = reserve(3);
        assertThat(machine.pagesFree()).isEqualTo(free - 3 * 8);
        units.release();
        units.release();
        assertThat(machine.pagesFree()).isEqualTo(free);
    }
}
