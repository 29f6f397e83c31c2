package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.PerCpuLayout;

/** The sizes of units, some of them as Linux machines print them at boot ({@code pcpu-alloc: s… r… d… u… alloc=…}). */
class PercpuConfigTest {
    @ParameterizedTest
    @CsvSource({
        // cpus, static, reserved, dyn, atom, dyn then, unit, alloc
        "2, 0, 0, 28672, 4096, 28672, 32768, 32768",
        "2, 0, 0, 0, 4096, 20480, 32768, 32768",
        "2, 0, 0, 32768, 4096, 32768, 32768, 32768",
        "2, 0, 0, 32769, 4096, 36864, 36864, 36864",
        "2, 100, 8192, 28672, 4096, 32668, 40960, 40960",
        "8, 188416, 8192, 28672, 2097152, 28672, 262144, 2097152",
        "4, 188416, 8192, 28672, 2097152, 28672, 524288, 2097152",
        "2, 188416, 8192, 28672, 2097152, 28672, 1048576, 2097152",
        "1, 188416, 8192, 28672, 2097152, 28672, 2097152, 2097152",
        "64, 188416, 8192, 28672, 2097152, 28672, 262144, 2097152",
        "3, 188416, 8192, 28672, 2097152, 28672, 524288, 2097152",
        "2, 0, 0, 28672, 65536, 28672, 32768, 65536"
    })
    void unitsAreAsLargeAsTheKernels(
            int cpus, int staticBytes, int reserved, int dyn, int atom, int dynThen, int unit, int alloc) {
        PerCpuLayout layout = PercpuConfig.of(cpus)
                .withFirstUnits(staticBytes, reserved, dyn)
                .withAtomBytes(atom)
                .layout();
        assertThat(layout).isEqualTo(new PerCpuLayout(unit, staticBytes, reserved, dynThen, atom, alloc));
    }

    @Test
    void valuesAreChecked() {
        PercpuConfig config = PercpuConfig.of(2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PercpuConfig.of(0))
                .withMessage("cpus is 1 or more, not 0");
        assertThatIllegalArgumentException().isThrownBy(() -> config.withFirstUnits(-1, 0, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withFirstUnits(0, 6, 0))
                .withMessage("reservedBytes is a multiple of 4, not 6");
        assertThatIllegalArgumentException().isThrownBy(() -> config.withFirstUnits(0, 0, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> config.withAtomBytes(0));
        assertThatIllegalArgumentException().isThrownBy(() -> config.withAtomBytes(5000));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withFirstUnits(1 << 22, 0, 0))
                .withMessage("the size of a unit is 4194304 bytes at most, not 4214784");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withFirstUnits(Integer.MAX_VALUE, Integer.MAX_VALUE & -4, Integer.MAX_VALUE));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config.withFirstUnits(3 << 20, 0, 0).withAtomBytes(3 << 20));
    }
}
