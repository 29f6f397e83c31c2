package org.mm4j.slab;

import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.Objects;
import org.mm4j.api.CpuSource;
import org.mm4j.percpu.SharedGate;

/** Two new slabs on no list, of a cache of their own: so a list that is torn belongs to no other state of a test. */
final class NewSlabs {
    private static final int LISTED_MAX = 4;

    final CacheSlabs slabs = new EngineRig(SlabEngineKind.SHEAVES, new SharedGate(1, CpuSource.fixed(0))).cache.slabs();
    final Slab one = create();
    final Slab other = create();

    private Slab create() {
        return Objects.requireNonNull(slabs.create(GFP_NOWAIT, 0));
    }

    /** How many slabs are reached from the head of the list. */
    int listed() {
        int listed = 0;
        for (Slab slab = slabs.node(0).first(); slab != null && listed < LISTED_MAX; slab = slab.next) {
            listed++;
        }
        return listed;
    }

    int counted() {
        return slabs.node(0).partial();
    }

    void drop() {
        slabs.discard(one);
        slabs.discard(other);
    }
}
