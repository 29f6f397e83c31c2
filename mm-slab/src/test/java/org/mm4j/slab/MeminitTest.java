package org.mm4j.slab;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_ZERO;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;

/** The kernel's tests of memory that is zeroed when it is taken, when it is freed, or both: lib/tests/test_meminit.c. */
@ParameterizedClass(name = "{0}, zeroed on alloc {1}, on free {2}")
@MethodSource("engines")
class MeminitTest {
    private static final int GARBAGE = 0xab;
    private static final int CTOR_BYTE = 0x41;
    private static final int CTOR_BYTES = 4;
    private static final int BATCH = 10;

    private final Rcu rcu = new Rcu(1, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES);
    private final TestSlabs test;
    private final Kmalloc kmalloc;

    static List<Object[]> engines() {
        List<Object[]> modes = new ArrayList<>();
        for (EngineKind engine : EngineKind.presentAndDebug()) {
            modes.add(new Object[] {engine, true, false});
            modes.add(new Object[] {engine, false, true});
            modes.add(new Object[] {engine, true, true});
        }
        return modes;
    }

    MeminitTest(EngineKind engine, boolean onAlloc, boolean onFree) {
        SlabConfig config = engine.over(SlabConfig.ofCpus(1).withRcu(rcu)).withZeroing(onAlloc, onFree);
        boolean isDebug = engine == EngineKind.DEBUG; // poison takes the place of zeroes
        test = new TestSlabs(isDebug ? config.withSlabDebug("FZU") : config);
        kmalloc = new Kmalloc(test.slabs);
    }

    @AfterEach
    void nothingIsBroken() {
        test.expectValid();
        rcu.barrier();
    }

    // Bytes.

    private void fill(long address, int from, int to) {
        for (int at = from; at < to; at++) {
            test.memory.directMap().set(JAVA_BYTE, address - HeapMemory.ADDRESS + at, (byte) GARBAGE);
        }
    }

    /** The first byte that is not the value; the end when there is none. */
    private int firstOther(long address, int from, int to, int value) {
        int at = from;
        while (at < to && (test.memory.directMap().get(JAVA_BYTE, address - HeapMemory.ADDRESS + at) & 0xff) == value) {
            at++;
        }
        return at;
    }

    private void expectZero(long address, int bytes, String what) {
        assertThat(address).as(what).isNotZero();
        assertThat(firstOther(address, 0, bytes, 0)).as(what).isEqualTo(bytes);
    }

    // The kernel's.

    @ParameterizedTest(name = "M1-M11 pages of order {0}")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void pages(int order) {
        expectZeroAgain(4096 << order, order < 10 ? 3 : 1);
    }

    @ParameterizedTest(name = "M12 kmalloc of 1 << {0} bytes")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19})
    void kmallocSizes(int shift) {
        expectZeroAgain(1 << shift, 3);
    }

    private void expectZeroAgain(int bytes, int rounds) {
        for (int round = 0; round < rounds; round++) {
            long address = bytes > 8192 ? kmalloc.kmallocLarge(bytes, GFP_KERNEL) : kmalloc.kmalloc(bytes, GFP_KERNEL);
            expectZero(address, bytes, bytes + " bytes, round " + round);
            fill(address, 0, bytes);
            kmalloc.kfree(address);
        }
    }

    @ParameterizedTest(name = "M14-M23 objects of 8 << {0} bytes: constructors, readers, zeroes")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void kmemCacheSizes(int shift) {
        for (int kind = 0; kind < 8; kind++) {
            boolean hasCtor = (kind & 1) != 0;
            boolean hasReaders = (kind & 2) != 0;
            boolean isZeroed = (kind & 4) != 0;
            if (!hasCtor || !isZeroed) {
                kmemCacheSize(8 << shift, hasCtor, hasReaders, isZeroed);
            }
        }
    }

    private void kmemCacheSize(int size, boolean hasCtor, boolean hasReaders, boolean isZeroed) {
        String what = size + " bytes, constructor " + hasCtor + ", readers " + hasReaders + ", zero " + isZeroed;
        int flags = SlabFlags.SLAB_NO_MERGE | (hasReaders ? SlabFlags.SLAB_TYPESAFE_BY_RCU : 0);
        KmemCacheArgs args = KmemCacheArgs.NONE.withAlign(1).withFlags(flags);
        KmemCache cache = test.create("test_cache", size, hasCtor ? args.withCtor(this::construct) : args);
        int gfp = GFP_KERNEL | (isZeroed ? __GFP_ZERO : 0);
        for (int round = 0; round < 10; round++) {
            if (!hasReaders && !hasCtor) {
                bulk(cache, size, gfp, what);
            }
            long object = cache.alloc(gfp);
            check(object, size, hasCtor, isZeroed || !hasReaders, what);
            fill(object, hasCtor ? CTOR_BYTES : 0, size);
            int section = rcu.readLock();
            cache.free(object);
            if (hasReaders) {
                check(object, size, hasCtor, false, what + ", freed");
                assertThat(firstOther(object, hasCtor ? CTOR_BYTES : 0, size, GARBAGE))
                        .as(what)
                        .isEqualTo(size);
            }
            rcu.readUnlock(section);
        }
        assertThat(cache.destroy().isDestroyed()).as(what).isTrue();
    }

    private void construct(long address) {
        for (int at = 0; at < CTOR_BYTES; at++) {
            test.memory.directMap().set(JAVA_BYTE, address - HeapMemory.ADDRESS + at, (byte) CTOR_BYTE);
        }
    }

    private void check(long object, int size, boolean hasCtor, boolean isZero, String what) {
        if (hasCtor) {
            assertThat(firstOther(object, 0, CTOR_BYTES, CTOR_BYTE)).as(what).isEqualTo(CTOR_BYTES);
        } else if (isZero) {
            expectZero(object, size, what);
        }
    }

    private void bulk(KmemCache cache, int size, int gfp, String what) {
        long[] objects = new long[BATCH];
        assertThat(cache.allocBulk(gfp, objects)).as(what).isEqualTo(BATCH);
        for (long object : objects) {
            expectZero(object, size, what);
            fill(object, 0, size);
        }
        cache.freeBulk(objects);
    }

    @ParameterizedTest(name = "M24-M33 objects of 8 << {0} bytes in bulk")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void kmemCacheSizesInBulk(int shift) {
        int size = 8 << shift;
        KmemCache cache = test.create("test_cache", size);
        for (int round = 0; round < 40; round++) {
            bulk(cache, size, GFP_KERNEL, size + " bytes, round " + round);
        }
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.slabs.caches().forEach(KmemCache::shrink);
    }

    @ParameterizedTest(name = "M34-M43 objects of 8 << {0} bytes that readers look at keep their bytes")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void rcuPersistent(int shift) {
        int size = 8 << shift;
        KmemCacheArgs args = KmemCacheArgs.NONE.withAlign(size).withFlags(SlabFlags.SLAB_TYPESAFE_BY_RCU);
        KmemCache cache = test.create("test_cache", size, args);
        long saved = cache.alloc(GFP_KERNEL);
        fill(saved, 0, size);
        cache.free(saved);
        List<Long> objects = new ArrayList<>();
        while (!objects.contains(saved) && objects.size() < 1024) {
            objects.add(cache.alloc(GFP_KERNEL));
        }
        assertThat(objects).contains(saved);
        assertThat(firstOther(saved, 0, size, GARBAGE)).isEqualTo(size);
        objects.forEach(cache::free);
        assertThat(cache.destroy().isDestroyed()).isTrue();
    }

    // What the kernel does not test.

    @Test
    void kreallocZeroesWhatIsAdded() {
        long address = kmalloc.kmalloc(100, GFP_KERNEL);
        fill(address, 0, 100);
        long grown = kmalloc.krealloc(address, 120, GFP_KERNEL);
        long moved = kmalloc.krealloc(grown, 3000, GFP_KERNEL);
        assertThat(firstOther(moved, 0, 100, GARBAGE)).isEqualTo(100);
        int red = test.slabs.parts().config().zeroesOnAlloc() ? 100 : 120; // before was a red zone, perhaps
        assertThat(firstOther(moved, red, 3000, 0)).isEqualTo(3000);
        kmalloc.kfree(moved);
    }

    @Test
    void whatIsFreedAloneOrInBulkIsZeroAtOnce() {
        KmemCache cache = test.create("things", 256);
        boolean onFree = test.slabs.parts().config().zeroesOnFree();
        long[] objects = new long[40];
        cache.allocBulk(GFP_KERNEL, objects);
        for (long object : objects) {
            fill(object, 0, 256);
        }
        cache.free(objects[0]);
        long[] others = Arrays.copyOfRange(objects, 1, 40);
        cache.freeBulk(others);
        int link = cache.layout().isFreePointerOutside() ? 256 : cache.layout().freePointerOffset();
        for (long object : objects) {
            assertThat(firstOther(object, 0, link, 0) == link).isEqualTo(onFree);
            assertThat(firstOther(object, link + 8, 256, 0) >= 256).isEqualTo(onFree || link == 256);
        }
    }
}
