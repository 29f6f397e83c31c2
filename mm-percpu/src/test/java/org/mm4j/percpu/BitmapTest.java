package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** {@link Bitmap} against {@link BitSet}. */
class BitmapTest {
    private static final int BITS = 300;

    @Test
    void searchesFindWhatABitSetHas() {
        Random random = new Random(1);
        Bitmap bitmap = new Bitmap(BITS);
        BitSet model = new BitSet(BITS);
        for (int step = 0; step < 20_000; step++) {
            int from = random.nextInt(BITS + 1);
            int end = from + random.nextInt(BITS + 1 - from);
            if (random.nextBoolean()) {
                bitmap.set(from, end);
                model.set(from, end);
            } else {
                bitmap.clear(from, end);
                model.clear(from, end);
            }
            check(bitmap, model, random);
        }
    }

    private static void check(Bitmap bitmap, BitSet model, Random random) {
        int from = random.nextInt(BITS + 1);
        int end = from + random.nextInt(BITS + 1 - from);
        int set = model.nextSetBit(from);
        assertThat(bitmap.nextSet(from, end)).isEqualTo(set < 0 ? end : Math.min(set, end));
        assertThat(bitmap.nextClear(from, end)).isEqualTo(Math.min(model.nextClearBit(from), end));
        int last = end == 0 ? -1 : model.previousSetBit(end - 1);
        assertThat(bitmap.lastSet(from, end)).isEqualTo(Math.max(last, from - 1));
        assertThat(bitmap.count(from, end)).isEqualTo(model.get(from, end).cardinality());
        if (from < BITS) {
            assertThat(bitmap.get(from)).isEqualTo(model.get(from));
        }
    }

    @Test
    void oneBitIsSetAlone() {
        Bitmap bitmap = new Bitmap(128);
        bitmap.set(63);
        bitmap.set(64);
        assertThat(bitmap.count(0, 128)).isEqualTo(2);
        assertThat(bitmap.nextSet(0, 128)).isEqualTo(63);
        assertThat(bitmap.lastSet(0, 128)).isEqualTo(64);
        assertThat(bitmap.lastSet(0, 63)).isEqualTo(-1);
    }
}
