package org.mm4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.PhysicalMemory;

/** What may be asked for, and who decides what it is made of. */
class HostMemoryTest {
    private static final MemoryOptions SMALL = MemoryOptions.defaults().withBytes(1L << 20);

    @AfterEach
    void clearProperty() {
        System.clearProperty(HostMemory.PROPERTY);
    }

    private static String kind(MemoryOptions options) {
        try (PhysicalMemory memory = HostMemory.reserve(options)) {
            return memory.kind();
        }
    }

    @Test
    void defaultsAreOneGibibyteOfWhatThereIs() {
        assertThat(MemoryOptions.defaults()).isEqualTo(new MemoryOptions(1_073_741_824, BackEnd.AUTO, false));
    }

    @Test
    void optionsChangeOneByOne() {
        assertThat(SMALL.withBackEnd(BackEnd.ARENA).withHugePages(true))
                .isEqualTo(new MemoryOptions(1 << 20, BackEnd.ARENA, true));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -4096, 1, 4095, 4097, Long.MIN_VALUE, Long.MAX_VALUE})
    void refusesSizesThatAreNotWholePages(long bytes) {
        String sentence = "the size of a memory is a positive multiple of 4096 bytes, not " + bytes;
        assertThatThrownBy(() -> HostMemory.reserve(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
        assertThatThrownBy(() -> SMALL.withBytes(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void linuxHasMemfds() {
        assertThat(kind(SMALL)).isEqualTo("memfd");
        assertThat(kind(SMALL.withBackEnd(BackEnd.MEMFD))).isEqualTo("memfd");
        assertThat(kind(SMALL.withBackEnd(BackEnd.MEMFD).withHugePages(true))).isEqualTo("memfd");
    }

    @Test
    void thePropertyForcesTheArena() {
        System.setProperty(HostMemory.PROPERTY, "arena");
        assertThat(kind(SMALL)).isEqualTo("arena");
        assertThat(kind(SMALL.withHugePages(true))).isEqualTo("arena");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void thePropertyForcesTheMemfd() {
        System.setProperty(HostMemory.PROPERTY, "memfd");
        assertThat(kind(SMALL)).isEqualTo("memfd");
    }

    @Test
    void thePropertyDoesNotOverrideAnExplicitChoice() {
        System.setProperty(HostMemory.PROPERTY, "memfd");
        assertThat(kind(SMALL.withBackEnd(BackEnd.ARENA))).isEqualTo("arena");
    }

    @Test
    void aForcedMemfdDoesNotFallBack() {
        assertThatThrownBy(() -> HostMemory.reserve(SMALL, "memfd", () -> NativeCalls.of("Mac OS X", null)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageStartingWith("there is no memfd on this host: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MEMFD", "heap", "auto", " arena"})
    void refusesAnotherPropertyValue(String value) {
        System.setProperty(HostMemory.PROPERTY, value);
        assertThatThrownBy(() -> HostMemory.reserve(SMALL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the system property mm4j.memory is memfd or arena, not '" + value + "'");
    }

    @Test
    void aSizeThatTheHostRefusesIsAnErrorWhateverItIsMadeOf() {
        for (BackEnd backEnd : BackEnd.values()) {
            assertThatThrownBy(
                            () -> HostMemory.reserve(SMALL.withBytes(1L << 60).withBackEnd(backEnd)))
                    .isInstanceOf(HostMemoryException.class)
                    .hasMessageContaining(" of 1152921504606846976 bytes ");
        }
    }
}
