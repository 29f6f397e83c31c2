package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlabFlagsTest {
    @Test
    void everyFlagHasTheNameOfItsConstant() throws ReflectiveOperationException {
        for (int bit = 0; bit < 17; bit++) {
            String name = SlabFlags.format(1 << bit);
            assertThat(SlabFlags.class.getField(name).getInt(null)).isEqualTo(1 << bit);
        }
    }

    @Test
    void flagsArePrintedInTheOrderOfTheirBits() {
        assertThat(SlabFlags.format(SlabFlags.SLAB_PANIC | SlabFlags.SLAB_POISON | 1 << 30))
                .isEqualTo("SLAB_POISON|SLAB_PANIC|0x40000000");
        assertThat(SlabFlags.format(0)).isEqualTo("none");
        assertThat(SlabFlags.format(1 << 31)).isEqualTo("0x80000000");
    }

    @Test
    void onlyAUserMakesAllocationsFail() {
        assertThat(SlabFlags.SLAB_FLAGS_PERMITTED).isEqualTo((1 << 17) - 1 & ~SlabFlags.SLAB_FAILSLAB);
    }

    @ParameterizedTest
    @CsvSource({"F, SLAB_CONSISTENCY_CHECKS", "z, SLAB_RED_ZONE", "P, SLAB_POISON", "u, SLAB_STORE_USER"})
    @CsvSource({"T, SLAB_TRACE", "a, SLAB_FAILSLAB", "'', none", "PzZ, SLAB_RED_ZONE|SLAB_POISON"})
    void debugLetters(String letters, String flags) {
        assertThat(SlabFlags.format(SlabFlags.parseDebugLetters(letters))).isEqualTo(flags);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-", " ", "O", "ı", "\uD83D\uDC1B"})
    void otherLettersAreNamed(String letter) {
        assertThatThrownBy(() -> SlabFlags.parseDebugLetters("FZ" + letter))
                .hasMessageEndingWith("; \"" + letter + "\" in \"FZ" + letter + "\" is none of them");
    }

    @Test
    void aCacheOfKmallocWithUsersKeepsTheOriginalSize() {
        assertThat(SlabFlags.keepsOriginalSize(SlabFlags.SLAB_KMALLOC | SlabFlags.SLAB_STORE_USER))
                .isTrue();
        assertThat(SlabFlags.keepsOriginalSize(SlabFlags.SLAB_STORE_USER)).isFalse();
        assertThat(SlabFlags.isDebug(SlabFlags.SLAB_FAILSLAB | SlabFlags.SLAB_KMALLOC))
                .isFalse();
    }
}
