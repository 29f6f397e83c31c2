package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_NOFAIL;

import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Allocations that are made to fail. */
class FailslabTest {
    private static FaultAttributes faults(long interval, int probability, long space, long times) {
        return new FaultAttributes(interval, probability, space, times, false, false);
    }

    private static String outcomes(FaultAttributes attributes, int calls) {
        FaultInjection faults = new FaultInjection(attributes, 1);
        StringBuilder text = new StringBuilder();
        for (int call = 0; call < calls; call++) {
            text.append(faults.shouldFail(10) ? 'F' : '.');
        }
        return text.toString();
    }

    @Test
    @DisplayName("C86: which calls fail")
    void sequences() {
        assertThat(outcomes(faults(1, 100, 0, -1), 6)).isEqualTo("FFFFFF");
        assertThat(outcomes(faults(1, 0, 0, -1), 6)).isEqualTo("......");
        assertThat(outcomes(faults(3, 100, 0, -1), 9)).isEqualTo("..F..F..F");
        assertThat(outcomes(faults(1, 100, 0, 2), 6)).isEqualTo("FF....");
        assertThat(outcomes(faults(1, 100, 35, -1), 6)).isEqualTo("...FFF");
        assertThat(outcomes(faults(2, 100, 25, 1), 8)).isEqualTo("...F....");
        assertThat(outcomes(faults(1, 100, 0, 0), 4)).isEqualTo("....");
        String half = outcomes(faults(1, 50, 0, -1), 1000);
        assertThat(half).isEqualTo(outcomes(faults(1, 50, 0, -1), 1000));
        assertThat(half.chars().filter(each -> each == 'F').count()).isBetween(420L, 580L);
    }

    @Test
    void badAttributesAreRefused() {
        assertThatThrownBy(() -> faults(-1, 0, 0, 0)).hasMessageContaining("interval");
        assertThatThrownBy(() -> faults(1, 101, 0, 0)).hasMessageContaining("101");
        assertThatThrownBy(() -> faults(1, 1, -1, 0)).hasMessageContaining("space");
        assertThatThrownBy(() -> faults(1, 1, 0, -2)).hasMessageContaining("-2");
    }

    @Test
    void whatTheEngineKeepsIsToldThroughTheFaults() {
        SlabConfig sheaves = EngineKind.SHEAVES_SHARED.over(SlabConfig.ofCpus(1));
        KmemCache plain = new TestSlabs(sheaves).create("things", 64);
        KmemCache faulty = new TestSlabs(sheaves.withFailslab(faults(2, 100, 0, -1))).create("things", 64);

        assertThat(faulty.engine()).isInstanceOf(FailslabEngine.class);
        assertThat(faulty.engine().sheafCapacity())
                .isEqualTo(plain.engine().sheafCapacity())
                .isPositive();
        assertThat(SlabAttributes.of(faulty))
                .containsEntry("sheaf_capacity", plain.layout().sheafCapacity() + "\n");
    }

    @Test
    void partialSlabsAreToldThroughTheFaults() {
        TestSlabs test = new TestSlabs(SlabConfig.ofCpus(1).withFailslab(faults(1, 0, 0, -1)));
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
        TestSlabs test = new TestSlabs(SlabConfig.ofCpus(1).withFailslab(faults(2, 100, 0, -1)));
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
        TestSlabs test = new TestSlabs(SlabConfig.ofCpus(1)
                .withSlabDebug("A,bad")
                .withFailslab(new FaultAttributes(1, 100, 0, -1, true, true)));
        KmemCache bad = test.create("bad", 64);
        assertThat(bad.alloc(GFP_NOWAIT)).isZero();
        assertThat(bad.alloc(GFP_KERNEL)).isNotZero();
        assertThat(test.create("good", 64).alloc(GFP_NOWAIT)).isNotZero();
    }
}
