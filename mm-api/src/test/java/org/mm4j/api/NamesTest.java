package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The kernel's enumerations: order and names are what /proc prints. */
class NamesTest {
    @Test
    void zonesAreThoseOfZoneinfo() {
        assertThat(Arrays.stream(ZoneType.values()).map(ZoneType::kernelName))
                .containsExactly("DMA", "DMA32", "Normal", "Movable", "Device")
                .hasSize(ZoneType.COUNT);
        assertThat(ZoneType.values()).allMatch(zone -> ZoneType.of(zone.ordinal()) == zone);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> ZoneType.of(ZoneType.COUNT));
    }

    @Test
    void migrateTypesAreThoseOfPagetypeinfo() {
        assertThat(Arrays.stream(MigrateType.values()).map(MigrateType::kernelName))
                .containsExactly("Unmovable", "Movable", "Reclaimable", "HighAtomic", "CMA", "Isolate")
                .hasSize(MigrateType.COUNT);
        assertThat(MigrateType.values()).allMatch(type -> MigrateType.of(type.ordinal()) == type);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> MigrateType.of(MigrateType.COUNT));
    }

    @Test
    void onlyTypesThatARequestCanAskForMerge() {
        assertThat(Arrays.stream(MigrateType.values()).filter(MigrateType::isMergeable))
                .containsExactly(MigrateType.UNMOVABLE, MigrateType.MOVABLE, MigrateType.RECLAIMABLE)
                .hasSize(MigrateType.PCPTYPES);
    }
}
