package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeptObjectTest {
    @Test
    void theEndsOfBothRanges() {
        for (int object : new int[] {1, SlabWord.OBJECTS_MAX}) {
            for (long start : new long[] {0, 4096, (1L << 48) - 8}) {
                long word = KeptObject.of(object, start);
                assertThat(KeptObject.object(word)).isEqualTo(object);
                assertThat(KeptObject.start(word)).isEqualTo(start);
            }
        }
    }

    @Test
    void itSaysWhatItIs() {
        assertThat(KeptObject.format(KeptObject.of(3, 4160))).isEqualTo("object 3 at byte 4160");
    }
}
