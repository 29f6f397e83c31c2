package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

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
    private final HeapUsed heap = new HeapUsed();

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
        calls.forEach((name, call) -> used.put(name, heap.by(call)));
        assertThat(used.values()).as("bytes of %s", used).containsOnly(0L);
    }

    /** The measure itself works: one object is seen. */
    @Test
    void anAllocationIsSeen() {
        Object[] kept = new Object[1];
        assertThat(heap.by(() -> kept[0] = new int[4])).isGreaterThanOrEqualTo(CALLS * 16L);
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

    /** What a call adds to the heap that this thread has used; by reflection, as the module reads no java.management. */
    private static final class HeapUsed {
        private final Object threads;
        private final Method bytes;

        HeapUsed() {
            try {
                threads = Class.forName("java.lang.management.ManagementFactory")
                        .getMethod("getThreadMXBean")
                        .invoke(null);
                bytes = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }

        /** The least of some times: the virtual machine uses some bytes itself when it compiles a method anew. */
        long by(Runnable call) {
            for (int each = 0; each < WARM_UP; each++) {
                call.run();
            }
            long least = Long.MAX_VALUE;
            for (int time = 0; time < TIMES; time++) {
                least = Math.min(least, once(call));
            }
            return least;
        }

        /** Bytes of all calls, without those that measuring takes. */
        private long once(Runnable call) {
            now();
            long before = now();
            long start = now();
            for (int each = 0; each < CALLS; each++) {
                call.run();
            }
            return Math.max(0, now() - start - (start - before));
        }

        private long now() {
            try {
                return (long) bytes.invoke(threads);
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }
    }
}
