package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.CpuSource;
import org.mm4j.contract.AllocatedBytes;

/** Objects of a cache with sheaves that are freed after a grace period: one thread, one CPU. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RcuSheavesTest {
    private static final int CAPACITY = 60;
    private static final KmemCacheArgs ALONE = KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_NO_MERGE);

    private final Rcu rcu = new Rcu(1, CpuSource.fixed(0), AsymmetricBarrier.FENCES);
    private final TestSlabs test = slabs(config());
    private final Kmalloc kmalloc = new Kmalloc(test.slabs);
    private final KmemCache cache = test.create("things", 64, ALONE);
    private final SheafEngine engine = (SheafEngine) cache.engine();

    private SlabConfig config() {
        return SlabConfig.ofCpus(1).withCpus(CpuSource.fixed(0)).withRcu(rcu);
    }

    private static TestSlabs slabs(SlabConfig config) {
        return new TestSlabs(EngineKind.SHEAVES_SHARED.over(config));
    }

    private Barn barn() {
        return engine.slots().barn(0);
    }

    /** So many objects, and none is in a sheaf. */
    private List<Long> take(int count) {
        List<Long> objects = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            objects.add(cache.alloc(GFP_KERNEL));
        }
        assertThat(objects).doesNotContain(0L).doesNotHaveDuplicates();
        engine.flush();
        return objects;
    }

    private void expectNothingLost() {
        test.expectValid();
        assertThat(cache.destroy().isDestroyed()).isTrue();
        kmalloc.close();
        test.expectAllPagesBack();
    }

    @Test
    void aFullSheafIsTheBarnsWhenItsReadersHaveLeft() {
        List<Long> objects = take(CAPACITY);
        int section = rcu.readLock();
        objects.forEach(kmalloc::kfreeRcu);
        for (int time = 0; time < 10; time++) {
            rcu.work();
        }
        assertThat(barn().full()).isZero();
        assertThat(kmalloc.kfreeRcuWaiting()).isEqualTo(CAPACITY);
        assertThat(take(CAPACITY)).doesNotContainAnyElementsOf(objects).allSatisfy(cache::free);
        engine.flush();
        assertThatThrownBy(() -> cache.free(objects.get(7))).isInstanceOf(BadObjectException.class);
        test.expectValid();
        rcu.readUnlock(section);
        rcu.barrier();
        assertThat(barn().full()).isOne();
        assertThat(kmalloc.kfreeRcuWaiting()).isZero();
        test.expectValid();
        List<Long> again = new ArrayList<>();
        objects.forEach(_ -> again.add(cache.alloc(GFP_KERNEL)));
        assertThat(again).containsExactlyInAnyOrderElementsOf(objects).allSatisfy(cache::free);
        expectNothingLost();
    }

    @Test
    void aSheafThatIsNotFullGoesToTheSlabs() {
        List<Long> objects = take(CAPACITY + 5);
        objects.forEach(kmalloc::kfreeRcu);
        kmalloc.kfreeRcuBarrier();
        assertThat(kmalloc.kfreeRcuWaiting()).isZero();
        assertThat(barn().full()).isOne();
        assertThat(cache.snapshot().objectsKept()).isEqualTo(CAPACITY);
        expectNothingLost();
    }

    @Test
    void theEleventhFullSheafGoesToTheSlabs() {
        take(12 * CAPACITY).forEach(kmalloc::kfreeRcu);
        assertThat(barn().full()).isZero();
        rcu.barrier();
        assertThat(barn().full()).isEqualTo(Barn.FULL_MAX);
        assertThat(barn().empty()).isEqualTo(2);
        assertThat(cache.snapshot().objectsKept()).isEqualTo(Barn.FULL_MAX * CAPACITY);
        expectNothingLost();
    }

    @Test
    void shrinkingStartsTheGracePeriodOfWhatIsGathered() {
        kmalloc.kfreeRcu(cache.alloc(GFP_KERNEL));
        assertThat(cache.shrink()).isTrue();
        rcu.barrier();
        assertThat(kmalloc.kfreeRcuWaiting()).isZero();
        assertThat(cache.shrink()).isFalse();
        expectNothingLost();
    }

    @Test
    void destroyWaitsForFullSheavesAndOthers() {
        take(2 * CAPACITY + 9).forEach(kmalloc::kfreeRcu);
        assertThat(cache.destroy()).isEqualTo(DestroyReport.DESTROYED);
        assertThat(test.log.lines()).isEmpty();
        kmalloc.close();
        test.expectAllPagesBack();
    }

    @Test
    void withoutASheafTheyTravelInBatches() {
        engine.refill().maker = _ -> null;
        List<Long> objects = take(3);
        objects.forEach(kmalloc::kfreeRcu);
        assertThat(engine.deferred()).isZero();
        assertThat(kmalloc.kfreeRcuWaiting()).isEqualTo(3);
        assertThatThrownBy(() -> kmalloc.kfree(objects.get(0))).isInstanceOf(BadObjectException.class);
        kmalloc.kfreeRcuBarrier();
        assertThat(kmalloc.kfreeRcuWaiting()).isZero();
        expectNothingLost();
    }

    @Test
    void anObjectOfAnotherNodeEntersNoSheaf() {
        TestSlabs own = slabs(config().withNodes(2, _ -> 0));
        Kmalloc over = new Kmalloc(own.slabs);
        KmemCache things = own.create("things", 64, ALONE);
        over.kfreeRcu(things.allocNode(GFP_KERNEL, 1));
        assertThat(things.engine().deferred()).isZero();
        over.kfreeRcu(things.allocNode(GFP_KERNEL, 0));
        assertThat(things.engine().deferred()).isOne();
        assertThat(over.kfreeRcuWaiting()).isEqualTo(2);
        assertThat(things.destroy().isDestroyed()).isTrue();
        own.expectValid();
    }

    @Test
    void whatIsZeroedWhenItIsFreedStaysForItsReaders() {
        TestSlabs own = slabs(config().withZeroing(false, true));
        Kmalloc over = new Kmalloc(own.slabs);
        KmemCache things = own.create("things", 64, ALONE);
        long object = things.alloc(GFP_KERNEL);
        own.paint(object, 64, 3);
        over.kfreeRcu(object);
        assertThat(own.isPainted(object, 64, 3)).isTrue();
        over.kfreeRcuBarrier();
        assertThat(own.word(object)).isZero();
        own.expectValid();
    }

    @Test
    void aClosedRcuTakesNoFullSheafAndNoObjectIsLost() {
        List<Long> objects = take(CAPACITY);
        objects.subList(1, CAPACITY).forEach(kmalloc::kfreeRcu);
        rcu.close();
        long last = objects.get(0);
        for (int time = 0; time < 3; time++) {
            assertThatThrownBy(() -> kmalloc.kfreeRcu(last))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
        assertThat(kmalloc.kfreeRcuWaiting()).isEqualTo(CAPACITY - 1);
        kmalloc.kfree(last);
        test.expectValid();
        test.slabs.close();
        test.expectAllPagesBack();
    }

    @Test
    void noJavaHeapIsNeededOnceThereAreSheaves() {
        long[] objects = new long[4 * CAPACITY];
        assertThat(AllocatedBytes.leastOf(6, () -> {
                    cache.allocBulk(GFP_KERNEL, objects);
                    for (long object : objects) {
                        kmalloc.kfreeRcu(object);
                    }
                    while (engine.deferred() > 0) {
                        rcu.work();
                    }
                }))
                .isZero();
        expectNothingLost();
    }
}
