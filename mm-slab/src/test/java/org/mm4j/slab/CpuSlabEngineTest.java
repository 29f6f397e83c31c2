package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.mm4j.api.CpuSource;

/** What holds of the engine that keeps linked objects, and of no other. */
class CpuSlabEngineTest {
    private final TestSlabs test =
            new TestSlabs(SlabConfig.ofCpus(2).withCpus(CpuSource.fixed(0)).withFreelists(true, false));
    private final KmemCache cache = test.create("things", 100);

    @Test
    void aCorruptLinkDoesNotStopShrinking() {
        long object = cache.alloc(GFP_KERNEL);
        long other = cache.alloc(GFP_KERNEL);
        cache.free(other);
        cache.free(object);
        test.setWord(object + cache.layout().freePointerOffset(), -1);

        cache.shrink();

        assertThat(test.log.lines()).singleElement().asString().contains("Freepointer corrupt");
        assertThat(cache.alloc(GFP_KERNEL)).isEqualTo(object);
    }

    // What validate() says of active slabs.

    @Test
    void aSlabInTwoPlaces() {
        cache.slabs().node(0).addPartial(activeSlab(), true);
        finds("V1", "another place");
        finds("V2", "partial list");
    }

    @Test
    void aFlagWithoutAList() {
        activeSlab().isOnPartial = true;
        finds("V1", "the active slab");
    }

    @Test
    void anActiveSlabThatIsNotFrozen() {
        Slab slab = activeSlab();
        slab.setWordPlain(SlabWord.unfrozen(slab.wordAcquire(), 0, 0));
        finds("V2", "the active slab");
    }

    private Slab activeSlab() {
        return Objects.requireNonNull(test.slabs.parts().frames().find(cache.alloc(GFP_KERNEL)));
    }

    private void finds(String invariant, String words) {
        assertThat(test.slabs.validate())
                .anySatisfy(finding -> assertThat(finding).startsWith(invariant).contains(words));
    }

    // Partial slabs of a CPU.

    /** A CPU keeps as many partial slabs as the layout says; then all but the newest go to the node. */
    @Test
    void aCpuKeepsAFewPartialSlabs() {
        int max = cache.layout().cpuPartialSlabs();
        expectPartialSlabs(max);
    }

    /** In Linux: cpu_partial_store(). */
    @Test
    void howManyItKeepsCanBeSaid() {
        int perSlab = cache.layout().objectsPerSlab();
        SlabAttributes.write(cache, "cpu_partial", "" + perSlab);
        assertThat(SlabAttributes.of(cache)).containsEntry("cpu_partial", perSlab + "\n");
        expectPartialSlabs(2);
        SlabAttributes.write(cache, "cpu_partial", "0\n");
        assertThat(cache.snapshot().slabsKept()).isZero();
        List<Long> objects = take(2 * perSlab);
        cache.engine().flush();
        cache.free(objects.getFirst());
        assertThat(cache.snapshot().slabsKept()).isZero();
        test.expectValid();
    }

    private void expectPartialSlabs(int max) {
        int perSlab = cache.layout().objectsPerSlab();
        List<Long> objects = take((max + 2) * perSlab);
        cache.engine().flush();
        for (int slab = 0; slab < max; slab++) {
            cache.free(objects.get(slab * perSlab));
        }
        assertThat(cache.snapshot().slabsKept()).isEqualTo(max);
        assertThat(cache.snapshot().slabsPartial()).isZero();
        cache.free(objects.get(max * perSlab));
        assertThat(cache.snapshot().slabsKept()).isEqualTo(1);
        assertThat(cache.snapshot().slabsPartial()).isEqualTo(max);
        test.expectValid();
        for (int at = 0; at < objects.size(); at++) {
            if (at % perSlab != 0 || at / perSlab > max) {
                cache.free(objects.get(at));
            }
        }
        assertThat(cache.shrink()).isFalse();
    }

    private List<Long> take(int count) {
        List<Long> objects = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            objects.add(cache.alloc(GFP_KERNEL));
        }
        return objects;
    }
}
