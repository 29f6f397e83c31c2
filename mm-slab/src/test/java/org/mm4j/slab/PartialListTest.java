package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.CpuSource;

/** Which slabs are on a node's partial list, and where. One CPU. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class PartialListTest {
    private final TestSlabs test;
    private final KmemCache things;
    private final int minPartial;

    PartialListTest(EngineKind engine) {
        test = new TestSlabs(
                engine.over(SlabConfig.ofCpus(1).withCpus(CpuSource.fixed(0)).withFreelists(true, false)));
        things = test.create("things", 64);
        minPartial = things.layout().minPartial();
    }

    @Test
    void c50AnEmptySlabStaysWhileThereAreFew() {
        for (List<Long> slab : fullSlabs(minPartial + 100)) {
            slab.forEach(this::free);
        }
        KmemCacheSnapshot look = things.snapshot();
        assertThat(look.slabs()).isBetween(minPartial - 1L, (long) minPartial);
        assertThat(look.slabsPartial()).isEqualTo(look.slabs());
        assertThat(look.objectsActive()).isZero();
        test.expectValid();
    }

    @Test
    void c50AListedSlabIsDiscardedWithItsLastObjectWhileThereAreMany() {
        List<List<Long>> slabs = fullSlabs(minPartial + 3);
        for (List<Long> slab : slabs) {
            slab.subList(1, slab.size()).forEach(this::free);
        }
        assertThat(things.snapshot().slabsPartial()).isEqualTo(minPartial + 3);
        for (int at = 0; at < slabs.size(); at++) {
            free(slabs.get(at).getFirst());
            int kept = Math.max(minPartial + 3 - at - 1, minPartial - 1);
            assertThat(things.snapshot().slabs()).isEqualTo(kept);
            assertThat(things.snapshot().slabsPartial()).isEqualTo(kept);
        }
        test.expectValid();
    }

    /** In Linux: min_partial_store(). */
    @Test
    void c50HowManyStayCanBeSaid() {
        SlabAttributes.write(things, "min_partial", "2");
        fullSlabs(10).forEach(slab -> slab.forEach(this::free));
        assertThat(things.snapshot().slabs()).isBetween(1L, 2L);
        SlabAttributes.write(things, "min_partial", "1000");
        fullSlabs(10).forEach(slab -> slab.forEach(this::free));
        assertThat(things.snapshot().slabs()).isGreaterThanOrEqualTo(10);
        test.expectValid();
        assertThat(things.shrink()).isFalse();
    }

    @Test
    void c51AFullSlabIsListedAtTheTailWhenAnObjectIsFreed() {
        List<List<Long>> slabs = fullSlabs(4);
        assertThat(things.snapshot().slabsPartial()).isZero();
        free(slabs.get(1).getFirst());
        free(slabs.get(0).getFirst());
        NodeSlabs node = things.slabs().node(0);
        assertThat(node.first()).isSameAs(slabOf(slabs.get(1).getFirst()));
        assertThat(node.last()).isSameAs(slabOf(slabs.get(0).getFirst()));
        assertThat(node.partial()).isEqualTo(2);
        test.expectValid();
        long[] taken = new long[2];
        assertThat(things.allocBulk(GFP_KERNEL, taken)).isEqualTo(2);
        assertThat(taken)
                .containsExactlyInAnyOrder(slabs.get(1).getFirst(), slabs.get(0).getFirst());
        assertThat(things.snapshot().slabs()).isEqualTo(4);
    }

    @Test
    void shrinkingPutsTheFullestSlabFirst() {
        List<List<Long>> slabs = fullSlabs(4);
        int[] frees = {3, 20, 1, slabs.getFirst().size()};
        for (int at = 0; at < frees.length; at++) {
            slabs.get(at).subList(0, frees[at]).forEach(things::free);
        }
        assertThat(things.shrink()).isTrue();
        List<Integer> free = new ArrayList<>();
        things.slabs().forEachPartial(slab -> free.add(SlabWord.free(slab.wordAcquire())));
        assertThat(free).containsExactly(1, 3, 20);
        test.expectValid();
    }

    private void free(long object) {
        things.free(object);
        things.engine().flush();
    }

    private Slab slabOf(long object) {
        return Objects.requireNonNull(test.slabs.parts().frames().find(object));
    }

    /** The objects of so many slabs that have no free one; there are no others. */
    private List<List<Long>> fullSlabs(int count) {
        int perSlab = things.layout().objectsPerSlab();
        Map<Slab, List<Long>> bySlab = new LinkedHashMap<>();
        for (int at = 0; at < (count + 3) * perSlab; at++) {
            long object = things.alloc(GFP_KERNEL);
            bySlab.computeIfAbsent(slabOf(object), _ -> new ArrayList<>()).add(object);
        }
        List<List<Long>> full = new ArrayList<>();
        for (List<Long> objects : bySlab.values()) {
            if (objects.size() == perSlab && full.size() < count) {
                full.add(objects);
            } else {
                objects.forEach(things::free);
            }
        }
        things.shrink();
        assertThat(full).hasSize(count);
        assertThat(things.snapshot().slabs()).isEqualTo(count);
        return full;
    }
}
