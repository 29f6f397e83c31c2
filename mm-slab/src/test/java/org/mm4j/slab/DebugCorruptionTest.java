package org.mm4j.slab;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Any byte that is nobody's is overwritten: it is found, named and repaired, and the objects in use keep their bytes. */
class DebugCorruptionTest {
    private static final int FLIPS = 300;
    private static final int SIZE = 60;

    private final TestSlabs test = new TestSlabs(SlabConfig.ofCpus(1).withSlabDebug("FZPU"));
    private final KmemCache cache = test.create("things", SIZE);
    private final SlabLayout layout = cache.layout();
    private final List<Long> live = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aFlippedByteIsFound(long seed) {
        Random random = new Random(seed);
        start(random);
        for (int flip = 0; flip < FLIPS; flip++) {
            String name = "seed " + seed + " flip " + flip;
            flip(random, name);
            assertThat(cache.validate()).as(name).isZero();
        }
        finish();
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    /** Objects behind a broken link are lost, and nothing else is. */
    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6, 7})
    void aFlippedLinkIsFound(long seed) {
        Random random = new Random(seed);
        start(random);
        for (int flip = 0; flip < FLIPS / 10; flip++) {
            String name = "seed " + seed + " flip " + flip;
            Slab slab = slabOf(random);
            int object = SlabWord.freelist(slab.wordAcquire());
            if (object != 0) {
                long place = cache.memory().start(slab, object) + layout.freePointerOffset() + random.nextInt(8);
                int before = test.memory.directMap().get(JAVA_BYTE, place);
                test.memory.directMap().set(JAVA_BYTE, place, (byte) (before ^ 1 << random.nextInt(8)));
                assertThat(cache.validate()).as(name).isPositive();
                assertThat(cache.validate()).as(name).isZero();
                assertThat(test.slabs.validate()).as(name).isEmpty();
            }
        }
        assertThat(cache.objectsLost()).isPositive();
        finish();
    }

    private void start(Random random) {
        for (int count = 0; count < 4 * layout.objectsPerSlab(); count++) {
            live.add(cache.alloc(GFP_NOWAIT));
        }
        for (int count = 0; count < 2 * layout.objectsPerSlab(); count++) {
            cache.free(live.remove(random.nextInt(live.size())));
        }
        live.forEach(object -> test.paint(object, SIZE, object));
    }

    private void finish() {
        assertThat(live).allMatch(object -> test.isPainted(object, SIZE, object));
        live.forEach(cache::free);
        assertThat(cache.validate()).isZero();
    }

    private Slab slabOf(Random random) {
        return Objects.requireNonNull(test.slabs.parts().frames().find(live.get(random.nextInt(live.size()))));
    }

    private void flip(Random random, String name) {
        Slab slab = Objects.requireNonNull(test.slabs.parts().frames().find(live.get(random.nextInt(live.size()))));
        BitSet checked = checked(slab);
        int at = checked.nextSetBit(random.nextInt(4096));
        if (at < 0) {
            at = checked.nextSetBit(0);
        }
        long place = (slab.pfn << 12) + at;
        int before = test.memory.directMap().get(JAVA_BYTE, place);
        test.memory.directMap().set(JAVA_BYTE, place, (byte) (before ^ 1 << random.nextInt(8)));
        String address = "0x" + Long.toHexString(HeapMemory.ADDRESS + place);
        assertThat(cache.validate()).as(name).isEqualTo(2);
        assertThat(test.log.lines())
                .as(name)
                .anyMatch(line -> line.contains("overwritten") && line.contains(address + "-" + address));
        assertThat((int) test.memory.directMap().get(JAVA_BYTE, place)).as(name).isEqualTo(before);
    }

    /** Bytes of a slab with known values: neither a caller's, nor a link's, nor a user's. */
    private BitSet checked(Slab slab) {
        BitSet checked = new BitSet();
        checked.set(0, 4096);
        for (int object = 1; object <= slab.objects; object++) {
            int start = layout.objectOffset(object - 1);
            if (!slab.isFree(object)) {
                checked.clear(start, start + SIZE);
            }
            checked.clear(start + layout.inuse(), start + layout.metadataEnd());
        }
        return checked;
    }
}
