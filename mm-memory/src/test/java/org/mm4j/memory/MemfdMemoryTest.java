package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.PhysicalMemory;

@EnabledOnOs(OS.LINUX)
class MemfdMemoryTest extends PhysicalMemoryContract {
    @Override
    public PhysicalMemory reserve(long bytes) {
        return MemfdMemory.reserve(NativeCalls.ofHost(), bytes);
    }

    @Test
    void isAMemfd() {
        assertThat(memory.kind()).isEqualTo("memfd");
        assertThat(ProcSelf.memfdMappings()).isEqualTo(1);
        assertThat(ProcSelf.memfdDescriptors()).isEqualTo(1);
    }

    @Test
    void commitsWhatIsTouched() {
        long pages = 100;
        try (PhysicalMemory big = reserve(64L << 30)) {
            assertThat(big.bytesCommitted()).isZero();
            for (long page = 0; page < pages; page++) {
                big.directMap().set(JAVA_BYTE, page * (512L << 20), (byte) 1);
            }
            assertThat(big.bytesCommitted()).isEqualTo(pages * PAGE);
        }
    }

    @Test
    void readingCommitsToo() {
        assertThat(memory.directMap().get(JAVA_BYTE, 5 * PAGE)).isZero();
        assertThat(memory.bytesCommitted()).isEqualTo(PAGE);
    }

    @Test
    void aHoleIsGivenBack() {
        memory.directMap().fill((byte) 1);
        assertThat(memory.bytesCommitted()).isEqualTo(BYTES);
        assertThat(memory.punchHole(PAGE, 10 * PAGE)).isTrue();
        assertThat(memory.bytesCommitted()).isEqualTo(BYTES - 10 * PAGE);
        assertThat(memory.punchHole(0, BYTES)).isTrue();
        assertThat(memory.bytesCommitted()).isZero();
    }

    @Test
    void reservesTerabytes() {
        try (PhysicalMemory big = reserve(4L << 40)) {
            big.directMap().set(JAVA_BYTE, (4L << 40) - 1, (byte) 1);
            assertThat(big.bytesCommitted()).isEqualTo(PAGE);
            assertThat(big.punchHole(0, 4L << 40)).isTrue();
            assertThat(big.bytesCommitted()).isZero();
        }
    }

    @Test
    void closingReturnsEverythingAHundredTimes() {
        long mappings = ProcSelf.memfdMappings();
        long descriptors = ProcSelf.memfdDescriptors();
        for (int round = 0; round < 100; round++) {
            try (PhysicalMemory other = reserve(64L << 20)) {
                other.directMap().asSlice(0, 1 << 20).fill((byte) 1);
                other.punchHole(0, 8 * PAGE);
                other.adviseHugePages(16 * PAGE, 8 * PAGE); // splits the mapping in three
                assertThat(ProcSelf.memfdMappings()).isGreaterThan(mappings);
            }
            assertThat(ProcSelf.memfdMappings()).isEqualTo(mappings);
            assertThat(ProcSelf.memfdDescriptors()).isEqualTo(descriptors);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 60, 1L << 47, Long.MAX_VALUE - 4095})
    void absurdSizesLeaveNothingBehind(long bytes) {
        long mappings = ProcSelf.memfdMappings();
        long descriptors = ProcSelf.memfdDescriptors();
        assertThatThrownBy(() -> reserve(bytes))
                .isInstanceOf(HostMemoryException.class)
                .hasMessageContaining("of " + bytes + " bytes")
                .hasMessageContaining("failed with E");
        assertThat(ProcSelf.memfdMappings()).isEqualTo(mappings);
        assertThat(ProcSelf.memfdDescriptors()).isEqualTo(descriptors);
    }

    @Test
    void zeroingAPageAllocatesNoObjects() {
        AllocatedBytes allocated = new AllocatedBytes();
        long times = 1_000;
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 2_000 && least >= times; round++) { // until the C2 compiler has seen enough
            long before = allocated.now();
            for (int time = 0; time < times; time++) {
                memory.zero(time % 16 * PAGE, PAGE);
            }
            least = Math.min(least, allocated.now() - before);
        }
        assertThat(least).as("bytes of heap in %d calls", times).isLessThan(times);
    }

    @Test
    void twoMemoriesShareNothing() {
        try (PhysicalMemory other = reserve(BYTES)) {
            MemorySegment map = other.directMap();
            memory.directMap().fill((byte) 1);
            assertThat(Contents.firstOtherThan(map, (byte) 0, 0, BYTES)).isEqualTo(-1);
        }
    }
}
