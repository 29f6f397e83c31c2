package org.mm4j.slab;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_ZERO;
import static org.mm4j.api.PageAllocator.NO_NODE;

import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadObjectException;

/** What kmalloc was asked for, where debug caches remember it, and where they do not. */
class KmallocDebugTest {
    private static final int KZALLOC = GFP_KERNEL | __GFP_ZERO;
    private static final int RED = 0xcc;

    private TestSlabs test = TestSlabs.onCpus(1);
    private Kmalloc kmalloc = new Kmalloc(test.slabs);

    private void start(String slabDebug) {
        test = new TestSlabs(SlabConfig.ofCpus(1).withSlabDebug(slabDebug));
        kmalloc = new Kmalloc(test.slabs);
    }

    @AfterEach
    void nothingIsBroken() {
        test.expectValid();
    }

    private KmemCache cacheOf(long address) {
        return Objects.requireNonNull(test.slabs.cacheOf(address), "in no slab");
    }

    private int originalSize(long address) {
        Slab slab = Objects.requireNonNull(test.slabs.parts().frames().find(address));
        return slab.cache.sizes().original(slab, address);
    }

    private void fill(long address, int from, int to, int value) {
        for (int at = from; at < to; at++) {
            test.memory.directMap().set(JAVA_BYTE, address - HeapMemory.ADDRESS + at, (byte) value);
        }
    }

    private void expectBytes(long address, int from, int to, int value) {
        for (int at = from; at < to; at++) {
            assertThat(test.memory.directMap().get(JAVA_BYTE, address - HeapMemory.ADDRESS + at) & 0xff)
                    .as("byte %d", at)
                    .isEqualTo(value);
        }
    }

    // The kernel's.

    @ParameterizedTest(name = "K6 bytes behind those that kmalloc was asked for, by way {0}")
    @ValueSource(ints = {0, 1, 2, 3})
    void kmallocRedzoneAccess(int way) {
        start("UZ,kmalloc-32,kmalloc-64");
        long object = switch (way) {
            case 0 -> kmalloc.kmalloc(18, GFP_KERNEL);
            case 1 -> kmalloc.kmallocNode(18, GFP_KERNEL, 0);
            case 2 -> kmalloc.kmallocTrackCaller(18, GFP_KERNEL, 7);
            default -> kmalloc.kcalloc(9, 2, GFP_KERNEL);
        };
        assertThat(cacheOf(object).validate()).isZero();
        fill(object, 18, 20, 0xab);
        assertThat(cacheOf(object).validate()).isEqualTo(2);
        assertThat(test.log.lines())
                .anyMatch(line -> line.equals("BUG kmalloc-32 (Not tainted): kmalloc Redzone overwritten"))
                .anyMatch(line -> line.contains("First byte 0xab instead of 0xcc"))
                .anyMatch(line -> line.startsWith("FIX kmalloc-32: Restoring kmalloc Redzone 0x"));
        assertThat(cacheOf(object).validate()).isZero();
        kmalloc.kfree(object);
    }

    @Test
    @DisplayName("K10 the red zone moves with the size, and what is added is zero")
    void kreallocRedzoneZeroing() {
        start("UZ,kmalloc-64");
        long object = kmalloc.kzalloc(48, GFP_KERNEL);
        KmemCache cache = cacheOf(object);
        expectBytes(object, 0, 48, 0);
        expectBytes(object, 48, 64, RED);
        assertThat(kmalloc.krealloc(object, 40, KZALLOC)).isEqualTo(object);
        expectBytes(object, 40, 64, RED);
        assertThat(kmalloc.krealloc(object, 56, KZALLOC)).isEqualTo(object);
        expectBytes(object, 40, 56, 0);
        expectBytes(object, 56, 64, RED);
        assertThat(cache.validate()).isZero();
        fill(object, 0, 56, 0xff);
        long moved = kmalloc.krealloc(object, 112, KZALLOC);
        assertThat(cacheOf(moved).name()).isEqualTo("kmalloc-128");
        expectBytes(moved, 0, 56, 0xff);
        expectBytes(moved, 56, 112, 0);
        assertThat(cache.validate()).isZero();
        assertThatThrownBy(() -> kmalloc.kfree(object)).isInstanceOf(BadObjectException.class);
        kmalloc.kfree(moved);
    }

    // Who remembers, and what then is zero.

    @Test
    void sizesWithoutRedZones() {
        start("U,kmalloc-64");
        long object = kmalloc.kmalloc(48, GFP_KERNEL);
        fill(object, 0, 64, 0xff);
        assertThat(originalSize(object)).isEqualTo(48);
        kmalloc.krealloc(object, 56, KZALLOC);
        expectBytes(object, 0, 48, 0xff);
        expectBytes(object, 48, 56, 0);
        expectBytes(object, 56, 64, 0xff);
        kmalloc.krealloc(object, 20, KZALLOC);
        expectBytes(object, 0, 20, 0xff);
        expectBytes(object, 20, 64, 0);
        assertThat(originalSize(object)).isEqualTo(20);
        kmalloc.krealloc(object, 30, GFP_KERNEL);
        assertThat(originalSize(object)).isEqualTo(30);
        kmalloc.kfree(object);
    }

    @ParameterizedTest(name = "where sizes are not remembered, all behind the new one is zero: slab_debug={0}")
    @ValueSource(strings = {"Z", "FZP", "-"})
    void sizesThatAreNotKept(String slabDebug) {
        start(slabDebug);
        long object = kmalloc.kmalloc(48, GFP_KERNEL);
        fill(object, 0, 64, 0xff);
        assertThat(originalSize(object)).isEqualTo(64);
        kmalloc.krealloc(object, 56, KZALLOC);
        expectBytes(object, 0, 56, 0xff);
        expectBytes(object, 56, 64, 0);
        kmalloc.krealloc(object, 60, KZALLOC);
        expectBytes(object, 56, 64, 0);
        kmalloc.kfree(object);
    }

    @Test
    void anAlignedBlockHasTheSizeThatWasAskedFor() {
        start("UZ");
        long object = kmalloc.kreallocNodeAlign(0, 40, 256, GFP_KERNEL, NO_NODE);
        assertThat(originalSize(object)).isEqualTo(40);
        expectBytes(object, 40, 256, RED);
        long moved = kmalloc.kreallocNodeAlign(object, 300, 512, KZALLOC, NO_NODE);
        assertThat(moved % 512).isZero();
        assertThat(originalSize(moved)).isEqualTo(300);
        expectBytes(moved, 40, 300, 0);
        expectBytes(moved, 300, 512, RED);
        kmalloc.kfree(moved);
    }

    @Test
    void noMoreThanWasAskedForIsCopied() {
        start("UZ");
        long object = kmalloc.kmalloc(40, GFP_KERNEL);
        long moved = kmalloc.krealloc(object, 100, KZALLOC);
        expectBytes(moved, 40, 100, 0);
        kmalloc.kfree(moved);
    }

    // Those who ask how much they have.

    @Test
    void whoAsksForTheSizeMayUseIt() {
        start("FZPU");
        long object = kmalloc.kmalloc(18, GFP_KERNEL);
        assertThat(kmalloc.ksize(object)).isEqualTo(32);
        fill(object, 0, 32, 0xff);
        assertThat(cacheOf(object).validate()).isZero();
        kmalloc.kfree(object);
        assertThat(test.log.lines()).isEmpty();
    }

    @Test
    @DisplayName("A29 kfree_sensitive clears the red zone too, and nobody complains")
    void sensitive() {
        start("FZU");
        long secret = kmalloc.kmalloc(18, GFP_KERNEL);
        fill(secret, 0, 18, 0xff);
        kmalloc.kfreeSensitive(secret);
        expectBytes(secret, 0, 32, 0);
        assertThat(test.log.lines()).isEmpty();
        assertThat(kmalloc.kmalloc(18, GFP_KERNEL)).isEqualTo(secret);
        kmalloc.kfree(secret);
    }

    @Test
    @DisplayName("F4 an owner who writes to what he did not ask for is found when he frees")
    void foundAtTheFree() {
        start("FZPU");
        KmemCache cache = test.slabs.find("kmalloc-32").orElseThrow();
        long object = kmalloc.kmalloc(18, GFP_KERNEL);
        fill(object, 18, 19, 1);
        kmalloc.kfree(object);
        assertThat(test.log.lines())
                .anyMatch(line -> line.contains("kmalloc Redzone overwritten"))
                .anyMatch(line -> line.endsWith("not freed"));
        assertThat(cache.objectsLost()).isOne();
    }

    @Test
    void theWasteIsShown() {
        start("U");
        kmalloc.kmalloc(18, GFP_KERNEL);
        assertThat(test.slabs.find("kmalloc-32").orElseThrow().allocTraces()).contains(" waste=14/14 ");
    }

    @Test
    @DisplayName("C39 objects between red zones are aligned too")
    void alignment() {
        start("FZPU");
        for (int bytes : new int[] {8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192}) {
            for (int count = 0; count < 10; count++) {
                assertThat(kmalloc.kmalloc(bytes, GFP_KERNEL) % Integer.lowestOneBit(bytes))
                        .isZero();
            }
        }
    }

    @Test
    void aSizeIsOneOfTheClass() {
        start("U");
        long object = kmalloc.kmalloc(8, GFP_KERNEL);
        Slab slab = Objects.requireNonNull(test.slabs.parts().frames().find(object));
        assertThatThrownBy(() -> slab.cache.sizes().setOriginal(slab, object, 9))
                .hasMessage("of 8 bytes of kmalloc-8 one may ask for 0 to 8, not 9");
        assertThatThrownBy(() -> slab.cache.sizes().setOriginal(slab, object + 1, 8))
                .isInstanceOf(BadObjectException.class);
    }
}
