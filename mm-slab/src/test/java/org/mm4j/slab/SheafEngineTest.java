package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mm4j.api.CpuSource;

/** Where objects are in the engine with sheaves: one thread, one CPU. */
class SheafEngineTest {
    private static final int CAPACITY = 60;

    private final TestSlabs test = slabs(SlabConfig.ofCpus(1));
    private final KmemCache cache = test.create("things", 64);
    private final SheafEngine engine = (SheafEngine) cache.engine();

    private static TestSlabs slabs(SlabConfig config) {
        return new TestSlabs(EngineKind.SHEAVES_SHARED.over(config.withCpus(CpuSource.fixed(0))));
    }

    @Test
    void c46ACheckedCacheHasNoSheaves() {
        assertThat(cache.layout().sheafCapacity()).isEqualTo(CAPACITY);
        KmemCache checked = test.create("checked", 64, KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_POISON));
        assertThat(checked.layout().sheafCapacity()).isZero();
        checked.free(checked.alloc(GFP_KERNEL));
        assertThat(checked.snapshot().objectsKept()).isZero();
        test.expectValid();
    }

    @Test
    void c47TheSpareTakesWhatMainCannotHold() {
        List<Long> objects = take(2 * CAPACITY + 1);
        cache.engine().flush();
        assertThat(engine.slots().main(0).size).isZero();
        objects.subList(0, CAPACITY).forEach(cache::free);
        assertThat(engine.slots().main(0).size).isEqualTo(CAPACITY);
        cache.free(objects.get(CAPACITY));
        assertThat(engine.slots().main(0).size).isEqualTo(1);
        assertThat(cache.snapshot().objectsKept()).isEqualTo(CAPACITY + 1);
        objects.subList(CAPACITY + 1, 2 * CAPACITY + 1).forEach(cache::free);
        assertThat(engine.slots().main(0).size).isEqualTo(1);
        assertThat(engine.slots().barn(0).full()).isEqualTo(1);
        assertThat(cache.snapshot().objectsKept()).isEqualTo(2 * CAPACITY + 1);
        test.expectValid();
        expectNothingLost();
    }

    @Test
    void c48TheBarnHasTenFullSheavesAndNoMore() {
        List<Long> objects = take(14 * CAPACITY);
        cache.engine().flush();
        objects.subList(0, 12 * CAPACITY).forEach(cache::free);
        assertThat(engine.slots().barn(0).full()).isEqualTo(10);
        assertThat(cache.snapshot().objectsKept()).isEqualTo(12 * CAPACITY);
        cache.free(objects.get(12 * CAPACITY));
        assertThat(engine.slots().barn(0).full()).isEqualTo(10);
        assertThat(cache.snapshot().objectsKept()).isEqualTo(11 * CAPACITY + 1);
        objects.subList(12 * CAPACITY + 1, 14 * CAPACITY).forEach(cache::free);
        assertThat(engine.slots().barn(0).full()).isEqualTo(10);
        test.expectValid();
        expectNothingLost();
    }

    @Test
    void c49AnObjectOfAnotherNodeEntersNoSheaf() {
        TestSlabs own = slabs(SlabConfig.ofCpus(1).withNodes(2, _ -> 0));
        KmemCache things = own.create("things", 64);
        long object = things.allocNode(GFP_KERNEL, 1);
        things.free(object);
        assertThat(things.snapshot().objectsKept()).isZero();
        things.freeBulk(new long[] {things.allocNode(GFP_KERNEL, 1)});
        assertThat(things.snapshot().objectsKept()).isZero();
        own.expectValid();
    }

    @Test
    void c53ObjectsThatAreFreedAtOnceGoToSheaves() {
        long[] objects = new long[5 * CAPACITY];
        assertThat(cache.allocBulk(GFP_KERNEL, objects)).isEqualTo(objects.length);
        cache.engine().flush();
        cache.freeBulk(objects.clone());
        assertThat(cache.snapshot().objectsKept()).isEqualTo(objects.length);
        assertThat(engine.slots().barn(0).full()).isEqualTo(3);
        test.expectValid();
        expectNothingLost();
    }

    @Test
    void fullSheavesComeBackFromTheBarn() {
        List<Long> objects = take(5 * CAPACITY);
        cache.engine().flush();
        objects.forEach(cache::free);
        assertThat(engine.slots().barn(0).full()).isEqualTo(3);
        assertThat(take(5 * CAPACITY)).containsExactlyInAnyOrderElementsOf(objects);
        assertThat(engine.slots().barn(0).full()).isZero();
        assertThat(engine.slots().barn(0).empty()).isEqualTo(3);
        test.expectValid();
    }

    /** In Linux: -ENOMEM of barn_replace_full_sheaf(), and no memory for a sheaf either. */
    @Test
    void withoutEmptySheavesMainGoesToTheSlabs() {
        engine.refill().maker = _ -> null;
        List<Long> objects = take(3 * CAPACITY);
        objects.subList(0, CAPACITY).forEach(cache::free);
        assertThat(engine.slots().main(0).size).isEqualTo(CAPACITY);
        cache.free(objects.get(CAPACITY));
        assertThat(engine.slots().main(0).size).isEqualTo(1);
        assertThat(cache.snapshot().objectsKept()).isEqualTo(1);
        objects.subList(CAPACITY + 1, objects.size()).forEach(cache::free);
        test.expectValid();
        expectNothingLost();
    }

    private void expectNothingLost() {
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    private List<Long> take(int count) {
        List<Long> objects = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            objects.add(cache.alloc(GFP_KERNEL));
        }
        assertThat(objects).doesNotContain(0L).doesNotHaveDuplicates();
        return objects;
    }
}
