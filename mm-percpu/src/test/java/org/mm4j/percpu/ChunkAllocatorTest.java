package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.api.PerCpuAllocator.NONE;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.PerCpuStats;

/** C74 to C77, V8, what callers see, and what is refused. */
class ChunkAllocatorTest {
    @Test
    void c74TwoSmallestAllocationsLieFourBytesApart() {
        try (Machine machine = new Machine(2)) {
            long first = machine.percpu.allocPercpu(1, 1);
            long second = machine.percpu.allocPercpu(1, 1);
            assertThat(second - first).isEqualTo(4);
            assertThat(machine.percpu.offset(second) - machine.percpu.offset(first))
                    .isEqualTo(4);
            for (int cpu = 0; cpu < 2; cpu++) {
                assertThat(machine.percpu.address(second, cpu) - machine.percpu.address(first, cpu))
                        .isEqualTo(4);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "32769, 8, 32772, 8",
        "8, 8192, 8, 8192",
        "0, 8, 0, 8",
        "8, 12, 8, 12",
        "-1, 8, 0, 8",
        "-100, 8, 18446744073709551516, 8",
        "8, -4, 8, 18446744073709551612",
        "8, -9223372036854775808, 8, 9223372036854775808"
    })
    void c75IllegalRequestsAreWarnedAbout(long size, long align, String toldSize, String toldAlign) {
        try (Machine machine = new Machine(2)) {
            PerCpuStats before = machine.percpu.stats();
            assertThat(machine.percpu.allocPercpu(size, align, GFP_KERNEL | __GFP_NOWARN))
                    .isEqualTo(NONE);
            assertThat(machine.log.lines()).isEmpty();
            assertThat(machine.percpu.allocPercpu(size, align)).isEqualTo(NONE);
            assertThat(machine.percpu.allocReservedPercpu(size, align)).isEqualTo(NONE);
            String line = "illegal size (" + toldSize + ") or align (" + toldAlign + ") for percpu allocation";
            assertThat(machine.log.lines()).containsExactly(line, line);
            assertThat(machine.percpu.stats()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 8, 4096})
    void c75OtherAlignmentsAreLegal(long align) {
        try (Machine machine = new Machine(2)) {
            machine.percpu.allocPercpu(4, 4);
            long handle = machine.percpu.allocPercpu(8, align);
            assertThat(handle).isNotEqualTo(NONE);
            assertThat(machine.percpu.address(handle, 1) % Math.max(align, 4)).isZero();
        }
    }

    @Test
    void theLargestAllocationIsAUnit() {
        try (Machine machine = new Machine(3)) {
            long handle = machine.percpu.allocPercpu(32768, 4096);
            assertThat(handle).isNotEqualTo(NONE);
            assertThat(machine.holds(handle, 2, 32768, 0)).isTrue();
        }
    }

    @Test
    void c76CopiesAreZeroedAndApart() {
        try (Machine machine = new Machine(4)) {
            for (int round = 0; round < 3; round++) {
                List<Long> handles = new ArrayList<>();
                for (int size = 1; size < 6000; size += 701) {
                    handles.add(machine.percpu.allocPercpu(size, 8));
                    long handle = handles.getLast();
                    for (int cpu = 0; cpu < 4; cpu++) {
                        assertThat(machine.holds(handle, cpu, size, 0)).isTrue();
                        machine.fill(handle, cpu, size, 1 + cpu);
                    }
                    for (int cpu = 0; cpu < 4; cpu++) {
                        assertThat(machine.holds(handle, cpu, size, 1 + cpu)).isTrue();
                    }
                }
                handles.forEach(machine.percpu::freePercpu);
            }
        }
    }

    @Test
    void c77ASecondFreeChangesNothingAndIsToldOnce() {
        try (Machine machine = new Machine(2)) {
            long other = machine.percpu.allocPercpu(16, 8);
            long handle = machine.percpu.allocPercpu(16, 8);
            machine.percpu.freePercpu(handle);
            PerCpuStats before = machine.percpu.stats();
            machine.percpu.freePercpu(handle);
            machine.percpu.freePercpu(handle);
            assertThat(machine.percpu.stats()).isEqualTo(before);
            assertThat(machine.log.lines())
                    .containsExactly("percpu: 0x" + Long.toHexString(handle) + " is given back already");
            machine.percpu.freePercpu(other);
        }
    }

    @Test
    void aSecondFreeIntoAChunkThatIsGoneIsToldToo() {
        try (Machine machine = new Machine(2)) {
            List<Long> handles = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                handles.add(machine.percpu.allocPercpu(32768, 4));
            }
            handles.forEach(machine.percpu::freePercpu);
            PerCpuStats before = machine.percpu.stats();
            assertThat(before.counts().chunks()).isEqualTo(2);
            handles.forEach(machine.percpu::freePercpu);
            assertThat(machine.percpu.stats()).isEqualTo(before);
            assertThat(machine.log.linesWritten()).isEqualTo(1);
            long next = machine.percpu.allocPercpu(32768, 4);
            long later = machine.percpu.allocPercpu(32768, 4);
            assertThat(handles).doesNotContain(later);
            handles.stream().filter(handle -> handle != next).forEach(machine.percpu::freePercpu);
            assertThat(machine.percpu.stats().counts().allocationsNow()).isEqualTo(2);
        }
    }

    @Test
    void foreignAndInteriorHandlesAreRefusedByName() {
        try (Machine machine = new Machine(PercpuConfig.of(2).withFirstUnits(100, 0, 0))) {
            long handle = machine.percpu.allocPercpu(16, 8);
            PerCpuStats before = machine.percpu.stats();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.percpu.freePercpu(handle + 4))
                    .withMessage("percpu handle 0x" + Long.toHexString(handle + 4)
                            + " is refused: it lies 4 bytes behind the start of 0x" + Long.toHexString(handle));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.percpu.freePercpu(handle + 1))
                    .withMessageContaining("lies 1 bytes behind");
            long staticByte = PcpuHandle.base(handle);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.percpu.freePercpu(staticByte))
                    .withMessageContaining("is outside of the part of its chunk that is handed out");
            for (long foreign : new long[] {1, -1, 4096, 1L << 62, handle + (1L << 22), handle | 1L << 50}) {
                assertThatIllegalArgumentException()
                        .as("%x", foreign)
                        .isThrownBy(() -> machine.percpu.freePercpu(foreign))
                        .withMessageEndingWith("is refused: it is in no chunk");
                assertThatIllegalArgumentException().isThrownBy(() -> machine.percpu.address(foreign, 0));
                assertThatIllegalArgumentException().isThrownBy(() -> machine.percpu.segment(foreign, 0, 1));
            }
            machine.percpu.freePercpu(NONE);
            assertThat(machine.percpu.stats()).isEqualTo(before);
            assertThat(machine.log.lines()).isEmpty();
        }
    }

    @Test
    void segmentsEndWithTheirAllocation() {
        try (Machine machine = new Machine(2)) {
            long handle = machine.percpu.allocPercpu(10, 4);
            long next = machine.percpu.allocPercpu(4, 4);
            assertThat(next).isEqualTo(handle + 12);
            assertThat(machine.percpu.segment(handle, 0, 12).byteSize()).isEqualTo(12);
            assertThat(machine.percpu.segment(handle + 8, 1, 2).address())
                    .isEqualTo(machine.percpu.address(handle, 1) + 8);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.percpu.segment(handle, 0, 13))
                    .withMessageEndingWith("there are 12 bytes of an area from there on, not 13");
            assertThatIllegalArgumentException().isThrownBy(() -> machine.percpu.segment(handle + 8, 0, 5));
            assertThatIllegalArgumentException().isThrownBy(() -> machine.percpu.segment(next + 4, 0, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> machine.percpu.segment(handle, 0, -1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.percpu.segment(handle, 2, 4))
                    .withMessage("there are CPUs 0 to 1, and no CPU 2");
            assertThatIllegalArgumentException().isThrownBy(() -> machine.percpu.address(handle, -1));
        }
    }

    /** test_vmalloc's pcpu_alloc_test. */
    @Test
    void v8ThirtyFiveThousandObjects() {
        int objects = 35_000;
        try (Machine machine = new Machine(2)) {
            Random random = new Random(35);
            Set<Long> handles = new HashSet<>();
            for (int i = 0; i < objects; i++) {
                long size = 1 + random.nextInt(1024);
                long align = 1L << (1 + random.nextInt(11));
                long handle = machine.percpu.allocPercpu(size, align);
                assertThat(handle).isNotEqualTo(NONE);
                assertThat(handles.add(handle)).isTrue();
                for (int cpu = 0; cpu < 2; cpu++) {
                    assertThat(machine.percpu.address(handle, cpu) % Math.max(align, 4))
                            .isZero();
                    assertThat(machine.holds(handle, cpu, size, 0)).isTrue();
                    machine.fill(handle, cpu, size, 0x11);
                }
            }
            machine.assertValid();
            handles.forEach(machine.percpu::freePercpu);
            assertThat(machine.percpu.stats().counts().allocationsNow()).isZero();
            assertThat(machine.chunksFree()).isLessThanOrEqualTo(1);
            assertThat(machine.log.lines()).isEmpty();
        }
    }

    /** Lines of the recorded trace: size=16 on 2 CPUs, bytes_alloc=64. */
    @Test
    void anAllocationCostsWhatTheTraceSays() {
        try (Machine machine = new Machine(PercpuConfig.of(2).withChargesCgroups(true))) {
            assertThat(machine.percpu.bytesAllocated(16)).isEqualTo(64);
            assertThat(machine.percpu.bytesAllocated(1)).isEqualTo(4 * 2 + 8);
        }
        try (Machine machine = new Machine(2)) {
            assertThat(machine.percpu.bytesAllocated(16)).isEqualTo(32);
        }
    }

    /** The trace's off= is counted from the page in which the chunk's map begins, behind what is static. */
    @Test
    void offsetsAreThoseOfTheTrace() {
        try (Machine machine = new Machine(PercpuConfig.of(2).withFirstUnits(3 * 4096 + 100, 0, 0))) {
            long handle = machine.percpu.allocPercpu(16, 8);
            assertThat(machine.percpu.offset(handle)).isEqualTo(104);
            assertThat(PcpuHandle.offset(handle)).isEqualTo(3 * 4096 + 104);
            assertThat(machine.percpu.address(handle, 0) % 4096).isEqualTo(104);
        }
    }

    @Test
    void reservedAllocationsHaveAPartOfTheirOwn() {
        PercpuConfig config = PercpuConfig.of(2).withFirstUnits(6000, 8192, 20 << 10);
        try (Machine machine = new Machine(config)) {
            long ordinary = machine.percpu.allocPercpu(64, 64);
            long handle = machine.percpu.allocReservedPercpu(8192, 8);
            assertThat(PcpuHandle.offset(handle)).isEqualTo(6000);
            assertThat(machine.holds(handle, 1, 8192, 0)).isTrue();
            machine.fill(handle, 1, 8192, 7);
            assertThat(machine.holds(ordinary, 1, 64, 0)).isTrue();
            assertThat(machine.percpu.allocReservedPercpu(4, 4)).isEqualTo(NONE);
            assertThat(machine.log.lines())
                    .containsExactly(
                            "percpu: allocation failed, size=4 align=4 atomic=0, alloc from reserved chunk failed");
            machine.assertValid();
            machine.percpu.freePercpu(handle);
            assertThat(machine.percpu.allocReservedPercpu(4, 4)).isEqualTo(handle);
        }
    }

    @Test
    void withoutAReservedPartTheyAreLikeAllOthers() {
        try (Machine machine = new Machine(2)) {
            long first = machine.percpu.allocPercpu(4, 4);
            assertThat(machine.percpu.allocReservedPercpu(4, 4)).isEqualTo(first + 4);
        }
    }

    @Test
    void failuresAreToldTenTimes() {
        try (Machine machine = new Machine(2)) {
            for (int i = 0; i < 3; i++) {
                assertThat(machine.percpu.allocPercpu(32768, 4, GFP_NOWAIT)).isEqualTo(NONE);
            }
            assertThat(machine.log.lines()).isEmpty();
            for (int i = 0; i < 12; i++) {
                assertThat(machine.percpu.allocPercpu(32766, 2, GFP_ATOMIC)).isEqualTo(NONE);
            }
            String line = "percpu: allocation failed, size=32768 align=4 atomic=1, atomic alloc failed, no space left";
            assertThat(machine.log.lines()).hasSize(11).last().isEqualTo("percpu: limit reached, disable warning");
            assertThat(machine.log.lines().subList(0, 10)).containsOnly(line);
        }
    }

    @Test
    void behindTheEndNothingGoes() {
        Machine machine = new Machine(2);
        long handle = machine.percpu.allocPercpu(8, 8);
        machine.close();
        assertThat(machine.log.lines()).containsExactly("percpu: closed with 1 areas in use");
        assertThatIllegalStateException()
                .isThrownBy(() -> machine.percpu.allocPercpu(8, 8))
                .withMessage("the percpu allocator is closed");
        assertThatIllegalStateException().isThrownBy(() -> machine.percpu.allocPercpu(8, 8, GFP_ATOMIC));
        assertThatIllegalStateException().isThrownBy(() -> machine.percpu.freePercpu(handle));
        assertThatIllegalArgumentException().isThrownBy(() -> machine.percpu.address(handle, 0));
        machine.percpu.balance();
        machine.percpu.close();
        assertThat(machine.percpu.validate()).isEmpty();
    }

    @Test
    void theFirstUnitsAreNeeded() {
        try (Machine machine = new Machine(3)) {
            for (int good = 0; good < 3; good++) {
                machine.pages.failAfter = good;
                long before = machine.pagesFree();
                assertThatThrownBy(() -> new ChunkAllocator(PercpuConfig.of(3), machine.units))
                        .isInstanceOf(AllocationFailure.class)
                        .hasMessage("there is no memory for the first percpu units, 3 of 28672 bytes");
                assertThat(machine.pagesFree()).isEqualTo(before);
            }
            machine.units.failAfter = 1;
            assertThatThrownBy(() -> new ChunkAllocator(PercpuConfig.of(3), machine.units))
                    .isInstanceOf(AllocationFailure.class);
        }
    }

    @Test
    void aWorldOfItsOwnForEachAllocator() {
        try (Machine one = new Machine(2);
                Machine two = new Machine(5)) {
            long handle = one.percpu.allocPercpu(8, 8);
            assertThat(two.percpu.allocPercpu(8, 8)).isEqualTo(handle);
            assertThat(two.percpu.cpus()).isEqualTo(5);
            assertThat(one.percpu.address(handle, 0)).isNotEqualTo(two.percpu.address(handle, 0));
        }
    }
}
