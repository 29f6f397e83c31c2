package org.mm4j.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.ObjectStock;

/**
 * What every {@link ObjectStock} promises, over slabs that remember where each object is. A subclass says how its stock is
 * made.
 *
 * <p>In Linux 6.18: nothing; engines are tested through caches.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class ObjectStockContract {
    private static final int OBJECTS = 2_000;
    private static final int OBJECT_BYTES = 64;
    private static final int STEPS = 5_000;
    private static final int GFP = Gfp.GFP_KERNEL;

    private final Slabs slabs = new Slabs(OBJECTS);

    /** For subclasses. */
    protected ObjectStockContract() {}

    /** Makes an empty stock. */
    protected abstract ObjectStock.Maker maker();

    /** Objects that are numbers, and whether the slabs have them. */
    private static final class Slabs implements ObjectStock.Slabs {
        private final ConcurrentLinkedDeque<Long> here = new ConcurrentLinkedDeque<>();
        private final Set<Long> away = ConcurrentHashMap.newKeySet();

        Slabs(int objects) {
            for (int i = 1; i <= objects; i++) {
                here.add((long) OBJECT_BYTES * i);
            }
        }

        @Override
        public int take(int gfp, long[] objects, int from, int to) {
            int place = from;
            for (Long object = poll(place, to); object != null; object = poll(place, to)) {
                away.add(object);
                objects[place++] = object;
            }
            return place - from;
        }

        private @Nullable Long poll(int place, int to) {
            return place < to ? here.pollLast() : null;
        }

        @Override
        public void give(long[] objects, int from, int to) {
            for (int at = from; at < to; at++) {
                assertThat(away.remove(objects[at]))
                        .as("%d was taken", objects[at])
                        .isTrue();
                here.addLast(objects[at]);
                objects[at] = -1;
            }
        }

        int objects() {
            return here.size();
        }
    }

    private ObjectStock stock() {
        return maker().over("objects", OBJECT_BYTES, slabs);
    }

    private static List<Long> kept(ObjectStock stock) {
        List<Long> kept = new ArrayList<>();
        stock.forEach(kept::add);
        return kept;
    }

    @Test
    void objectsAreDifferentOnesOfTheSlabsUntilThereAreNoMore() {
        ObjectStock stock = stock();
        Set<Long> taken = new HashSet<>();
        for (int i = 0; i < OBJECTS; i++) {
            long object = stock.take(GFP);
            assertThat(object).isPositive();
            assertThat(taken.add(object)).as("%d again", object).isTrue();
        }
        assertThat(stock.take(GFP)).isEqualTo(ObjectStock.NONE);
        taken.forEach(stock::put);
        assertThat(slabs.objects() + kept(stock).size()).isEqualTo(OBJECTS);
        assertThat(stock.take(GFP)).as("after there were none").isPositive();
    }

    @Test
    void flushGivesAllBack() {
        ObjectStock stock = stock();
        List<Long> taken = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            taken.add(stock.take(GFP));
        }
        stock.flush();
        assertThat(kept(stock)).isEmpty();
        assertThat(slabs.objects()).isEqualTo(OBJECTS - 100);
        taken.forEach(stock::put);
        stock.flush();
        stock.flush();
        assertThat(kept(stock)).isEmpty();
        assertThat(slabs.objects()).isEqualTo(OBJECTS);
    }

    @Test
    void everyObjectIsInOnePlace() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        ObjectStock stock = stock();
        List<Long> live = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(100) == 0) {
                stock.flush();
            } else if (live.isEmpty() || random.nextInt(5) < 3) {
                long object = stock.take(GFP);
                if (object != ObjectStock.NONE) {
                    live.add(object);
                }
            } else {
                stock.put(live.remove(random.nextInt(live.size())));
            }
            List<Long> kept = kept(stock);
            assertThat(kept).as("seed %d", seed).doesNotHaveDuplicates();
            assertThat(Collections.disjoint(kept, live)).as("seed %d", seed).isTrue();
            assertThat(kept.size() + live.size() + slabs.objects())
                    .as("seed %d", seed)
                    .isEqualTo(OBJECTS);
        }
    }

    @Test
    void twoThreadsNeverOwnOneObject() {
        ObjectStock stock = stock();
        Crowd.run(2, STEPS, new Crowd.Shop() {
            @Override
            public long take(SplittableRandom random) {
                return stock.take(GFP);
            }

            @Override
            public void giveBack(long object) {
                stock.put(object);
            }
        });
        stock.flush();
        assertThat(slabs.objects()).isEqualTo(OBJECTS);
    }
}
