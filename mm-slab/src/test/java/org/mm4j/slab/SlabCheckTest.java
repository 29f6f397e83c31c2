package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is broken is found: each test breaks one thing, from inside. */
class SlabCheckTest {
    private final TestSlabs test = new TestSlabs(SlabConfig.ofCpus(1).withFreelists(true, false));
    private final KmemCache cache = test.create("things", 64);
    private final long object = cache.alloc(GFP_KERNEL);
    private final Slab slab = Objects.requireNonNull(test.slabs.parts().frames().find(object));

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
    void aSlabInTwoPlaces() {
        cache.slabs().node(0).addPartial(slab, true);
        finds("V1", "another place");
        finds("V2", "partial list");
    }

    @Test
    void aFlagWithoutAList() {
        slab.isOnPartial = true;
        finds("V1", "the active slab");
    }

    @Test
    void anActiveSlabThatIsNotFrozen() {
        slab.setWordPlain(SlabWord.unfrozen(slab.wordAcquire(), 0, 0));
        finds("V2", "the active slab");
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
        slab.claim(1);
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
