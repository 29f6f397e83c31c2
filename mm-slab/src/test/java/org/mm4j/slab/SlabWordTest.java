package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** The two packed words: fields do not overlap, and transitions do what their names say. */
class SlabWordTest {
    private static final long SEED = 11;

    @Test
    void everyFieldKeepsItsValue() {
        Random random = new Random(SEED);
        for (int round = 0; round < 10_000; round++) {
            int objects = 1 + random.nextInt(SlabWord.OBJECTS_MAX);
            int inuse = 1 + random.nextInt(objects);
            int head = 1 + random.nextInt(objects);
            long full = SlabWord.taken(SlabWord.ofFree(objects, 1), true);
            long word = SlabWord.freed(full, head, inuse);
            String name = "seed " + SEED + " round " + round + ": " + SlabWord.format(word);
            assertThat(SlabWord.objects(word)).as(name).isEqualTo(objects);
            assertThat(SlabWord.inuse(word)).as(name).isEqualTo(objects - inuse);
            assertThat(SlabWord.free(word)).as(name).isEqualTo(inuse);
            assertThat(SlabWord.freelist(word)).as(name).isEqualTo(head);
            assertThat(SlabWord.isFrozen(word)).as(name).isTrue();
            assertThat(SlabWord.generation(word)).as(name).isEqualTo(2);
        }
    }

    @Test
    void takingLeavesNothing() {
        long word = SlabWord.freed(SlabWord.taken(SlabWord.ofFree(30, 7), false), 9, 3);
        long taken = SlabWord.taken(word, true);
        assertThat(SlabWord.freelist(taken)).isZero();
        assertThat(SlabWord.inuse(taken)).isEqualTo(30);
        assertThat(SlabWord.isFrozen(taken)).isTrue();
        assertThat(SlabWord.isFrozen(SlabWord.taken(taken, false))).isFalse();
    }

    @Test
    void unfreezingGivesBack() {
        long word = SlabWord.unfrozen(SlabWord.taken(SlabWord.ofFree(30, 7), true), 12, 4);
        assertThat(SlabWord.isFrozen(word)).isFalse();
        assertThat(SlabWord.freelist(word)).isEqualTo(12);
        assertThat(SlabWord.inuse(word)).isEqualTo(26);
    }

    @Test
    void theGenerationWrapsAndTouchesNothingElse() {
        long word = SlabWord.taken(SlabWord.ofFree(5, 1), true);
        for (int change = 0; change < 1 << 16; change++) {
            word = SlabWord.taken(word, true);
        }
        assertThat(SlabWord.generation(word)).isEqualTo(1);
        assertThat(SlabWord.objects(word)).isEqualTo(5);
        assertThat(SlabWord.inuse(word)).isEqualTo(5);
    }

    @Test
    void aCpuWordKeepsItsFields() {
        long word = CpuWord.withFreelist(CpuWord.CLOSED, SlabWord.OBJECTS_MAX);
        assertThat(CpuWord.freelist(word)).isEqualTo(SlabWord.OBJECTS_MAX);
        assertThat(CpuWord.isClosed(word)).isFalse();
        assertThat(CpuWord.tid(word)).isEqualTo(1);
        long closed = CpuWord.closed(word);
        assertThat(CpuWord.isClosed(closed)).isTrue();
        assertThat(CpuWord.freelist(closed)).isZero();
        assertThat(CpuWord.tid(closed)).isEqualTo(2);
    }

    @Test
    void theTidWrapsAndTouchesNothingElse() {
        long last = CpuWord.withFreelist((1L << 48) - 2, 3);
        assertThat(CpuWord.tid(last)).isEqualTo((1L << 48) - 1);
        long wrapped = CpuWord.withFreelist(last, 4);
        assertThat(CpuWord.tid(wrapped)).isZero();
        assertThat(CpuWord.freelist(wrapped)).isEqualTo(4);
        assertThat(CpuWord.isClosed(wrapped)).isFalse();
        assertThat(CpuWord.tid(CpuWord.closed(last))).isZero();
    }

    @Test
    void objectsThatArePoppedAreInUse() {
        long word = SlabWord.popped(SlabWord.ofFree(10, 1), 4, 3);
        assertThat(SlabWord.inuse(word)).isEqualTo(3);
        assertThat(SlabWord.free(word)).isEqualTo(7);
        assertThat(SlabWord.freelist(word)).isEqualTo(4);
        assertThat(SlabWord.generation(word)).isEqualTo(1);
    }
}
