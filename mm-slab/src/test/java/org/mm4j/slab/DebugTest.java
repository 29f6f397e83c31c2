package org.mm4j.slab;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.mm4j.api.BadObjectException;

/** The kernel's own tests of its debug caches, and each message at least once. */
class DebugTest {
    private static final int Z = SlabFlags.SLAB_RED_ZONE;
    private static final int P = SlabFlags.SLAB_POISON;
    private static final int F = SlabFlags.SLAB_CONSISTENCY_CHECKS;
    private static final int U = SlabFlags.SLAB_STORE_USER;

    private final TestSlabs test = TestSlabs.onCpus(1);
    private KmemCache cache = test.create("unused", 8);

    private KmemCache create(int objectSize, int flags) {
        cache = test.create("things", objectSize, KmemCacheArgs.NONE.withFlags(flags));
        return cache;
    }

    private Slab slab(long object) {
        return Objects.requireNonNull(test.slabs.parts().frames().find(object));
    }

    private int get(long address) {
        return test.memory.directMap().get(JAVA_BYTE, address - HeapMemory.ADDRESS) & 0xff;
    }

    private void set(long address, int value) {
        test.memory.directMap().set(JAVA_BYTE, address - HeapMemory.ADDRESS, (byte) value);
    }

    private void expectBytes(long address, int bytes, int value) {
        for (int at = 0; at < bytes; at++) {
            assertThat(get(address + at)).as("byte %d", at).isEqualTo(value);
        }
    }

    private void expectErrors(int errors, String... words) {
        long before = test.log.linesWritten();
        assertThat(cache.validate()).as("errors; %s", test.log.lines()).isEqualTo(errors);
        List<String> lines = test.log.lines();
        List<String> report = lines.subList(lines.size() - (int) (test.log.linesWritten() - before), lines.size());
        assertThat(report.stream().filter(line -> line.startsWith("BUG ") || line.startsWith("FIX ")))
                .hasSize(errors);
        assertLogged(words);
        test.expectValid();
    }

    private void assertLogged(String... words) {
        for (String word : words) {
            assertThat(test.log.lines()).anyMatch(line -> line.contains(word));
        }
    }

    // The kernel's.

    @Test
    @DisplayName("K1: a byte behind an object")
    void clobberZone() {
        long object = create(64, Z).alloc(GFP_KERNEL);
        set(object + 64, 0x12);
        String place = "0x" + Long.toHexString(object + 64);
        expectErrors(
                2,
                "BUG things (Not tainted): Right Redzone overwritten",
                "[Right Redzone overwritten] " + place + "-" + place + " @offset=",
                "First byte 0x12 instead of 0xcc",
                "FIX things: Restoring Right Redzone " + place + "-" + place + "=0xcc");
        expectErrors(0);
    }

    @Test
    @DisplayName("K2: the link of a free object")
    void nextPointer() {
        long object = create(64, P).alloc(GFP_KERNEL);
        cache.free(object);
        long link = object + cache.layout().freePointerOffset();
        long before = test.word(link);
        test.setWord(link, before ^ 0xff);
        set(link + 3, ~get(link + 3));
        expectErrors(
                3, "Freechain corrupt", "Wrong object count. Counter is 0 but counted were", "Object count adjusted");
        long lost = cache.objectsLost();
        assertThat(lost).isEqualTo(cache.layout().objectsPerSlab() - 1);
        test.setWord(link, before);
        expectErrors(2, "Wrong object count. Counter is " + lost + " but counted were 0");
        assertThat(cache.objectsLost()).isZero();
        expectErrors(0);
    }

    @Test
    @DisplayName("K3: the first byte of a free object")
    void firstWord() {
        long object = create(64, P).alloc(GFP_KERNEL);
        cache.free(object);
        set(object, 0x78);
        expectErrors(2, "Poison overwritten", "First byte 0x78 instead of 0x6b");
        expectErrors(0);
    }

    @Test
    @DisplayName("K4: byte 50 of a free object")
    void clobber50thByte() {
        long object = create(64, P).alloc(GFP_KERNEL);
        cache.free(object);
        set(object + 50, 0x9a);
        expectErrors(2, "Poison overwritten", "FIX things: Restoring Poison");
        expectErrors(0);
    }

    @Test
    @DisplayName("K5: a byte behind a free object")
    void clobberRedzoneFree() {
        long object = create(64, Z).alloc(GFP_KERNEL);
        cache.free(object);
        set(object + 64, 0xab);
        expectErrors(2, "Right Redzone overwritten", "First byte 0xab instead of 0xbb");
        expectErrors(0);
    }

    @Test
    @DisplayName("K9: a live object when the cache is destroyed")
    void leakDestroy() {
        long object = create(64, Z | P | F).alloc(GFP_KERNEL);
        long before = test.log.linesWritten();
        DestroyReport report = cache.destroy();
        assertThat(report.isDestroyed()).isFalse();
        assertThat(report.addresses()).containsExactly(object);
        assertThat(test.log.lines().subList((int) before, test.log.lines().size()))
                .filteredOn(line -> !line.startsWith("Object 0x"))
                .hasSize(2);
        assertLogged("Slab cache still has objects", "Objects remaining on __kmem_cache_shutdown()");
        cache.free(object);
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    @Test
    @DisplayName("C42: a double free is not believed, and costs nobody the slab")
    void doubleFree() {
        long object = create(64, F | Z | P | U).alloc(GFP_KERNEL);
        long kept = cache.alloc(GFP_KERNEL);
        cache.free(object);
        assertThatThrownBy(() -> cache.free(object))
                .isInstanceOf(BadObjectException.class)
                .hasMessageContaining("Object already free");
        assertLogged("BUG things (Not tainted): Object already free", "FIX things: Object at 0x", "not freed");
        assertThat(SlabWord.isFrozen(slab(object).wordAcquire())).isFalse();
        assertThat(slab(object).isOnPartial).isTrue();
        assertThat(cache.objectsLost()).isZero();
        expectErrors(0);
        assertThat(cache.alloc(GFP_KERNEL)).isEqualTo(object);
        cache.free(object);
        cache.free(kept);
        assertThat(cache.destroy().isDestroyed()).isTrue();
        test.expectAllPagesBack();
    }

    @Test
    @DisplayName("C43: where everything lies in memory")
    void layoutInMemory() {
        long object = create(64, Z | P | U).alloc(GFP_KERNEL);
        long next = cache.alloc(GFP_KERNEL);
        SlabLayout layout = cache.layout();
        assertThat(layout.size()).isEqualTo(160);
        assertThat((next - object) % 160).isZero();
        expectBytes(object - 8, 8, 0xcc);
        expectBytes(object, 63, 0x6b);
        expectBytes(object + 63, 1, 0xa5);
        expectBytes(object + 64, 8, 0xcc);
        expectBytes(object + 144, 8, 0x5a);
        cache.free(object);
        expectBytes(object - 8, 8, 0xbb);
        expectBytes(object, 63, 0x6b);
        expectBytes(object + 63, 1, 0xa5);
        expectBytes(object + 64, 8, 0xbb);
        long end = HeapMemory.ADDRESS + (slab(object).pfn << 12) + 4096;
        expectBytes(end - layout.restBytes(), layout.restBytes(), 0x5a);
    }

    // Each other message.

    @Test
    void theLeftRedzone() {
        long object = create(64, Z).alloc(GFP_KERNEL);
        set(object - 1, 1);
        expectErrors(2, "Left Redzone overwritten");
    }

    @Test
    void theEndOfThePoison() {
        long object = create(64, P).alloc(GFP_KERNEL);
        cache.free(object);
        set(object + 63, 0x6b);
        expectErrors(2, "End Poison overwritten", "First byte 0x6b instead of 0xa5");
    }

    @Test
    void thePaddingOfObjects() {
        long object = create(60, P | Z).alloc(GFP_KERNEL);
        set(object + cache.layout().metadataEnd() + 2, 0);
        expectErrors(2, "Object padding overwritten");
    }

    @Test
    void theAlignmentPadding() {
        long object = create(60, P).alloc(GFP_KERNEL);
        set(object + 61, 0);
        expectErrors(2, "Alignment padding overwritten");
    }

    @Test
    void thePaddingOfSlabs() {
        long object = create(64, Z | P | U).alloc(GFP_KERNEL);
        long end = HeapMemory.ADDRESS + (slab(object).pfn << 12) + 4096;
        set(end - 1, 0);
        expectErrors(2, "Padding overwritten. 0x", "Restoring slab padding");
        expectErrors(0);
    }

    @Test
    void theLinkOfAnObjectInUse() {
        long object = create(64, P).alloc(GFP_KERNEL);
        test.setWord(object + cache.layout().freePointerOffset(), -1);
        expectErrors(1, "Freepointer corrupt");
        expectErrors(0);
    }

    @Test
    void aCycle() {
        long object = create(64, P).alloc(GFP_KERNEL);
        cache.free(object);
        Slab slab = slab(object);
        int first = SlabWord.freelist(slab.wordAcquire());
        cache.memory().setNext(slab, cache.memory().next(slab, first), first);
        expectErrors(2, "Freelist cycle detected", "FIX things: Freelist cleared");
        expectErrors(0);
        long other = cache.alloc(GFP_KERNEL);
        assertThat(slab(other)).isNotSameAs(slab);
    }

    @Test
    void moreObjectsInUseThanThereAre() {
        long object = create(64, P).alloc(GFP_KERNEL);
        Slab slab = slab(object);
        slab.setWordPlain(SlabWord.recounted(slab.wordAcquire(), slab.objects + 1));
        assertThat(cache.validate()).isEqualTo(1);
        assertLogged("inuse " + (slab.objects + 1) + " > max " + slab.objects);
    }

    @Test
    void aBadPointer() {
        long object = create(64, F | Z).alloc(GFP_KERNEL);
        assertThatThrownBy(() -> cache.free(object + 8)).isInstanceOf(BadObjectException.class);
        assertLogged("BUG things (Not tainted): Invalid object pointer 0x");
        KmemCache other = test.create("others", 64, KmemCacheArgs.NONE.withFlags(F));
        assertThatThrownBy(() -> other.free(object)).isInstanceOf(BadObjectException.class);
        assertLogged("BUG others (Not tainted): others: Wrong slab cache");
        cache.free(object);
        expectErrors(0);
    }

    // What becomes of broken slabs and objects.

    @Test
    @DisplayName("C42: a bad object that would be handed out isolates its slab, and the rest of the cache is used")
    void aSlabWithABadFreeObjectIsIsolated() {
        long object = create(64, F | Z | P).alloc(GFP_KERNEL);
        long kept = cache.alloc(GFP_KERNEL);
        cache.free(object);
        set(object + 10, 7);
        long other = cache.alloc(GFP_KERNEL);
        assertThat(slab(other)).isNotSameAs(slab(object));
        assertLogged("Poison overwritten", "FIX things: Marking all objects used");
        assertThat(SlabWord.isFrozen(slab(object).wordAcquire())).isTrue();
        assertThat(cache.objectsLost()).isEqualTo(slab(object).objects - 1);
        expectErrors(0);
        cache.free(kept);
        assertLogged("Slab disabled since SLUB metadata consistency check failed");
        assertThat(cache.objectsLost()).isEqualTo(slab(object).objects);
        expectErrors(0);
        cache.free(other);
        assertThat(cache.destroy().isDestroyed()).isFalse();
        test.slabs.close();
        test.expectAllPagesBack();
    }

    @Test
    @DisplayName("C42: an object whose owner wrote too far is not freed, and the rest of its slab is used")
    void anObjectWhoseOwnerWroteTooFarIsNotFreed() {
        long object = create(64, F | Z).alloc(GFP_KERNEL);
        set(object + 64, 0);
        cache.free(object);
        assertLogged("Right Redzone overwritten", "FIX things: Object at 0x" + Long.toHexString(object) + " not freed");
        assertThat(cache.objectsLost()).isEqualTo(1);
        expectErrors(0);
        for (int count = 0; count < 2 * cache.layout().objectsPerSlab(); count++) {
            assertThat(cache.alloc(GFP_KERNEL)).isNotEqualTo(object).isNotZero();
        }
        expectErrors(0);
        assertThatThrownBy(() -> cache.free(object)).hasMessageContaining("Object already free");
    }

    @Test
    void aBrokenLinkEndsASlabWithoutChecksToo() {
        long object = create(64, P).alloc(GFP_KERNEL);
        cache.free(object);
        test.setWord(object + cache.layout().freePointerOffset(), -1);
        assertThat(slab(cache.alloc(GFP_KERNEL))).isNotSameAs(slab(object));
        assertLogged("Freechain corrupt", "Marking all objects used");
        expectErrors(0);
    }

    @Test
    void cachesWithoutDebugFlagsCannotBeValidated() {
        KmemCache plain = test.create("plain", 64);
        assertThatThrownBy(plain::validate).isInstanceOf(IllegalStateException.class);
        assertThat(plain.objectsLost()).isZero();
        assertThat(plain.allocTraces()).isEqualTo("No data\n");
    }
}
