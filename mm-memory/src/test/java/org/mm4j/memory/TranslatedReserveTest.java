package org.mm4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.mm4j.api.PhysicalMemory;

class TranslatedReserveTest extends AddressReserveContract {
    @Override
    PhysicalMemory memory() {
        return ArenaMemory.reserve(FRAMES * PAGE);
    }

    @Test
    void itsAddressesAreNumbersAboveThoseOfAnyProcess() {
        assertThat(reserve.isReal()).isFalse();
        assertThat(reserve.address()).isGreaterThanOrEqualTo(1L << 47);
        assertThat(reserve.mappings()).isZero();
    }

    @Test
    void hasASegmentForEachRun() {
        VirtualRange range = reserve.range(0, 6 * PAGE);
        range.map(new long[] {7, 3, 4, 5, 200, 9}, 6);
        assertThat(range.segments().stream().map(MemorySegment::byteSize)).containsExactly(PAGE, 3 * PAGE, PAGE, PAGE);
        range.unmap();
    }
}
