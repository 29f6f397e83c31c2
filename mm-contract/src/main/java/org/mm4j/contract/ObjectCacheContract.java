package org.mm4j.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.ObjectCache;

/**
 * What every {@link ObjectCache} promises. A subclass says how its cache is made.
 *
 * <p>In Linux 6.18: lib/tests/slub_kunit.c tests the one implementation.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class ObjectCacheContract {
    /** How many objects of up to 1000 bytes a cache can have at least. */
    protected static final int OBJECTS = 1_000;

    private static final int GFP = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;
    private static final int STEPS = 5_000;
    private static final int[] SIZES = {1, 8, 24, 100, 600, 1000};

    /** For subclasses. */
    protected ObjectCacheContract() {}

    /** A new cache of objects of {@code objectSize} bytes, with memory for {@link #OBJECTS} and not for a million. */
    protected abstract ObjectCache cache(int objectSize);

    /** What is broken in a cache, one sentence each; nothing if it cannot tell. */
    protected List<String> validate(ObjectCache cache) {
        return List.of();
    }

    @Test
    void objectsAreApart() {
        for (int size : SIZES) {
            ObjectCache cache = cache(size);
            assertThat(cache.objectSize()).isGreaterThanOrEqualTo(size);
            TreeMap<Long, Boolean> taken = new TreeMap<>();
            for (int i = 0; i < OBJECTS; i++) {
                long object = cache.alloc(GFP);
                assertThat(object).isPositive();
                Long before = taken.floorKey(object);
                Long after = taken.ceilingKey(object);
                assertThat(before == null || before + size <= object)
                        .as("apart from the one before")
                        .isTrue();
                assertThat(after == null || object + size <= after)
                        .as("apart from the one behind")
                        .isTrue();
                taken.put(object, true);
            }
            taken.keySet().forEach(cache::free);
            assertThat(validate(cache)).isEmpty();
        }
    }

    @Test
    void badFreesAreRefusedAndChangeNothing() {
        ObjectCache cache = cache(100);
        long object = cache.alloc(GFP);
        for (long bad : new long[] {0, 7, -8, object + 1, object + 8, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> cache.free(bad)).as("free(%d)", bad).isInstanceOf(IllegalArgumentException.class);
        }
        cache.free(object);
        assertThatThrownBy(() -> cache.free(object)).isInstanceOf(IllegalArgumentException.class);
        assertThat(validate(cache)).isEmpty();
    }

    @Test
    void bulkIsAllOrNothing() {
        ObjectCache cache = cache(100);
        long[] objects = new long[64];
        assertThat(cache.allocBulk(GFP, objects)).isEqualTo(64);
        assertThat(objects).doesNotHaveDuplicates().doesNotContain(0);
        long[] tooMany = new long[1_000_000];
        assertThat(cache.allocBulk(GFP, tooMany)).isZero();
        assertThat(tooMany).containsOnly(0);
        long[] twice = {objects[0], objects[1], objects[0]};
        assertThatThrownBy(() -> cache.freeBulk(twice, 3)).isInstanceOf(IllegalArgumentException.class);
        cache.freeBulk(objects, 64);
        assertThat(validate(cache)).isEmpty();
    }

    @Test
    void randomStepsAgreeWithAModel() {
        long seed = System.nanoTime();
        ObjectCache cache = cache(100);
        SplittableRandom random = new SplittableRandom(seed);
        List<Long> live = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            if (live.isEmpty() || (live.size() < OBJECTS && random.nextInt(5) < 3)) {
                long object = cache.alloc(GFP);
                assertThat(live).as("seed %d", seed).doesNotContain(object);
                live.add(object);
            } else {
                cache.free(live.remove(random.nextInt(live.size())));
            }
        }
        live.forEach(cache::free);
        assertThat(validate(cache)).as("seed %d", seed).isEmpty();
    }

    @Test
    void twoThreadsNeverOwnOneObject() {
        ObjectCache cache = cache(100);
        Crowd.run(2, STEPS, new Crowd.Shop() {
            @Override
            public long take(SplittableRandom random) {
                return cache.alloc(GFP);
            }

            @Override
            public void giveBack(long object) {
                cache.free(object);
            }
        });
        assertThat(validate(cache)).isEmpty();
    }
}
