package org.mm4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.PhysicalMemory;

class ArenaMemoryTest extends PhysicalMemoryContract {
    @Override
    public PhysicalMemory reserve(long bytes) {
        return ArenaMemory.reserve(bytes);
    }

    @Test
    void isAnArena() {
        assertThat(memory.kind()).isEqualTo("arena");
    }

    @Test
    void keepsAllItsPages() {
        assertThat(memory.bytesCommitted()).isEqualTo(BYTES);
        assertThat(memory.punchHole(0, BYTES)).isFalse();
        assertThat(memory.bytesCommitted()).isEqualTo(BYTES);
    }

    @Test
    void takesNoAdvice() {
        assertThat(memory.adviseHugePages(0, BYTES)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 60, Long.MAX_VALUE - 4095})
    void refusesAbsurdSizes(long bytes) {
        assertThatThrownBy(() -> reserve(bytes))
                .isInstanceOf(HostMemoryException.class)
                .hasMessageStartingWith("an arena of " + bytes + " bytes was refused, see -XX:MaxDirectMemorySize: ");
    }
}
