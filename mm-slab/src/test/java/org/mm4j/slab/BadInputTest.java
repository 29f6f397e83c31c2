package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_ZERO;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.CpuSource;

/** What no program should ask for is refused in one sentence that names it, in every engine, and nothing changes. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class BadInputTest {
    private static final KmemCacheArgs ALONE = KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_NO_MERGE);

    private final Rcu rcu = new Rcu(1, CpuSource.fixed(0), AsymmetricBarrier.FENCES);
    private final TestSlabs test;
    private final Kmalloc kmalloc;

    BadInputTest(EngineKind engine) {
        test = new TestSlabs(engine.over(SlabConfig.ofCpus(1).withRcu(rcu)));
        kmalloc = new Kmalloc(test.slabs);
    }

    // Caches.

    @Test
    void cachesThatCannotBe() {
        int caches = test.slabs.caches().size();
        List<KmemCacheArgs> args = List.of(
                ALONE.withAlign(3),
                ALONE.withAlign(-8),
                ALONE.withAlign(Integer.MIN_VALUE),
                ALONE.withAlign(1 << 30),
                ALONE.withFlags(1 << 31),
                ALONE.withFreePointerOffset(8),
                ALONE.withCtor(_ -> {}).withFreePointerOffset(60),
                ALONE.withCtor(_ -> {}).withFreePointerOffset(-8),
                ALONE.withSheafCapacity(-1),
                ALONE.withSheafCapacity(Integer.MAX_VALUE));
        for (KmemCacheArgs each : args) {
            refusesCache(64, each);
        }
        for (int bytes : new int[] {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, (4 << 20) + 1}) {
            refusesCache(bytes, ALONE);
        }
        refusesCache(4 << 20, ALONE.withCtor(_ -> {})); // with its link it fits into no block
        assertThat(test.slabs.caches()).hasSize(caches);
    }

    private void refusesCache(int bytes, KmemCacheArgs args) {
        long before = test.log.linesWritten();
        assertThat(test.slabs.kmemCacheCreate("bad", bytes, args))
                .as(args.toString())
                .isNull();
        assertThat(test.log.linesWritten()).isEqualTo(before + 1);
        assertThat(test.log.lines().getLast()).startsWith("kmem_cache_create(bad) failed with error");
    }

    @Test
    void numbersThatMakeNoSense() {
        KmemCache cache = test.create("things", 64, ALONE);
        for (int size : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> cache.prefillSheaf(GFP_KERNEL, size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(String.valueOf(size));
        }
        assertThat(cache.prefillSheaf(GFP_KERNEL, Integer.MAX_VALUE)).isNull();
        for (int nid : new int[] {1, -2, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> cache.allocNode(GFP_KERNEL, nid))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(String.valueOf(nid));
            assertThatThrownBy(() -> kmalloc.kmallocNode(100, GFP_KERNEL, nid))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> kmalloc.kmallocNode(10_000, GFP_KERNEL, nid))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        for (int count : new int[] {-1, 3, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> cache.freeBulk(new long[2], count)).hasMessageContaining(String.valueOf(count));
            assertThatThrownBy(() -> kmalloc.kfreeBulk(new long[2], count)).hasMessageContaining(String.valueOf(count));
        }
        assertThat(cache.allocBulk(GFP_KERNEL, new long[0])).isZero();
        expectUnchanged(cache);
    }

    @Test
    void sizesThatCannotBe() {
        for (long bytes : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, (4 << 20) + 1, 1L << 32}) {
            assertThat(kmalloc.kmalloc(bytes, GFP_KERNEL)).as("%d", bytes).isZero();
            assertThat(kmalloc.kmallocLarge(bytes, GFP_KERNEL)).isZero();
            assertThat(kmalloc.kmallocTrackCaller(bytes, GFP_KERNEL, 3)).isZero();
            long address = kmalloc.kmalloc(30, GFP_KERNEL);
            test.paint(address, 30, 1);
            assertThat(kmalloc.krealloc(address, bytes, GFP_KERNEL | __GFP_ZERO))
                    .isZero();
            assertThat(test.isPainted(address, 30, 1)).isTrue();
            kmalloc.kfree(address);
        }
        assertThat(kmalloc.kmallocArray(1L << 32, 1L << 32, GFP_KERNEL)).isZero();
        assertThat(kmalloc.kmallocArray(-1, 2, GFP_KERNEL)).isZero();
        assertThat(kmalloc.kreallocArray(0, Long.MIN_VALUE, 2, GFP_KERNEL)).isZero();
        for (long align : new long[] {0, 3, -8, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> kmalloc.kreallocNodeAlign(0, 8, align, GFP_KERNEL, 0))
                    .hasMessageContaining(String.valueOf(align));
        }
        assertThat(kmalloc.kreallocNodeAlign(0, 8, 1L << 62, GFP_KERNEL, 0)).isZero();
        assertThat(kmalloc.largeBlocks()).isZero();
        test.expectValid();
    }

    // Addresses.

    /** Addresses that nobody has: outside, between, inside of objects, freed, waiting for readers, set apart. */
    private List<Long> nobodys(KmemCache cache, PrefilledSheaf apart) {
        long live = cache.alloc(GFP_KERNEL);
        long large = kmalloc.kmalloc(20_000, GFP_KERNEL);
        long freed = cache.alloc(GFP_KERNEL);
        long freedLarge = kmalloc.kmalloc(20_000, GFP_KERNEL);
        long waiting = cache.alloc(GFP_KERNEL);
        long waitingLarge = kmalloc.kmalloc(20_000, GFP_KERNEL);
        kmalloc.kfree(freed);
        kmalloc.kfree(freedLarge);
        kmalloc.kfreeRcu(waiting);
        kmalloc.kfreeRcu(waitingLarge);
        List<Long> addresses = new ArrayList<>(
                List.of(1L, 8L, 17L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, HeapMemory.ADDRESS, HeapMemory.ADDRESS - 8));
        addresses.addAll(List.of(HeapMemory.ADDRESS + test.memory.bytes(), live + 1, live + 8, live - 8, live + 63));
        addresses.addAll(List.of(large + 8, large + 4096, freed, freedLarge, waiting, waitingLarge));
        SlabFrames frames = test.slabs.parts().frames();
        frames.forEachSlab(slab -> {
            for (int object = 1; slab.cache == cache && object <= slab.objects; object++) {
                if (!slab.isFree(object) && !slab.isAllocated(object)) {
                    addresses.add(cache.memory().address(slab, object));
                }
            }
        });
        assertThat(apart.size()).isEqualTo(3);
        return addresses;
    }

    @Test
    void addressesThatNobodyHas() {
        KmemCache cache = test.create("things", 64, ALONE);
        PrefilledSheaf apart = Objects.requireNonNull(cache.prefillSheaf(GFP_KERNEL, 3));
        List<LongConsumer> calls = List.of(
                cache::free,
                address -> cache.freeBulk(new long[] {address}),
                address -> test.slabs.freeBulk(new long[] {address}, 1),
                kmalloc::kfree,
                kmalloc::kfreeSensitive,
                kmalloc::kfreeRcu,
                kmalloc::kfreeRcuMightSleep,
                kmalloc::ksize,
                address -> kmalloc.kfreeBulk(new long[] {address}, 1),
                address -> kmalloc.krealloc(address, 0, GFP_KERNEL),
                address -> kmalloc.krealloc(address, 10, GFP_KERNEL | __GFP_ZERO),
                address -> kmalloc.krealloc(address, 100_000, GFP_KERNEL));
        for (long address : nobodys(cache, apart)) {
            for (int call = 0; call < calls.size(); call++) {
                LongConsumer each = calls.get(call);
                assertThatThrownBy(() -> each.accept(address))
                        .as("call %d of 0x%x", call, address)
                        .isInstanceOf(BadObjectException.class)
                        .hasMessageContaining("0x" + Long.toHexString(address));
            }
        }
        test.expectValid();
        assertThat(kmalloc.kfreeRcuWaiting()).isEqualTo(2);
        kmalloc.kfreeRcuBarrier();
        apart.close();
        test.expectValid();
        assertThat(cache.destroy().liveObjects()).isOne();
        assertThat(kmalloc.largeBlocks()).isOne();
    }

    @Test
    void aBulkWithOneBadAddressFreesNothing() {
        KmemCache cache = test.create("things", 64, ALONE);
        long[] objects = new long[10];
        cache.allocBulk(GFP_KERNEL, objects);
        long large = kmalloc.kmalloc(20_000, GFP_KERNEL);
        long[][] bulks = {
            {objects[0], objects[1], objects[0]},
            {objects[2], large, large},
            {large, objects[3], 8},
            {objects[4], objects[5] + 8, large}
        };
        for (long[] bulk : bulks) {
            assertThatThrownBy(() -> kmalloc.kfreeBulk(bulk, bulk.length)).isInstanceOf(BadObjectException.class);
        }
        assertThat(kmalloc.largeBlocks()).isOne();
        test.expectValid();
        kmalloc.kfree(large);
        cache.freeBulk(objects);
        expectUnchanged(cache);
    }

    // What one part does to another.

    @Test
    void destroyWaitsForTheFreesOfEachKmalloc() {
        Kmalloc other = new Kmalloc(test.slabs);
        KmemCache cache = test.create("things", 64, ALONE);
        kmalloc.kfreeRcu(cache.alloc(GFP_KERNEL));
        other.kfreeRcu(cache.alloc(GFP_KERNEL));
        assertThat(cache.destroy()).isEqualTo(DestroyReport.DESTROYED);
        long large = other.kmalloc(20_000, GFP_KERNEL);
        assertThatThrownBy(() -> kmalloc.kfree(large)).isInstanceOf(BadObjectException.class);
        other.kfree(large);
    }

    @Test
    void slabsThatReadersMayLookAtStayWhenTheRcuIsClosed() {
        KmemCache cache = test.create("seen", 1000, KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_TYPESAFE_BY_RCU));
        long[] objects = new long[200];
        cache.allocBulk(GFP_KERNEL, objects);
        rcu.close();
        cache.freeBulk(objects);
        assertThat(cache.shrink()).isTrue();
        test.expectValid();
        assertThat(cache.allocBulk(GFP_KERNEL, objects)).isEqualTo(objects.length);
        cache.freeBulk(objects);
        test.expectValid();
        kmalloc.close();
        test.slabs.close();
        test.expectAllPagesBack();
    }

    private void expectUnchanged(KmemCache cache) {
        test.expectValid();
        assertThat(cache.destroy()).isEqualTo(DestroyReport.DESTROYED);
        test.slabs.caches().forEach(KmemCache::shrink);
        test.expectAllPagesBack();
    }
}
