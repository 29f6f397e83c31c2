package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Who allocated and freed what. */
class UserTracesTest {
    private final TestSlabs test = new TestSlabs(SlabConfig.ofCpus(2).withSlabDebug("UT"));
    private final KmemCache cache = test.create("things", 64, KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_KMALLOC));

    @Test
    void theMostFrequentPlaceComesFirst() {
        assertThat(cache.allocTraces()).isEqualTo("No data\n");
        take();
        for (int count = 0; count < 3; count++) {
            long object = takeOther();
            Slab slab = Objects.requireNonNull(test.slabs.parts().frames().find(object));
            cache.sizes().setOriginal(slab, object, 50);
        }
        List<String> places = cache.allocTraces()
                .lines()
                .filter(line -> !line.startsWith("        "))
                .toList();
        assertThat(places).hasSize(2);
        assertThat(places.getFirst())
                .startsWith("      3 org.mm4j.slab.UserTracesTest.takeOther:")
                .contains(" waste=42/14 ", " pid=" + Thread.currentThread().threadId(), " cpus=");
        assertThat(places.getLast()).startsWith("      1 org.mm4j.slab.UserTracesTest.take:");
        assertThat(cache.freeTraces()).startsWith("      4 <not-available>\n");
    }

    @Test
    void theLastFreeIsRemembered() {
        cache.free(take());
        take();
        assertThat(cache.freeTraces()).startsWith("      1 org.mm4j.slab.UserTracesTest.theLastFreeIsRemembered:");
    }

    @Test
    void eachStepIsTraced() {
        long object = take();
        cache.free(object);
        String address = "0x" + Long.toHexString(object);
        assertThat(test.log.lines())
                .anyMatch(line -> line.startsWith("TRACE things alloc " + address + " inuse=0 fp=" + address))
                .anyMatch(line -> line.startsWith("TRACE things free " + address + " inuse=1 fp="));
    }

    @Test
    void listsOfBits() {
        BitSet bits = new BitSet();
        bits.set(0, 3);
        bits.set(5);
        assertThat(UserTraces.list(bits)).isEqualTo("0-2,5");
    }

    private long take() {
        return cache.alloc(GFP_KERNEL);
    }

    private long takeOther() {
        return cache.alloc(GFP_KERNEL);
    }
}
