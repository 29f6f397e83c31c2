package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_THISNODE;
import static org.mm4j.api.Gfp.__GFP_ZERO;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.CpuSource;

/** One cache, one thread. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class KmemCacheTest {
    private final EngineKind engine;
    private final TestSlabs test;
    private final KmemCache cache;

    KmemCacheTest(EngineKind engine) {
        this.engine = engine;
        test = slabs(SlabConfig.ofCpus(2));
        cache = test.create("things", 100);
    }

    private TestSlabs slabs(SlabConfig config) {
        return new TestSlabs(engine.over(config));
    }

    @Test
    void objectsAreApartAndAligned() {
        Set<Long> objects = new HashSet<>();
        for (int count = 0; count < 1000; count++) {
            long object = cache.alloc(GFP_KERNEL);
            assertThat((object - HeapMemory.ADDRESS) % 8).isZero();
            for (long other : List.of(object - 96, object + 96)) {
                assertThat(objects).doesNotContain(other);
            }
            assertThat(objects.add(object)).isTrue();
        }
        test.expectValid();
        objects.forEach(cache::free);
        test.expectValid();
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    @Test
    void theObjectFreedLastIsTakenFirst() {
        long one = cache.alloc(GFP_KERNEL);
        long other = cache.alloc(GFP_KERNEL);
        cache.free(one);
        cache.free(other);
        assertThat(cache.alloc(GFP_KERNEL)).isEqualTo(other);
        assertThat(cache.alloc(GFP_KERNEL)).isEqualTo(one);
    }

    @Test
    void zeroedObjectsAreZeroToTheirLastByte() {
        long object = cache.alloc(GFP_KERNEL);
        test.paint(object, 100, 7);
        cache.free(object);
        long again = cache.zalloc(GFP_KERNEL);
        assertThat(again).isEqualTo(object);
        for (int at = 0; at < 96; at += 8) {
            assertThat(test.word(again + at)).isZero();
        }
        assertThat((int) test.word(again + 96)).isZero();
    }

    @Test
    void aConstructedObjectKeepsItsState() {
        List<Long> constructed = new ArrayList<>();
        KmemCache things = test.create("constructed", 64, KmemCacheArgs.NONE.withCtor(address -> {
            constructed.add(address);
            test.paint(address, 64, 3);
        }));
        long object = things.alloc(GFP_KERNEL);
        int made = constructed.size();
        assertThat(made % things.layout().objectsPerSlab()).isZero();
        assertThat(constructed).doesNotHaveDuplicates().contains(object);
        for (int round = 0; round < 10; round++) {
            assertThat(test.isPainted(object, 64, 3)).isTrue();
            things.free(object);
            object = things.alloc(GFP_KERNEL);
        }
        assertThat(constructed).hasSize(made);
    }

    @Test
    void c54ConstructorAndZeroWarnOnceAndZero() {
        KmemCache things =
                test.create("constructed", 64, KmemCacheArgs.NONE.withCtor(address -> test.paint(address, 64, 3)));
        long object = things.alloc(GFP_KERNEL | __GFP_ZERO);
        assertThat(test.word(object)).isZero();
        assertThat(test.log.lines()).singleElement().asString().contains("constructor");
    }

    @Test
    void aConstructorThatThrowsLosesNothing() {
        KmemCache things = test.create("bad", 64, KmemCacheArgs.NONE.withCtor(_ -> {
            throw new IllegalStateException("no");
        }));
        assertThatThrownBy(() -> things.alloc(GFP_KERNEL)).isInstanceOf(IllegalStateException.class);
        test.expectValid();
        test.expectAllPagesBack();
    }

    @Test
    void objectsWithRedZonesAreUsedBetweenThem() {
        int flags = SlabFlags.SLAB_RED_ZONE | SlabFlags.SLAB_POISON | SlabFlags.SLAB_STORE_USER;
        KmemCache things =
                test.create("checked", 64, KmemCacheArgs.NONE.withAlign(64).withFlags(flags));
        List<Long> objects = take(things, 100);
        for (long object : objects) {
            assertThat(object % 64).isZero();
            test.paint(object, 64, object);
        }
        for (long object : objects) {
            assertThat(test.isPainted(object, 64, object)).isTrue();
            things.free(object);
        }
        test.expectValid();
    }

    @Test
    void c55PagesOfATypesafeCacheStayForAGracePeriod() {
        Rcu rcu = new Rcu(1, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES);
        TestSlabs own = slabs(SlabConfig.ofCpus(1).withRcu(rcu));
        KmemCache things = own.create("typesafe", 64, KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_TYPESAFE_BY_RCU));
        long pagesFree = own.pagesFree();
        long object = things.alloc(GFP_KERNEL);
        own.paint(object, 64, 5);
        int section = rcu.readLock();
        things.free(object);
        assertThat(things.destroy().isDestroyed()).isTrue();
        assertThat(own.pagesFree()).isLessThan(pagesFree);
        assertThat(own.isPainted(object, 64, 5)).isTrue();
        own.expectValid();
        rcu.work();
        assertThat(own.pagesFree()).isLessThan(pagesFree);
        rcu.readUnlock(section);
        rcu.barrier();
        own.expectAllPagesBack();
    }

    // Bad pointers.

    @Test
    void aSecondFreeIsRefusedWhereverTheObjectIs() {
        List<Long> objects = take(300);
        for (long object : objects) {
            cache.free(object);
            refused(object, engine == EngineKind.DEBUG ? "free" : "Object already free"); // whose slab may be gone
        }
        objects.forEach(object -> refused(object, "free")); // or its slab is gone
        cache.shrink();
        objects.forEach(object -> refused(object, "no slab"));
        test.expectValid();
        test.expectAllPagesBack();
    }

    @Test
    void whatIsNoObjectIsRefused() {
        long object = cache.alloc(GFP_KERNEL);
        for (long offset : new long[] {1, 8, 50, 103}) {
            refused(object + offset, "Invalid object pointer");
        }
        long pageEnd = (object & -4096) + 4095;
        refused(pageEnd, "Invalid object pointer");
        for (long address :
                new long[] {0, 8, -1, HeapMemory.ADDRESS - 8, HeapMemory.ADDRESS, Long.MIN_VALUE, 1L << 62}) {
            refused(address, "no slab");
        }
        cache.free(object);
    }

    @Test
    void c40AnObjectOfAnotherCacheIsRefused() {
        KmemCache other = test.create("others", 200);
        long object = other.alloc(GFP_KERNEL);
        refused(object, "Wrong slab cache. things but object");
        other.free(object);
        test.expectValid();
    }

    private void refused(long address, String reason) {
        assertThatThrownBy(() -> cache.free(address))
                .isInstanceOf(BadObjectException.class)
                .hasMessageContaining(reason)
                .extracting(thrown -> ((BadObjectException) thrown).address())
                .isEqualTo(address);
    }

    // The cache as a whole.

    @Test
    void c57ShrinkingAnEmptyCacheLeavesNothing() {
        assertThat(cache.shrink()).isFalse();
        List<Long> objects = take(500);
        assertThat(cache.shrink()).isTrue();
        objects.forEach(cache::free);
        assertThat(cache.shrink()).isFalse();
        test.expectValid();
        test.expectAllPagesBack();
    }

    // Many at once.

    @Test
    void bulkTakesAllAndGivesAllBack() {
        long[] objects = new long[777];
        assertThat(cache.allocBulk(GFP_KERNEL | __GFP_ZERO, objects)).isEqualTo(777);
        assertThat(objects).doesNotHaveDuplicates().doesNotContain(0L);
        test.expectValid();
        cache.freeBulk(objects);
        test.expectValid();
        assertThat(cache.shrink()).isFalse();
        test.expectAllPagesBack();
    }

    @Test
    void c52BulkTakesAllOrNothing() {
        int perSlab = cache.layout().objectsPerSlab();
        test.pagesLeft.set(2);
        long[] objects = new long[2 * perSlab + 1];
        assertThat(cache.allocBulk(GFP_NOWAIT, objects)).isZero();
        assertThat(objects).containsOnly(0);
        test.expectValid();
        assertThat(cache.shrink()).isFalse();
        test.expectAllPagesBack();
    }

    @Test
    void bulkThatThrowsTakesNothing() {
        int[] objects = new int[1];
        KmemCache things = test.create("bad", 64, KmemCacheArgs.NONE.withCtor(_ -> {
            if (++objects[0] > 100) {
                throw new IllegalStateException("no");
            }
        }));
        long[] taken = new long[200];
        assertThatThrownBy(() -> things.allocBulk(GFP_KERNEL, taken)).isInstanceOf(IllegalStateException.class);
        assertThat(taken).containsOnly(0);
        test.expectValid();
        assertThat(things.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    @Test
    void c53ObjectsOfSomeCachesAreFreedAtOnce() {
        KmemCache other = test.create("others", 300);
        KmemCache third = test.create("third", 1000);
        long[] objects = new long[300];
        for (int at = 0; at < objects.length; at++) {
            objects[at] = List.of(cache, other, third).get(at % 3).alloc(GFP_KERNEL);
        }
        test.slabs.freeBulk(objects, objects.length);
        test.expectValid();
        for (KmemCache each : List.of(cache, other, third)) {
            assertThat(each.destroy().isDestroyed()).isTrue();
        }
        test.expectAllPagesBack();
    }

    @Test
    void bulkWithABadPointerFreesNothing() {
        long[] objects = new long[50];
        cache.allocBulk(GFP_KERNEL, objects);
        long[] bad = objects.clone();
        bad[30] = bad[3];
        assertThatThrownBy(() -> cache.freeBulk(bad)).isInstanceOf(BadObjectException.class);
        bad[30] = objects[30] + 8;
        assertThatThrownBy(() -> cache.freeBulk(bad)).isInstanceOf(BadObjectException.class);
        assertThatThrownBy(() -> test.slabs.freeBulk(new long[] {objects[0], 0}, 2))
                .isInstanceOf(BadObjectException.class);
        assertThatThrownBy(() -> cache.freeBulk(objects, 51)).isInstanceOf(IllegalArgumentException.class);
        test.expectValid();
        cache.freeBulk(objects);
        test.expectValid();
    }

    // Nodes.

    @Test
    void anObjectComesFromTheNodeThatIsAskedFor() {
        TestSlabs own = slabs(SlabConfig.ofCpus(2).withNodes(2, each -> each));
        KmemCache things = own.create("things", 64);
        for (int round = 0; round < 300; round++) {
            int nid = round / 3 % 2;
            long object = things.allocNode(GFP_KERNEL | __GFP_THISNODE, nid);
            assertThat(own.pages.nodeOf((object - HeapMemory.ADDRESS) >>> 12)).isEqualTo(nid);
        }
        own.expectValid();
        assertThatThrownBy(() -> things.allocNode(GFP_KERNEL, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> things.allocNode(GFP_KERNEL, -2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anotherNodeWillDoWhenTheNodeIsFull() {
        TestSlabs own = slabs(SlabConfig.ofCpus(1).withNodes(2, _ -> 0));
        KmemCache things = own.create("things", 4096);
        long pfn;
        do {
            pfn = own.pages.allocPages(GFP_NOWAIT | __GFP_THISNODE, 0, 1);
        } while (pfn != 0);
        assertThat(things.allocNode(GFP_NOWAIT | __GFP_THISNODE, 1)).isZero();
        assertThat(things.allocNode(GFP_NOWAIT, 1)).isNotZero();
        own.expectValid();
    }

    // No memory.

    @Test
    void anAllocationWithoutPagesReturnsZeroAndSaysSo() {
        test.pagesLeft.set(0);
        assertThat(cache.alloc(GFP_NOWAIT)).isZero();
        assertThat(test.log.lines()).isEmpty();
        assertThat(cache.alloc(GFP_KERNEL)).isZero();
        assertThat(test.log.lines()).hasSize(3).first().asString().startsWith("SLUB: Unable to allocate memory");
        test.expectValid();
    }

    @Test
    void smallSlabsDoWhereLargeOnesAreShort() {
        KmemCache large = test.create("large", 1000);
        assertThat(large.layout().order()).isPositive();
        List<Long> pages = new ArrayList<>();
        for (long pfn = test.pages.allocPages(GFP_NOWAIT, 1); pfn != 0; pfn = test.pages.allocPages(GFP_NOWAIT, 1)) {
            test.pages.splitPage(pfn, 1);
            test.pages.freePages(pfn, 0);
            pages.add(pfn + 1);
        }
        List<Long> objects = take(large, 100);
        assertThat(large.snapshot().objects())
                .isEqualTo(large.snapshot().slabs() * large.layout().minOrderObjects());
        test.expectValid();
        objects.forEach(large::free);
        pages.forEach(pfn -> test.pages.freePages(pfn, 0));
        assertThat(large.shrink()).isFalse();
        test.expectAllPagesBack();
    }

    private List<Long> take(int count) {
        return take(cache, count);
    }

    private static List<Long> take(KmemCache from, int count) {
        List<Long> objects = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            long object = from.alloc(GFP_KERNEL);
            assertThat(object).isNotZero();
            objects.add(object);
        }
        return objects;
    }
}
