package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.BadObjectException;

@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class PrefilledSheafTest {
    private final TestSlabs test;
    private final KmemCache cache;

    PrefilledSheafTest(EngineKind engine) {
        test = new TestSlabs(engine.over(SlabConfig.ofCpus(1)));
        cache = test.create("things", 64);
    }

    @Test
    void asManyObjectsAsPromisedCanBeTaken() {
        PrefilledSheaf sheaf = Objects.requireNonNull(cache.prefillSheaf(GFP_KERNEL, 200));
        test.pagesLeft.set(0);
        assertThat(sheaf.size()).isEqualTo(200);
        List<Long> objects = new ArrayList<>();
        for (int at = 0; at < 200; at++) {
            objects.add(sheaf.alloc(GFP_NOWAIT));
        }
        assertThat(objects).doesNotContain(0L).doesNotHaveDuplicates();
        assertThat(sheaf.alloc(GFP_NOWAIT)).isZero();
        objects.forEach(cache::free);
        test.expectValid();
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    @Test
    void whatIsNotTakenComesBack() {
        PrefilledSheaf sheaf = Objects.requireNonNull(cache.prefillSheaf(GFP_KERNEL, 10));
        assertThat(sheaf.refill(GFP_KERNEL, 100)).isTrue();
        long object = sheaf.alloc(GFP_KERNEL);
        assertThat(sheaf.size()).isEqualTo(99);
        test.expectValid();
        assertThat(cache.destroy().isDestroyed())
                .as("with objects in the sheaf")
                .isFalse();
        sheaf.close();
        assertThat(sheaf.size()).isZero();
        cache.free(object);
        test.expectValid();
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    @Test
    void anObjectInTheSheafIsNotFreed() {
        PrefilledSheaf sheaf = Objects.requireNonNull(cache.prefillSheaf(GFP_KERNEL, 1));
        long object = sheaf.alloc(GFP_KERNEL);
        cache.free(object);
        cache.engine().flush();
        assertThat(sheaf.refill(GFP_KERNEL, 64)).isTrue();
        assertThatThrownBy(() -> cache.free(object)).isInstanceOf(BadObjectException.class);
        sheaf.close();
        test.expectValid();
    }

    @Test
    void withoutMemoryThereIsNone() {
        test.pagesLeft.set(1);
        assertThat(cache.prefillSheaf(GFP_NOWAIT, 1000)).isNull();
        assertThatThrownBy(() -> cache.prefillSheaf(GFP_NOWAIT, 0)).isInstanceOf(IllegalArgumentException.class);
        test.expectValid();
        assertThat(cache.shrink()).isFalse();
        test.expectAllPagesBack();
    }
}
