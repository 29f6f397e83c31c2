package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.mm4j.api.CpuSource;

/** How much the engine with stacks keeps: one thread, one CPU. */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"OWNED_SHARED", "OWNED_BY_FENCES"})
class OwnedEngineTest {
    private final EngineKind engine;
    private final TestSlabs test;
    private final KmemCache cache;
    private final int capacity;

    OwnedEngineTest(EngineKind engine) {
        this.engine = engine;
        test = slabs(SlabConfig.ofCpus(1));
        cache = test.create("things", 64);
        capacity = 4 * cache.layout().sheafCapacity();
    }

    private TestSlabs slabs(SlabConfig config) {
        return new TestSlabs(engine.over(config.withCpus(CpuSource.fixed(0))));
    }

    @Test
    void c47AFullStackGivesItsOlderHalfBack() {
        List<Long> objects = take(capacity + 1);
        cache.engine().flush();
        assertThat(cache.snapshot().objectsKept()).isZero();
        objects.subList(0, capacity).forEach(cache::free);
        assertThat(cache.snapshot().objectsKept()).isEqualTo(capacity);
        cache.free(objects.get(capacity));
        assertThat(cache.snapshot().objectsKept()).isEqualTo(capacity / 2 + 1);
        test.expectValid();
        assertThat(cache.alloc(GFP_KERNEL)).as("the newest stay").isEqualTo(objects.get(capacity));
        cache.free(objects.get(capacity));
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    @Test
    void c48ASlotKeepsNoMoreThanItsStack() {
        List<Long> objects = take(20 * capacity);
        for (long object : objects) {
            cache.free(object);
            assertThat(cache.snapshot().objectsKept()).isLessThanOrEqualTo(capacity);
        }
        test.expectValid();
        assertThat(cache.shrink()).isFalse();
        test.expectAllPagesBack();
    }

    @Test
    void c49AnObjectOfAnotherNodeEntersNoStack() {
        TestSlabs own = slabs(SlabConfig.ofCpus(1).withNodes(2, _ -> 0));
        KmemCache things = own.create("things", 64);
        things.free(things.allocNode(GFP_KERNEL, 1));
        assertThat(things.snapshot().objectsKept()).isZero();
        things.freeBulk(new long[] {things.allocNode(GFP_KERNEL, 1)});
        assertThat(things.snapshot().objectsKept()).isZero();
        own.expectValid();
    }

    @Test
    void c46ACheckedCacheHasNoStacks() {
        KmemCache checked = test.create("checked", 64, KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_POISON));
        checked.free(checked.alloc(GFP_KERNEL));
        assertThat(checked.snapshot().objectsKept()).isZero();
        test.expectValid();
    }

    private List<Long> take(int count) {
        List<Long> objects = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            objects.add(cache.alloc(GFP_KERNEL));
        }
        return objects;
    }
}
