package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadObjectException;

/** Random calls of one thread that changes its CPU, against a model that knows who has which bytes. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class ModelTest {
    private static final int STEPS = 20_000;
    private static final int LIVE_MAX = 3_000;
    private static final int[] SIZES = {8, 24, 64, 100, 192, 700, 2048, 5000};

    private final int[] cpu = new int[1];
    private final TestSlabs test;
    private final List<KmemCache> caches = new ArrayList<>();

    /** The live objects, each with the number with which it is painted. */
    private final List<Live> live = new ArrayList<>();

    private final Map<Long, Live> byAddress = new HashMap<>();
    private Random random = new Random();
    private long painted;

    private record Live(KmemCache cache, long address, long number) {}

    ModelTest(EngineKind engine) {
        test = new TestSlabs(engine.over(SlabConfig.ofCpus(3)
                .withCpus(_ -> cpu[0])
                .withNodes(2, each -> each % 2)
                .withMerging(false)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theModelAgrees(long seed) {
        random = new Random(seed);
        for (int size : SIZES) {
            caches.add(test.create("size " + size, size));
        }
        for (int step = 0; step < STEPS; step++) {
            step("seed " + seed + " step " + step);
            if (step % 2_000 == 0) {
                assertThat(test.slabs.validate())
                        .as("seed %d step %d", seed, step)
                        .isEmpty();
            }
        }
        while (!live.isEmpty()) {
            free("the end of seed " + seed);
        }
        test.expectValid();
        for (KmemCache cache : caches) {
            assertThat(cache.destroy().isDestroyed()).as(cache.name()).isTrue();
        }
        test.expectAllPagesBack();
    }

    private void step(String name) {
        cpu[0] = random.nextInt(3);
        boolean isGrowing = live.size() < LIVE_MAX / 2 || (random.nextBoolean() && live.size() < LIVE_MAX);
        switch (random.nextInt(40)) {
            case 0 -> bulk(name);
            case 1 -> bulkFree(name);
            case 2 -> cache().engine().flush();
            case 3 -> doubleFree(name);
            case 4 -> shrink();
            default -> {
                if (isGrowing) {
                    KmemCache cache = cache();
                    int nid = random.nextInt(8);
                    took(name, cache, nid < 2 ? cache.allocNode(GFP_NOWAIT, nid) : cache.alloc(GFP_NOWAIT));
                } else {
                    free(name);
                }
            }
        }
    }

    private KmemCache cache() {
        return caches.get(random.nextInt(caches.size()));
    }

    private void shrink() {
        KmemCache cache = cache();
        boolean isUsed = live.stream().anyMatch(each -> each.cache() == cache);
        assertThat(cache.shrink()).isEqualTo(isUsed);
    }

    private void took(String name, KmemCache cache, long address) {
        assertThat(address).as(name).isNotZero();
        Live one = new Live(cache, address, painted++);
        assertThat(byAddress.put(address, one))
                .as("%s: somebody has 0x%x", name, address)
                .isNull();
        live.add(one);
        test.paint(address, cache.objectSize(), one.number());
    }

    private Live drop(String name) {
        int at = random.nextInt(live.size());
        Live one = live.get(at);
        live.set(at, live.getLast());
        live.removeLast();
        byAddress.remove(one.address());
        assertThat(test.isPainted(one.address(), one.cache().objectSize(), one.number()))
                .as("%s: the bytes of 0x%x", name, one.address())
                .isTrue();
        return one;
    }

    private void free(String name) {
        if (!live.isEmpty()) {
            Live one = drop(name);
            one.cache().free(one.address());
        }
    }

    private void bulk(String name) {
        long[] objects = new long[1 + random.nextInt(60)];
        KmemCache cache = cache();
        assertThat(cache.allocBulk(GFP_NOWAIT, objects)).as(name).isEqualTo(objects.length);
        for (long object : objects) {
            took(name, cache, object);
        }
    }

    private void bulkFree(String name) {
        long[] objects = new long[Math.min(random.nextInt(60), live.size())];
        for (int at = 0; at < objects.length; at++) {
            objects[at] = drop(name).address();
        }
        test.slabs.freeBulk(objects, objects.length);
    }

    private void doubleFree(String name) {
        if (!live.isEmpty()) {
            Live one = drop(name);
            one.cache().free(one.address());
            assertThatThrownBy(() -> one.cache().free(one.address())).as(name).isInstanceOf(BadObjectException.class);
        }
    }
}
