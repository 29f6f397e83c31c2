package org.mm4j.kernel.failnth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.SlabEngineKind;

/** Slabs, kmalloc and what is freed after a grace period, over each engine. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailNthSlabTest {
    @ParameterizedTest
    @EnumSource
    @DisplayName("slabs fall back to smaller orders")
    void kmalloc(SlabEngineKind engine) {
        FailNth.absorbing().over(FailNth.config(engine)).everyCall(user -> {
            List<Long> taken = new ArrayList<>();
            for (int bytes : new int[] {8, 100, 3000, 8192, 9000, 100_000}) {
                user.note(user.kernel.kmalloc().kmalloc(bytes, GFP_KERNEL), taken::add);
                user.note(user.kernel.kmalloc().kzalloc(bytes, GFP_NOWAIT), taken::add);
            }
            taken.replaceAll(address -> {
                long larger = user.kernel.kmalloc().krealloc(address, 20_000, GFP_KERNEL);
                user.note(larger);
                return larger == 0 ? address : larger;
            });
            taken.forEach(user.kernel.kmalloc()::kfree);
        });
    }

    @ParameterizedTest
    @EnumSource
    void caches(SlabEngineKind engine) {
        FailNth.absorbing().over(FailNth.config(engine)).everyCall(user -> {
            KmemCache cache = user.kernel.slab().kmemCacheCreate("things", 600, KmemCacheArgs.NONE);
            user.note(cache == null ? 0 : 1);
            if (cache == null) {
                return;
            }
            long[] objects = new long[100];
            int count = cache.allocBulk(GFP_KERNEL, objects);
            user.note(count == objects.length ? 1 : 0);
            List<Long> taken = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                user.note(cache.alloc(i % 2 == 0 ? GFP_KERNEL : GFP_NOWAIT), taken::add);
            }
            taken.forEach(cache::free);
            cache.freeBulk(objects, count);
            cache.shrink();
            assertThat(cache.destroy().isDestroyed()).isTrue();
        });
    }

    @ParameterizedTest
    @EnumSource
    void freeAfterGrace(SlabEngineKind engine) {
        FailNth.absorbing().over(FailNth.config(engine)).everyCall(user -> {
            for (int i = 0; i < 30; i++) {
                user.note(user.kernel.kmalloc().kmalloc(64, GFP_KERNEL), user.kernel.kmalloc()::kfreeRcu);
            }
            user.kernel.kmalloc().kfreeRcuBarrier();
        });
    }
}
