package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_ACCOUNT;
import static org.mm4j.slab.Kmalloc.ZERO_SIZE_PTR;

import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.BadObjectException;

/** Giving memory back, and addresses that are nobody's memory. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class KfreeTest {
    private final EngineKind engine;
    private final TestSlabs machine;
    private final Kmalloc kmalloc;

    KfreeTest(EngineKind engine) {
        this.engine = engine;
        machine = new TestSlabs(engine.over(SlabConfig.ofCpus(1)));
        kmalloc = new Kmalloc(machine.slabs);
    }

    @AfterEach
    void nothingIsBroken() {
        machine.expectValid();
        assertThat(kmalloc.validate()).isEmpty();
    }

    private static void refused(ThrowingCallable call, String why) {
        assertThatThrownBy(call).isInstanceOf(BadObjectException.class).hasMessageContaining(why);
    }

    /** By every method that names an address. */
    private void refusedByAll(long address, String why) {
        refused(() -> kmalloc.kfree(address), why);
        refused(() -> kmalloc.kfreeSensitive(address), why);
        refused(() -> kmalloc.kfreeBulk(new long[] {address}, 1), why);
        refused(() -> kmalloc.ksize(address), why);
        refused(() -> kmalloc.krealloc(address, 40, GFP_KERNEL), why);
        refused(() -> kmalloc.krealloc(address, 0, GFP_KERNEL), why);
    }

    @Test
    @DisplayName("C41 an address in no slab is not a kmalloc allocation")
    void foreignAddresses() {
        long pfn = machine.pages.allocPages(GFP_KERNEL, 2);
        long page = HeapMemory.ADDRESS + (pfn << 12);
        refusedByAll(page, "Not a kmalloc allocation: 0x" + Long.toHexString(page) + " lies at pfn " + pfn);
        refusedByAll(HeapMemory.ADDRESS, "Not a kmalloc allocation");
        refusedByAll(page + 100, "Not a kmalloc allocation");
        refusedByAll(HeapMemory.ADDRESS - 4096, "lies outside the direct map");
        refusedByAll(HeapMemory.ADDRESS + machine.memory.bytes(), "lies outside the direct map");
        refusedByAll(-1, "lies outside the direct map");
        refusedByAll(8, "lies outside the direct map");
        machine.pages.freePages(pfn, 2);
        machine.expectAllPagesBack();
    }

    @Test
    @DisplayName("A5-A8 a large block is freed at its start, once")
    void largeBlocks() {
        long block = kmalloc.kmalloc(8192 + 10, GFP_KERNEL);
        refusedByAll(block + 1, "1 bytes behind the start of a large block");
        refusedByAll(block + 4096, "4096 bytes behind the start of a large block");
        refusedByAll(block + 16383, "16383 bytes behind the start of a large block");
        refusedByAll(block + 16384, "Not a kmalloc allocation");
        assertThat(kmalloc.ksize(block)).isEqualTo(16384);
        kmalloc.kfree(block);
        refusedByAll(block, "the large block that began there is freed");
        machine.expectAllPagesBack();
    }

    @Test
    @DisplayName("F6 an address inside of an object is no object")
    void interiorAddresses() {
        long object = kmalloc.kmalloc(100, GFP_KERNEL);
        refusedByAll(object + 1, "no object begins there");
        refusedByAll(object + 64, "no object begins there");
        assertThat(kmalloc.ksize(object)).isEqualTo(128);
        kmalloc.kfree(object);
    }

    @Test
    @DisplayName("F5 a second free is refused")
    void twice() {
        long object = kmalloc.kmalloc(100, GFP_KERNEL);
        kmalloc.kfree(object);
        refusedByAll(object, "Object already free");
    }

    @Test
    @DisplayName("A29 kfree_sensitive clears, and refuses the second time")
    void sensitive() {
        for (int bytes : new int[] {16, 100, 3000, 20_000}) {
            long secret = kmalloc.kmalloc(bytes, GFP_KERNEL);
            int served = (int) kmalloc.ksize(secret);
            machine.paint(secret, served, 3);
            kmalloc.kfreeSensitive(secret);
            int words = 0;
            for (int at = 0; at < served; at += 8) {
                words += machine.word(secret + at) == 0 ? 0 : 1;
            }
            assertThat(machine.isPainted(secret, served, 3)).isFalse();
            boolean isPoisoned = engine == EngineKind.DEBUG && bytes <= 8192;
            assertThat(isPoisoned ? 0 : words)
                    .as("%d bytes: the link of a free object alone", bytes)
                    .isLessThanOrEqualTo(1);
            refused(() -> kmalloc.kfreeSensitive(secret), bytes > 8192 ? "freed" : "Object already free");
        }
    }

    @Test
    @DisplayName("A30, A31 ksize is what its owner may use, and asks for an owner")
    void sizeOfObjects() {
        long object = kmalloc.kmalloc(123, GFP_KERNEL);
        assertThat(kmalloc.ksize(object)).isEqualTo(128);
        machine.paint(object, 128, 1);
        assertThat(machine.isPainted(object, 128, 1)).isTrue();
        kmalloc.kfree(object);
        refused(() -> kmalloc.ksize(object), "Object already free");
    }

    @Test
    @DisplayName("A34, A35 an object is freed by any way to its address")
    void byPageAndOffset() {
        long object = kmalloc.kmalloc(128, GFP_KERNEL);
        long pfn = (object - HeapMemory.ADDRESS) >>> 12;
        kmalloc.kfree(HeapMemory.ADDRESS + (pfn << 12) + (object & 4095));
        refused(() -> kmalloc.kfree(object), "Object already free");
    }

    @Test
    @DisplayName("A40 the object that was freed last is the first to be used again")
    void reuse() {
        long object = kmalloc.kmalloc(200, GFP_KERNEL);
        kmalloc.kfree(object);
        assertThat(kmalloc.kmalloc(200, GFP_KERNEL)).isEqualTo(object);
        kmalloc.kfree(object);
    }

    @Test
    @DisplayName("A43, A44 charged objects and objects in bulk")
    void accountedAndBulk() {
        KmemCache cache = machine.create("test_cache", 200, KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_ACCOUNT));
        long[] objects = new long[10];
        assertThat(cache.allocBulk(GFP_KERNEL | __GFP_ACCOUNT, objects)).isEqualTo(10);
        for (long object : objects) {
            machine.paint(object, 200, object);
        }
        for (long object : objects) {
            assertThat(machine.isPainted(object, 200, object)).isTrue();
        }
        kmalloc.kfreeBulk(objects, 10);
        assertThat(cache.destroy().isDestroyed()).isTrue();
        machine.expectAllPagesBack();
    }

    @Test
    @DisplayName("F8 many of all kinds are freed at once, all or none")
    void bulk() {
        KmemCache built = machine.create("built", 64, KmemCacheArgs.NONE.withCtor(_ -> {}));
        long[] all = new long[60];
        for (int i = 0; i < all.length; i++) {
            all[i] = switch (i % 6) {
                case 0 -> kmalloc.kmalloc(64, GFP_KERNEL);
                case 1 -> built.alloc(GFP_KERNEL);
                case 2 -> kmalloc.kmalloc(10_000, GFP_KERNEL);
                case 3 -> ZERO_SIZE_PTR;
                case 4 -> 0;
                default -> kmalloc.kmalloc(1000, GFP_KERNEL);
            };
        }
        for (long bad : new long[] {all[2], all[0], all[0] + 8, 4096, all[2] + 4096}) {
            long[] withBad = Arrays.copyOf(all, all.length + 1);
            withBad[all.length] = bad;
            refused(() -> kmalloc.kfreeBulk(withBad, withBad.length), "");
            machine.expectValid();
            assertThat(kmalloc.largeBlocks()).isEqualTo(10);
        }
        for (long address : all) {
            assertThat(kmalloc.ksize(address) > 0).isEqualTo(!Kmalloc.isZeroOrNull(address));
        }
        kmalloc.kfreeBulk(all, all.length);
        assertThat(kmalloc.largeBlocks()).isZero();
        for (long address : all) {
            if (!Kmalloc.isZeroOrNull(address)) {
                refused(() -> kmalloc.kfree(address), "");
            }
        }
        assertThatThrownBy(() -> kmalloc.kfreeBulk(all, 61)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kmalloc.kfreeBulk(all, -1)).isInstanceOf(IllegalArgumentException.class);
        machine.slabs.caches().forEach(KmemCache::shrink);
        machine.expectAllPagesBack();
    }

    @Test
    @DisplayName("F12 shrinking gives back what is empty, and nothing else")
    void shrink() {
        long[] objects = new long[300];
        for (int i = 0; i < objects.length; i++) {
            objects[i] = kmalloc.kmalloc(100, GFP_KERNEL);
            machine.paint(objects[i], 100, i);
        }
        for (int i = 0; i < objects.length; i++) {
            if (i != 7) {
                kmalloc.kfree(objects[i]);
            }
        }
        KmemCache cache = machine.slabs.find("kmalloc-128").orElseThrow();
        assertThat(cache.shrink()).isTrue();
        assertThat(cache.snapshot().slabs()).isOne();
        assertThat(machine.isPainted(objects[7], 100, 7)).isTrue();
        kmalloc.kfree(objects[7]);
        assertThat(cache.shrink()).isFalse();
        machine.expectAllPagesBack();
    }

    @Test
    void theCachesOfKmallocStay() {
        KmemCache cache = machine.slabs.find("kmalloc-128").orElseThrow();
        assertThatThrownBy(cache::destroy)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("cache kmalloc-128 is one of kmalloc's, and stays");
        kmalloc.kfree(kmalloc.kmalloc(100, GFP_KERNEL));
    }

    @Test
    void pagesThatSomebodyElseGaveBackAreSeen() {
        long block = kmalloc.kmalloc(10_000, GFP_KERNEL);
        long pfn = (block - HeapMemory.ADDRESS) >>> 12;
        machine.pages.freePages(pfn, 2);
        assertThat(kmalloc.validate())
                .singleElement()
                .asString()
                .startsWith("L1: the large block of order 2 at pfn " + pfn);
        assertThatThrownBy(() -> kmalloc.kfree(block)).hasMessageContaining("" + pfn);
        assertThat(machine.pages.allocPages(GFP_KERNEL, 2)).isEqualTo(pfn);
        kmalloc.kfree(block);
    }
}
