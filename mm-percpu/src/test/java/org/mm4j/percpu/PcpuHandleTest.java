package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PcpuHandleTest {
    @Test
    void fieldsDoNotOverlap() {
        int generationMax = (1 << PcpuHandle.GENERATION_BITS) - 1;
        for (int generation : new int[] {1, 2, generationMax}) {
            for (int index : new int[] {0, 1, PcpuHandle.CHUNKS_MAX - 1}) {
                long base = PcpuHandle.baseOf(index, generation);
                for (int offset : new int[] {0, 4, PcpuHandle.UNIT_BYTES_MAX - 1}) {
                    long handle = base + offset;
                    assertThat(handle).isPositive();
                    assertThat(PcpuHandle.generation(handle)).isEqualTo(generation);
                    assertThat(PcpuHandle.index(handle)).isEqualTo(index);
                    assertThat(PcpuHandle.offset(handle)).isEqualTo(offset);
                    assertThat(PcpuHandle.base(handle)).isEqualTo(base);
                }
            }
        }
    }

    @Test
    void generationsBeginAnewWithoutZero() {
        assertThat(PcpuHandle.nextGeneration(0)).isEqualTo(1);
        assertThat(PcpuHandle.nextGeneration((1 << PcpuHandle.GENERATION_BITS) - 1))
                .isEqualTo(1);
    }
}
