package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.LockRank;

/** An Error while a list changes leaves its lock free. Errors come from assertions, which find a mark that was changed. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LocksTest {
    private final KmemCache cache = TestSlabs.onCpus(1).create("things", 64);
    private final CacheSlabs slabs = cache.slabs();
    private final NodeSlabs node = slabs.node(0);

    /** A place that takes a lock, over a slab on the list and one on no list. */
    private record Place(String name, Break how) {
        @Override
        public String toString() {
            return name;
        }
    }

    private interface Break {
        void run(LocksTest test, Slab listed, Slab full);
    }

    private static List<Place> places() {
        return List.of(
                new Place("CacheSlabs.list", (test, listed, _) -> test.slabs.list(listed, false)),
                new Place("CacheSlabs.putPartials", (test, listed, _) -> test.slabs.putPartials(listed)),
                new Place("SlabFreelists.free", (test, _, full) -> {
                    full.isOnPartial = true;
                    test.slabs.freelists().free(full, 1, 1, 1, true);
                }),
                new Place("SlabFreelists.freeUndiscarded", (test, _, full) -> {
                    full.isOnPartial = true;
                    test.slabs.freelists().freeUndiscarded(full, 1, 1, 1);
                }),
                new Place("NodeSlabs.takePartial", (test, listed, _) -> {
                    listed.isOnPartial = false;
                    test.node.takePartial(1);
                }),
                new Place("SlabObjects.take", (test, listed, _) -> {
                    listed.isOnPartial = false;
                    new SlabObjects(test.cache, new SlabFrames(new HeapMemory(8))).take(0, new long[4], 0, 4);
                }),
                new Place("PartialSort", (test, listed, _) -> {
                    listed.isOnPartial = false;
                    new PartialSort(test.node).sort();
                }),
                new Place("CpuSlabs.install", (test, listed, _) -> ((CpuSlabs) test.cache.engine()).install(0, listed)),
                new Place("CpuSlabs.takeOne", (test, listed, _) -> {
                    test.cache.engine().flush();
                    ((CpuSlabs) test.cache.engine()).keep(0, listed);
                    test.cache.alloc(GFP_KERNEL);
                }));
    }

    @ParameterizedTest
    @MethodSource("places")
    void anErrorLeavesTheLockFree(Place place) {
        Slab listed = Objects.requireNonNull(slabs.create(GFP_KERNEL, 0));
        Slab full = Objects.requireNonNull(slabs.create(GFP_KERNEL, 0));
        slabs.freelists().freeze(full);
        slabs.freelists().takeFreed(full);
        slabs.list(listed, false);
        assertThatThrownBy(() -> place.how.run(this, listed, full)).isInstanceOf(AssertionError.class);
        assertThat(LockRank.held()).isEmpty();
        node.lock(); // for good, if it is held
        node.unlock();
        CpuSlabs cpu = (CpuSlabs) cache.engine();
        assertThat(cpu.partialSlabs(0)).isNotNegative();
    }

    /** Who holds a list's lock may not enter a slot. Without assertions there would be nothing to see. */
    @ParameterizedTest
    @EnumSource(
            value = EngineKind.class,
            names = {"OWNED_SHARED", "SHEAVES_SHARED"})
    void anErrorBesideTheSlotLeavesItFree(EngineKind engine) {
        TestSlabs test = new TestSlabs(engine.over(SlabConfig.ofCpus(1)));
        KmemCache things = test.create("things", 64);
        long object = things.alloc(GFP_KERNEL);
        node.lock();
        assertThatThrownBy(() -> things.alloc(GFP_KERNEL)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> things.free(object)).isInstanceOf(AssertionError.class);
        node.unlock();
        assertThat(LockRank.held()).isEmpty();
        test.expectValid(); // for good, if a slot is held
        things.free(object);
        test.expectValid();
    }
}
