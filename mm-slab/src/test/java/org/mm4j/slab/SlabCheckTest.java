package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What is broken is found: each test breaks one thing, from inside. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class SlabCheckTest {
    private final TestSlabs test;
    private final KmemCache cache;
    private final long object;
    private final Slab slab;

    SlabCheckTest(EngineKind engine) {
        test = new TestSlabs(engine.over(SlabConfig.ofCpus(1).withFreelists(true, false)));
        cache = test.create("things", 64);
        object = cache.alloc(GFP_KERNEL);
        slab = Objects.requireNonNull(test.slabs.parts().frames().find(object));
    }

    @Test
    void nothingIsBroken() {
        test.expectValid();
        cache.engine().flush();
        test.expectValid();
    }

    @Test
    void aSlabThatNobodyHas() {
        cache.engine().flush();
        cache.slabs().node(0).removePartial(slab);
        finds("V2", "nowhere");
    }

    @Test
    void aListWithoutAFlag() {
        cache.engine().flush();
        slab.isOnPartial = false;
        finds("V1", "is the partial list");
    }

    @Test
    void aFrozenSlabOnTheList() {
        cache.engine().flush();
        slab.setWordPlain(SlabWord.taken(slab.wordAcquire(), true));
        finds("V2", "is the partial list");
    }

    @Test
    void anObjectThatIsKeptAndAllocated() {
        long other = cache.alloc(GFP_KERNEL);
        cache.free(other);
        slab.setAllocated(cache.memory().number(slab, other));
        finds("V4", "is allocated, and with");
    }

    @Test
    void aWrongCount() {
        cache.engine().flush();
        slab.setWordPlain(SlabWord.freed(slab.wordAcquire(), SlabWord.freelist(slab.wordAcquire()), 1));
        finds("V3", "objects on the freelist");
        finds("V4", "objects in use");
    }

    @Test
    void anAllocatedObjectOnTheFreelist() {
        cache.engine().flush();
        slab.setAllocated(SlabWord.freelist(slab.wordAcquire()));
        finds("V4", "is allocated, and with the freelist");
    }

    @Test
    void aCycle() {
        cache.engine().flush();
        int first = SlabWord.freelist(slab.wordAcquire());
        int second = cache.memory().next(slab, first);
        cache.memory().setNext(slab, second, first);
        finds("V3", "Freelist cycle detected");
        finds("V4", "is free twice");
    }

    @Test
    void aLostObject() {
        slab.claim(cache.memory().number(slab, object));
        finds("V4", "objects in use");
    }

    @Test
    void aSlabThatIsNotCounted() {
        cache.slabs().node(0).countDiscarded(slab);
        finds("V5", "slabs of node 0");
        finds("V5", "objects of node 0");
    }

    private void finds(String invariant, String words) {
        assertThat(test.slabs.validate())
                .anySatisfy(finding -> assertThat(finding).startsWith(invariant).contains(words));
    }
}
