package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.slab.SlabFlags.SLAB_FAILSLAB;
import static org.mm4j.slab.SlabFlags.SLAB_NO_MERGE;
import static org.mm4j.slab.SlabFlags.SLAB_PANIC;

import java.util.List;
import java.util.Objects;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Caches come, share, and go. */
class CacheRegistryTest {
    private final TestSlabs test = TestSlabs.onCpus(2);

    @Test
    void theNewestIsFirst() {
        test.create("one", 64);
        test.create("two", 128);
        assertThat(names()).containsExactly("two", "one");
        assertThat(test.slabs.snapshot().stream().map(KmemCacheSnapshot::name)).containsExactly("two", "one");
    }

    @Test
    void c56ADoubleNameWarnsAndMakesTwo() {
        KmemCache one = test.create("same", 64, KmemCacheArgs.NONE.withFlags(SLAB_NO_MERGE));
        KmemCache other = test.create("same", 64, KmemCacheArgs.NONE.withFlags(SLAB_NO_MERGE));
        assertThat(one).isNotSameAs(other);
        assertThat(test.log.lines()).containsExactly("kmem_cache of name 'same' already exists");
    }

    @Test
    void c56BadFlagsAndSizesMakeNone() {
        assertThat(test.slabs.kmemCacheCreate("bad", 64, 0, SLAB_FAILSLAB)).isNull();
        assertThat(test.slabs.kmemCacheCreate("bad", 64, 0, 1 << 30)).isNull();
        assertThat(test.slabs.kmemCacheCreate("bad", 0, 0, 0)).isNull();
        assertThat(test.slabs.kmemCacheCreate("bad", -5, 0, 0)).isNull();
        assertThat(test.slabs.kmemCacheCreate("bad", (4 << 20) + 1, 0, 0)).isNull();
        assertThat(test.slabs.kmemCacheCreate("bad", 64, 3, 0)).isNull();
        assertThat(test.slabs.kmemCacheCreate("", 64, 0, 0)).isNull();
        assertThat(test.log.lines()).hasSize(7).allMatch(line -> line.contains("failed with error -22"));
        assertThatThrownBy(() -> test.slabs.kmemCacheCreate("bad", 0, 0, SLAB_PANIC))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Failed to create slab 'bad'. Error -22");
        assertThat(names()).isEmpty();
    }

    @Test
    void aBadPartForUserSpaceIsNone() {
        for (KmemCacheArgs args : List.of(
                KmemCacheArgs.NONE.withUsercopy(60, 8),
                KmemCacheArgs.NONE.withUsercopy(4, 0),
                KmemCacheArgs.NONE.withUsercopy(-1, 8),
                KmemCacheArgs.NONE.withUsercopy(8, Integer.MAX_VALUE))) {
            KmemCache cache = test.create("part" + args.usercopyOffset(), 64, args);
            assertThat(cache.layout().request().hasUsercopy()).isFalse();
        }
        assertThat(test.log.lines()).hasSize(4);
    }

    @Test
    void c58AnAlikeCacheIsShared() {
        KmemCache one = test.create("one", 60);
        KmemCache other = test.create("other", 64);
        assertThat(other).isSameAs(one);
        assertThat(other.objectSize()).isEqualTo(64);
        assertThat(other.name()).isEqualTo("one");
        KmemCacheSnapshot look = other.snapshot();
        assertThat(look.users()).isEqualTo(2);
        assertThat(look.aliases()).containsExactly("other");
        assertThat(names()).containsExactly("one");

        long object = other.alloc(GFP_KERNEL);
        assertThat(other.destroy().isDestroyed()).isTrue();
        assertThat(names()).containsExactly("one");
        one.free(object);
        assertThat(one.destroy().isDestroyed()).isTrue();
        assertThat(names()).isEmpty();
        assertThatThrownBy(one::destroy).isInstanceOf(IllegalStateException.class);
        test.expectAllPagesBack();
    }

    @Test
    void theOldestAlikeCacheIsShared() {
        TestSlabs own = new TestSlabs(SlabConfig.ofCpus(2).withMerging(false));
        assertThat(own.create("one", 64)).isNotSameAs(own.create("other", 64));
        KmemCache oldest = test.create("oldest", 72);
        test.create("newer", 64);
        assertThat(test.create("third", 72)).isSameAs(oldest);
    }

    @Test
    void aCacheWithObjectsStays() {
        KmemCache cache = test.create("used", 64);
        long object = cache.alloc(GFP_KERNEL);
        DestroyReport report = cache.destroy();
        assertThat(report).isEqualTo(new DestroyReport(false, 1, List.of(object)));
        assertThat(test.log.lines().getFirst()).isEqualTo("kmem_cache_destroy used: Slab cache still has objects");
        test.expectValid();
        cache.free(object);
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    @Test
    @DisplayName("a call that is under way has a slab: it says so, and the cache is destroyed when the call has ended")
    void aCacheInUseStays() {
        KmemCache cache = test.create("busy", 64);
        cache.free(cache.alloc(GFP_KERNEL));
        Slab taken = Objects.requireNonNull(cache.slabs().create(GFP_KERNEL, 0)); // as an allocation does
        assertThat(cache.destroy()).isEqualTo(new DestroyReport(false, 0, List.of()));
        assertThat(test.log.lines())
                .singleElement(InstanceOfAssertFactories.STRING)
                .startsWith("kmem_cache_destroy busy: a call is under way")
                .doesNotContain("still has objects");
        long object = cache.alloc(GFP_KERNEL);
        assertThat(object).as("the cache is as it was").isNotZero();
        cache.free(object);
        cache.slabs().list(taken, true);
        assertThat(cache.destroy()).isEqualTo(DestroyReport.DESTROYED);
        test.expectAllPagesBack();
    }

    @Test
    void aDestroyedCacheIsNotUsedAgain() {
        KmemCache cache = test.create("gone", 64);
        cache.free(cache.alloc(GFP_KERNEL));
        cache.destroy();
        assertThatThrownBy(() -> cache.alloc(GFP_KERNEL)).isInstanceOf(IllegalStateException.class);
        test.expectAllPagesBack();
    }

    @Test
    void closingGivesAllPagesBack() {
        KmemCache cache = test.create("used", 64);
        for (int count = 0; count < 500; count++) {
            cache.alloc(GFP_KERNEL);
        }
        test.create("empty", 128).alloc(GFP_KERNEL);
        test.slabs.close();
        test.slabs.close();
        assertThat(names()).isEmpty();
        test.expectAllPagesBack();
    }

    private List<String> names() {
        return test.slabs.caches().stream().map(KmemCache::name).toList();
    }
}
