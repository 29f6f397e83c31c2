package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.contract.AllocatedBytes;

/** Calls that need no new slab allocate no Java heap. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#present")
class SlabHeapTest {
    private static final int WARM_UP = 3_000;
    private static final int CALLS = 2_000;
    private static final int TIMES = 5;

    private final KmemCache cache;
    private final KmemCache large;
    private final long[] objects = new long[300];

    SlabHeapTest(EngineKind engine) {
        TestSlabs test = new TestSlabs(engine.over(SlabConfig.ofCpus(2)));
        cache = test.create("things", 64);
        large = test.create("large", 2048);
        keepSlabs();
    }

    /** Enough slabs for all calls that never become empty. */
    private void keepSlabs() {
        long[] taken = new long[2000];
        cache.allocBulk(GFP_KERNEL, taken);
        for (int at = 0; at < taken.length; at++) {
            if (at % 20 != 0) {
                cache.free(taken[at]);
            }
        }
    }

    @Test
    void noCallUsesIt() {
        large.alloc(GFP_KERNEL);
        Map<String, Runnable> calls = new TreeMap<>();
        calls.put("pair", () -> cache.free(cache.alloc(GFP_KERNEL)));
        calls.put("zeroed", () -> cache.free(cache.zalloc(GFP_KERNEL)));
        calls.put("zeroed, large", () -> large.free(large.zalloc(GFP_KERNEL)));
        calls.put("on a node", () -> cache.free(cache.allocNode(GFP_KERNEL, 0)));
        calls.put("many", this::many);
        calls.put("bulk", this::bulk);
        Map<String, Long> used = new TreeMap<>();
        calls.forEach((name, call) -> used.put(name, heapUsed(call)));
        assertThat(used.values()).as("bytes of %s", used).containsOnly(0L);
    }

    /** The measure itself works: one object is seen. */
    @Test
    void anAllocationIsSeen() {
        Object[] kept = new Object[1];
        assertThat(heapUsed(() -> kept[0] = new int[4])).isGreaterThanOrEqualTo(CALLS * 16L);
    }

    private void many() {
        for (int at = 0; at < objects.length; at++) {
            objects[at] = cache.alloc(GFP_KERNEL);
        }
        for (long object : objects) {
            cache.free(object);
        }
    }

    private void bulk() {
        cache.allocBulk(GFP_KERNEL, objects);
        cache.freeBulk(objects);
    }

    /** What so many calls take of the Java heap, when all is loaded and compiled. */
    private static long heapUsed(Runnable call) {
        times(WARM_UP, call);
        return AllocatedBytes.leastOf(TIMES, () -> times(CALLS, call));
    }

    private static void times(int calls, Runnable call) {
        for (int each = 0; each < calls; each++) {
            call.run();
        }
    }
}
