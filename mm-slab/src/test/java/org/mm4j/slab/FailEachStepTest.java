package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_ZERO;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;

/**
 * A program of all calls, run again and again: in run n, request n for pages fails, until there is no such request. In each
 * run some calls return nothing; what the others returned is sound, and in the end nothing is lost.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class FailEachStepTest {
    private static final int RUNS_MAX = 300;
    private static final KmemCacheArgs ALONE = KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_NO_MERGE);

    /** Memory with its paint. */
    private record Block(long address, int bytes) {}

    private final Rcu rcu = new Rcu(1, CpuSource.fixed(0), AsymmetricBarrier.FENCES);
    private final TestSlabs test;
    private final Kmalloc kmalloc;
    private final List<Block> blocks = new ArrayList<>();
    private int failures;

    FailEachStepTest(EngineKind engine) {
        test = new TestSlabs(
                engine.over(SlabConfig.ofCpus(1).withCpus(CpuSource.fixed(0)).withRcu(rcu)));
        kmalloc = new Kmalloc(test.slabs);
    }

    @ParameterizedTest(name = "by an error: {0}")
    @ValueSource(booleans = {false, true})
    void nothingIsLost(boolean isError) {
        test.failsByError = isError;
        int run = 0;
        do {
            assertThat(run).as("runs").isLessThan(RUNS_MAX);
            test.pagesBeforeFailure = run++;
            failures = 0;
            program();
            int left = test.pagesBeforeFailure;
            test.pagesBeforeFailure = -1;
            finish("run " + run);
            if (left >= 0) {
                assertThat(failures).isZero();
                assertThat(run).isGreaterThan(20);
                return;
            }
        } while (true);
    }

    private void program() {
        KmemCache small = test.create("small", 200, ALONE);
        KmemCache large = test.create("large", 3000, ALONE);
        for (int time = 0; time < 60; time++) {
            take(200, () -> small.alloc(GFP_KERNEL));
            if (time % 4 == 0) {
                take(3000, () -> large.zalloc(GFP_KERNEL));
                take(90, () -> kmalloc.kmalloc(90, GFP_KERNEL));
            }
        }
        bulk(small, 200, 100);
        bulk(large, 3000, 20);
        prefill(large);
        take(9000, () -> kmalloc.kmalloc(9000, GFP_KERNEL | __GFP_ZERO));
        resize();
        defer();
        small.shrink();
        for (int time = 0; time < 30; time++) {
            take(200, () -> small.alloc(GFP_KERNEL));
        }
    }

    private void take(int bytes, LongSupplier call) {
        long address = attempt(call);
        if (address != 0) {
            keep(address, bytes);
        }
    }

    private void keep(long address, int bytes) {
        test.paint(address, bytes, address);
        blocks.add(new Block(address, bytes));
    }

    private long attempt(LongSupplier call) {
        long result = 0;
        try {
            result = call.getAsLong();
        } catch (OutOfMemoryError error) {
            assertThat(error).hasMessage("a test's");
        }
        failures += result == 0 ? 1 : 0;
        return result;
    }

    private void bulk(KmemCache cache, int bytes, int count) {
        long[] objects = new long[count];
        if (attempt(() -> cache.allocBulk(GFP_KERNEL, objects)) == 0) {
            assertThat(objects).containsOnly(0);
        } else {
            for (long object : objects) {
                keep(object, bytes);
            }
        }
    }

    private void prefill(KmemCache cache) {
        PrefilledSheaf[] made = new PrefilledSheaf[1];
        attempt(() -> {
            @Nullable PrefilledSheaf sheaf = cache.prefillSheaf(GFP_KERNEL, 12);
            made[0] = sheaf;
            return sheaf == null ? 0 : 1;
        });
        if (made[0] != null) {
            take(3000, () -> made[0].alloc(GFP_KERNEL));
            int before = made[0].size();
            boolean isRefilled = attempt(() -> made[0].refill(GFP_KERNEL, 25) ? 1 : 0) != 0;
            assertThat(made[0].size()).isEqualTo(isRefilled ? 25 : before);
            made[0].close();
        }
    }

    private void resize() {
        for (int at = blocks.size() - 1; at >= 0; at -= 7) {
            Block old = blocks.get(at);
            int bytes = old.bytes * 3 / 2;
            long moved = attempt(() -> kmalloc.krealloc(old.address, bytes, GFP_KERNEL));
            if (moved != 0) {
                assertThat(test.isPainted(moved, old.bytes, old.address)).isTrue();
                test.paint(moved, bytes, moved);
                blocks.set(at, new Block(moved, bytes));
            }
        }
    }

    private void defer() {
        Collections.shuffle(blocks, new java.util.Random(1));
        for (int time = 0; time < 40; time++) {
            Block block = blocks.removeLast();
            expectPainted(block);
            kmalloc.kfreeRcu(block.address);
        }
    }

    private void expectPainted(Block block) {
        assertThat(test.isPainted(block.address, block.bytes, block.address)).isTrue();
    }

    private void finish(String what) {
        assertThat(test.slabs.validate()).as(what).isEmpty();
        for (Block block : blocks) {
            expectPainted(block);
            kmalloc.kfree(block.address);
        }
        blocks.clear();
        for (String name : List.of("small", "large")) {
            assertThat(test.slabs.find(name).orElseThrow().destroy()).as(what).isEqualTo(DestroyReport.DESTROYED);
        }
        assertThat(kmalloc.largeBlocks()).as(what).isZero();
        test.slabs.caches().forEach(KmemCache::shrink);
        test.expectValid();
        test.expectAllPagesBack();
    }
}
