package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Caches that end while others use them, or make their like: what is late is refused, and no page is lost. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class DestroyRaceTest {
    private static final KmemCacheArgs ALONE = KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_NO_MERGE);
    private static final int ROUNDS = 400;

    private final TestSlabs test;

    DestroyRaceTest(EngineKind engine) {
        test = new TestSlabs(engine.over(SlabConfig.ofCpus(2)));
    }

    /** Misuse: the kernel does not survive it. */
    @Test
    void destroyedWhileOthersAllocate() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            KmemCache cache = test.create("things", 500, ALONE);
            Callable<Boolean> use = () -> {
                try {
                    for (int time = 0; time < 400; time++) {
                        long object = cache.alloc(GFP_NOWAIT);
                        assertThat(object).isNotZero();
                        cache.free(object);
                    }
                    return true;
                } catch (IllegalStateException destroyed) {
                    assertThat(destroyed).hasMessage("cache things has been destroyed");
                    return false;
                }
            };
            boolean[] isDestroyed = new boolean[1];
            run(List.of(use, use, () -> {
                for (int time = 0; time < 20 && !isDestroyed[0]; time++) {
                    isDestroyed[0] = cache.destroy().isDestroyed();
                }
                return isDestroyed[0];
            }));
            assertThat(isDestroyed[0] || cache.destroy().isDestroyed()).isTrue();
            test.expectAllPagesBack();
        }
    }

    @Test
    void manyMakeAndDestroyCachesOfTheSameName() throws Exception {
        List<Callable<Boolean>> users = new ArrayList<>();
        for (int user = 0; user < 4; user++) {
            int seed = user;
            users.add(() -> makeAndDestroy(new Random(seed)));
        }
        run(users);
        assertThat(test.slabs.caches()).isEmpty();
        test.expectAllPagesBack();
    }

    private boolean makeAndDestroy(Random random) {
        for (int time = 0; time < 150; time++) {
            int bytes = random.nextBoolean() ? 64 : 200;
            KmemCache cache = test.create("same", bytes, random.nextInt(4) == 0 ? ALONE : KmemCacheArgs.NONE);
            long[] objects = new long[random.nextInt(1, 80)];
            assertThat(cache.allocBulk(GFP_NOWAIT, objects)).isEqualTo(objects.length);
            for (long object : objects) {
                test.paint(object, bytes, object);
            }
            assertThat(test.slabs.find("same")).isPresent();
            for (long object : objects) {
                assertThat(test.isPainted(object, bytes, object)).isTrue();
            }
            cache.freeBulk(objects);
            assertThat(cache.destroy()).isEqualTo(DestroyReport.DESTROYED);
        }
        return true;
    }

    private static void run(List<Callable<Boolean>> works) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(works.size())) {
            List<Future<Boolean>> done = new ArrayList<>();
            works.forEach(work -> done.add(threads.submit(work)));
            for (Future<Boolean> each : done) {
                each.get();
            }
        }
    }
}
