package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import org.junit.jupiter.api.Test;

/** What holds of the engine that keeps linked objects, and of no other. */
class CpuSlabEngineTest {
    private final TestSlabs test = new TestSlabs(SlabConfig.ofCpus(2));
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
}
