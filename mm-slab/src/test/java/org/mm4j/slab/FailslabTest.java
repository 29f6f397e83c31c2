package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_NOFAIL;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.mm4j.api.FaultAttributes;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.KernelLog;

/** Allocations that are made to fail. */
class FailslabTest {
    private static Failslab failslab(String attributes) {
        FaultInjection faults = new FaultInjection("failslab", new Random(1), new KernelLog());
        return new Failslab(faults.set(FaultAttributes.parse(attributes)));
    }

    @Test
    void whatTheEngineKeepsIsToldThroughTheFaults() {
        SlabConfig sheaves = EngineKind.SHEAVES_SHARED.over(SlabConfig.ofCpus(1));
        KmemCache plain = new TestSlabs(sheaves).create("things", 64);
        KmemCache faulty = new TestSlabs(sheaves.withFailslab(failslab("2,100,0,-1"))).create("things", 64);

        assertThat(faulty.engine()).isInstanceOf(FailslabEngine.class);
        assertThat(faulty.engine().sheafCapacity())
                .isEqualTo(plain.engine().sheafCapacity())
                .isPositive();
        assertThat(SlabAttributes.of(faulty))
                .containsEntry("sheaf_capacity", plain.layout().sheafCapacity() + "\n");
    }

    @Test
    void partialSlabsAreToldThroughTheFaults() {
        TestSlabs test = new TestSlabs(SlabConfig.ofCpus(1).withFailslab(failslab("1,0,0,-1")));
        KmemCache cache = test.create("things", 64);
        long[] objects = new long[4 * cache.layout().objectsPerSlab()];
        cache.allocBulk(GFP_KERNEL, objects);
        cache.free(objects[0]);

        assertThat(cache.engine().partialSlabs(0)).isEqualTo(1);
        cache.freeBulk(Arrays.copyOfRange(objects, 1, objects.length));
        test.expectValid();
    }

    @Test
    void requestsFailAndNothingIsLost() {
        TestSlabs test = new TestSlabs(SlabConfig.ofCpus(1).withFailslab(failslab("2,100,0,-1")));
        KmemCache cache = test.create("things", 64);
        long object = cache.alloc(GFP_KERNEL);
        assertThat(object).isNotZero();
        assertThat(cache.alloc(GFP_KERNEL)).isZero();
        assertThat(cache.alloc(GFP_KERNEL | __GFP_NOFAIL)).isNotZero();
        assertThat(cache.allocBulk(GFP_KERNEL, new long[4])).isEqualTo(4);
        long[] objects = new long[4];
        assertThat(cache.allocBulk(GFP_KERNEL, objects)).isZero();
        assertThat(objects).containsOnly(0);
        cache.free(object);
        test.expectValid();
    }

    @Test
    void onlySomeCachesAndRequests() {
        Failslab failslab = failslab("1,100,0,-1").filterCaches(true);
        failslab.faults().set(failslab.faults().attributes().sparingWaiters());
        TestSlabs test =
                new TestSlabs(SlabConfig.ofCpus(1).withSlabDebug("A,bad").withFailslab(failslab));
        KmemCache bad = test.create("bad", 64);
        KmemCache good = test.create("good", 64);
        assertThat(bad.alloc(GFP_NOWAIT)).isZero();
        assertThat(bad.alloc(GFP_KERNEL)).isNotZero();
        assertThat(good.alloc(GFP_NOWAIT)).isNotZero();
        failslab.filterCaches(false);
        assertThat(good.alloc(GFP_NOWAIT)).isZero();
    }

    @Test
    @DisplayName("faults begin and end while caches are used")
    void attributesChange() {
        Failslab failslab = failslab("1,0,0,0");
        TestSlabs test = new TestSlabs(SlabConfig.ofCpus(1).withFailslab(failslab));
        KmemCache cache = test.create("things", 64);
        assertThat(cache.alloc(GFP_KERNEL)).isNotZero();
        failslab.faults().set(FaultAttributes.oneIn(1).withTimes(1));
        assertThat(cache.alloc(GFP_KERNEL)).isZero();
        assertThat(cache.alloc(GFP_KERNEL)).isNotZero();
        assertThat(failslab.faults().faults()).isEqualTo(1);
    }
}
