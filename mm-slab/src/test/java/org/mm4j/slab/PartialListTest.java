package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mm4j.api.CpuSource;

/** Which slabs are on a node's partial list, and where. Objects are handed out in the order of addresses, on one CPU. */
class PartialListTest {
    private final TestSlabs test =
            new TestSlabs(SlabConfig.ofCpus(1).withCpus(CpuSource.fixed(0)).withFreelists(true, false));
    private final KmemCache things = test.create("things", 64);

    @Test
    void c50AnEmptySlabStaysWhileThereAreFew() {
        int perSlab = things.layout().objectsPerSlab();
        int minPartial = things.layout().minPartial();
        List<Long> objects = take(perSlab * (minPartial + 100));
        objects.forEach(things::free);
        things.engine().flush();
        KmemCacheSnapshot look = things.snapshot();
        assertThat(look.slabs()).isEqualTo(minPartial);
        assertThat(look.slabsPartial()).isEqualTo(minPartial);
        assertThat(look.objectsActive()).isZero();
        test.expectValid();
    }

    @Test
    void c50AListedSlabIsDiscardedWithItsLastObjectWhileThereAreMany() {
        int perSlab = things.layout().objectsPerSlab();
        int minPartial = things.layout().minPartial();
        List<Long> objects = take(perSlab * (minPartial + 3));
        List<Long> lastOnes = new ArrayList<>();
        for (int at = 0; at < objects.size(); at++) {
            if (at % perSlab == 0) {
                lastOnes.add(objects.get(at));
            } else {
                things.free(objects.get(at));
            }
        }
        things.engine().flush();
        assertThat(things.snapshot().slabsPartial()).isEqualTo(minPartial + 3);
        lastOnes.forEach(things::free);
        assertThat(things.snapshot().slabs()).isEqualTo(minPartial - 1);
        assertThat(things.snapshot().slabsPartial()).isEqualTo(minPartial - 1);
        test.expectValid();
    }

    @Test
    void c51AFullSlabIsListedAtTheTailWhenAnObjectIsFreed() {
        int perSlab = things.layout().objectsPerSlab();
        List<Long> objects = take(4 * perSlab);
        things.engine().flush();
        assertThat(things.snapshot().slabsPartial()).isZero();
        things.free(objects.get(perSlab));
        things.engine().flush();
        things.free(objects.get(0));
        assertThat(things.snapshot().slabsKept()).as("partial slabs of the CPU").isEqualTo(1);
        things.engine().flush();
        NodeSlabs node = things.slabs().node(0);
        SlabFrames frames = test.slabs.parts().frames();
        assertThat(node.first()).isSameAs(frames.find(objects.get(perSlab)));
        assertThat(node.last()).isSameAs(frames.find(objects.get(0)));
        assertThat(node.partial()).isEqualTo(2);
        test.expectValid();
        assertThat(things.alloc(GFP_KERNEL)).isEqualTo(objects.get(perSlab));
    }

    @Test
    void shrinkingPutsTheFullestSlabFirst() {
        int perSlab = things.layout().objectsPerSlab();
        List<Long> objects = take(4 * perSlab);
        for (int slab = 0; slab < 4; slab++) {
            int frees = new int[] {3, 20, 1, perSlab}[slab];
            objects.subList(slab * perSlab, slab * perSlab + frees).forEach(things::free);
        }
        assertThat(things.shrink()).isTrue();
        List<Integer> free = new ArrayList<>();
        things.slabs().forEachPartial(slab -> free.add(SlabWord.free(slab.wordAcquire())));
        assertThat(free).containsExactly(1, 3, 20);
        test.expectValid();
    }

    /** A CPU keeps as many partial slabs as the layout says; then all but the newest go to the node. */
    @Test
    void aCpuKeepsAFewPartialSlabs() {
        int perSlab = things.layout().objectsPerSlab();
        int max = things.layout().cpuPartialSlabs();
        List<Long> objects = take((max + 2) * perSlab);
        things.engine().flush();
        for (int slab = 0; slab < max; slab++) {
            things.free(objects.get(slab * perSlab));
        }
        assertThat(things.snapshot().slabsKept()).isEqualTo(max);
        assertThat(things.snapshot().slabsPartial()).isZero();
        things.free(objects.get(max * perSlab));
        assertThat(things.snapshot().slabsKept()).isEqualTo(1);
        assertThat(things.snapshot().slabsPartial()).isEqualTo(max);
        test.expectValid();
    }

    private List<Long> take(int count) {
        List<Long> objects = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            objects.add(things.alloc(GFP_KERNEL));
        }
        return objects;
    }
}
