package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_ACCOUNT;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.PageAllocator;
import org.mm4j.contract.AllocatedBytes;

/** Calls that succeed take nothing of the Java heap. */
class KmallocHeapTest {
    private static final int ROUNDS = 30;
    private static final int CALLS = 500;

    private final Rcu rcu = new Rcu(2, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES);
    private final TestSlabs machine = new TestSlabs(SlabConfig.ofCpus(2).withRcu(rcu));
    private final SlabAllocator slabs = new SlabAllocator(
            machine.pages, machine.memory, SlabConfig.ofCpus(2).withRcu(rcu)); // as the test's pages use reflection
    private final Kmalloc kmalloc = new Kmalloc(slabs);
    private final long[] addresses = new long[2];
    private long resized = kmalloc.kmalloc(10, GFP_KERNEL);

    @Test
    void nothingIsTaken() {
        Map<String, Runnable> calls = new TreeMap<>();
        calls.put("small", () -> kmalloc.kfree(kmalloc.kmalloc(100, GFP_KERNEL)));
        calls.put("large", () -> kmalloc.kfree(kmalloc.kmalloc(10_000, GFP_KERNEL)));
        calls.put("charged", () -> kmalloc.kfree(kmalloc.kmalloc(100, GFP_KERNEL | __GFP_ACCOUNT)));
        calls.put("tracked", () -> kmalloc.kfree(kmalloc.kmallocTrackCaller(100, GFP_KERNEL, 7)));
        calls.put("zeroed", () -> kmalloc.kfreeSensitive(kmalloc.kcalloc(10, 10, GFP_KERNEL)));
        calls.put("node", () -> kmalloc.kfree(kmalloc.kmallocNode(100, GFP_KERNEL, PageAllocator.NO_NODE)));
        calls.put("sizes", () -> kmalloc.kmallocSizeRoundup(kmalloc.ksize(resized)));
        calls.put("resized", this::resize);
        calls.put("bulk", this::bulk);
        Map<String, Long> used = new TreeMap<>();
        calls.forEach((name, call) -> used.put(name, AllocatedBytes.leastOf(ROUNDS, () -> times(call))));
        assertThat(used.values()).as("bytes of %s", used).containsOnly(0L);
    }

    private static void times(Runnable call) {
        for (int each = 0; each < CALLS; each++) {
            call.run();
        }
    }

    private void resize() {
        resized = kmalloc.krealloc(resized, 1000, GFP_KERNEL);
        resized = kmalloc.krealloc(resized, 20_000, GFP_KERNEL);
        kmalloc.kfree(resized);
        resized = kmalloc.krealloc(0, 10, GFP_KERNEL);
    }

    private void bulk() {
        addresses[0] = kmalloc.kmalloc(500, GFP_KERNEL);
        addresses[1] = kmalloc.kmalloc(50_000, GFP_KERNEL);
        kmalloc.kfreeBulk(addresses, 2);
    }
}
