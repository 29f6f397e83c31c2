package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.slab.Kmalloc.ZERO_SIZE_PTR;

import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.BadObjectException;

/** What may be copied between user space and objects. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class UserCopyTest {
    private static final int OFFSET = 16;
    private static final int BYTES = 32;

    private final TestSlabs test;
    private final Kmalloc kmalloc;
    private final KmemCache cache;
    private final long object;

    UserCopyTest(EngineKind engine) {
        test = new TestSlabs(engine.over(SlabConfig.ofCpus(1)));
        kmalloc = new Kmalloc(test.slabs);
        cache = test.create("task", 100, KmemCacheArgs.NONE.withUsercopy(OFFSET, BYTES));
        object = cache.alloc(GFP_KERNEL);
    }

    private void allowed(long address, long bytes) {
        assertThatCode(() -> kmalloc.checkUserCopy(address, bytes, true)).doesNotThrowAnyException();
        assertThatCode(() -> kmalloc.checkUserCopy(address, bytes, false)).doesNotThrowAnyException();
    }

    private void refused(long address, long bytes, String what) {
        String from = "usercopy: Kernel memory exposure attempt detected from " + what + "!";
        assertThatThrownBy(() -> kmalloc.checkUserCopy(address, bytes, true))
                .isInstanceOf(BadObjectException.class)
                .hasMessage(from);
        String to = "usercopy: Kernel memory overwrite attempt detected to " + what + "!";
        assertThatThrownBy(() -> kmalloc.checkUserCopy(address, bytes, false)).hasMessage(to);
        assertThat(test.log.lines()).contains(from, to);
    }

    @Test
    @DisplayName("O8 the part that the cache names may be copied, and no byte around it")
    void aPartOfAnObject() {
        for (int from = 0; from < 100; from++) {
            for (int bytes = 1; from + bytes <= 100; bytes++) {
                if (from >= OFFSET && from + bytes <= OFFSET + BYTES) {
                    allowed(object + from, bytes);
                } else {
                    refused(object + from, bytes, "SLUB object 'task' (offset " + from + ", size " + bytes + ")");
                }
            }
        }
        allowed(object, 0);
        allowed(0, 0);
        assertThatCode(() -> cache.checkUserCopy(object + OFFSET, BYTES, true)).doesNotThrowAnyException();
        assertThatThrownBy(() -> cache.checkUserCopy(object + OFFSET, BYTES + 1, true))
                .hasMessageContaining("SLUB object 'task' (offset 16, size 33)!");
        refused(
                object + OFFSET,
                Long.MAX_VALUE - object - OFFSET,
                "SLUB object 'task' (offset 16, size " + (Long.MAX_VALUE - object - OFFSET) + ")");
    }

    @Test
    @DisplayName("O8 a cache that names no part has none")
    void noPart() {
        KmemCache closed = test.create("closed", 100, KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_NO_MERGE));
        long secret = closed.alloc(GFP_KERNEL);
        refused(secret, 1, "SLUB object 'closed' (offset 0, size 1)");
        refused(secret + 99, 1, "SLUB object 'closed' (offset 99, size 1)");
    }

    @Test
    @DisplayName("O8 all that kmalloc serves may be copied, and nothing beyond")
    void kmallocMemory() {
        long small = kmalloc.kmalloc(40, GFP_KERNEL);
        allowed(small, 64);
        allowed(small + 63, 1);
        refused(small, 65, "SLUB object 'kmalloc-64' (offset 0, size 65)");
        refused(small + 60, 5, "SLUB object 'kmalloc-64' (offset 60, size 5)");
        long large = kmalloc.kmalloc(10_000, GFP_KERNEL);
        allowed(large, 16384);
        allowed(large + 16383, 1);
        allowed(large + 5000, 16384 - 5000);
        refused(large, 16385, "page alloc (offset 0, size 16385)");
        refused(large + 5000, 16384, "page alloc (offset 5000, size 16384)");
    }

    @Test
    void addressesThatAreNone() {
        refused(0, 8, "null address (offset 0, size 8)");
        refused(ZERO_SIZE_PTR, 1, "null address (offset 16, size 1)");
        refused(-8, 16, "wrapped address (offset 0, size 8)");
        long page = HeapMemory.ADDRESS + (test.pages.allocPages(GFP_KERNEL, 0) << 12);
        assertThatThrownBy(() -> kmalloc.checkUserCopy(page, 8, true)).hasMessageContaining("Not a kmalloc allocation");
        assertThatThrownBy(() -> kmalloc.checkUserCopy(1L << 62, 8, true))
                .hasMessageContaining("lies outside the direct map");
        assertThatThrownBy(() -> cache.checkUserCopy(kmalloc.kmalloc(8, GFP_KERNEL), 8, true))
                .hasMessageContaining("Wrong slab cache");
    }

    @Test
    void memoryThatNobodyHas() {
        cache.free(object);
        refused(object + OFFSET, 8, "SLUB object that is free 'task' (offset 16, size 8)");
    }

    @Test
    void aRedZoneIsNobodys() {
        int flags = SlabFlags.SLAB_RED_ZONE;
        KmemCache checked =
                test.create("checked", 64, KmemCacheArgs.NONE.withFlags(flags).withUsercopy(0, 64));
        long first = checked.alloc(GFP_KERNEL);
        allowed(first, 64);
        refused(first, 65, "SLUB object 'checked' (offset 0, size 65)");
        int pad = checked.layout().redLeftPad();
        refused(first - pad, 4, "SLUB object in left red zone 'checked' (offset 0, size 4)");
        refused(first - 1, 1, "SLUB object in left red zone 'checked' (offset " + (pad - 1) + ", size 1)");
    }

    @Test
    void theRestOfASlabIsNobodys() {
        KmemCache odd = test.create("odd", 600, KmemCacheArgs.NONE.withUsercopy(0, 600));
        long inSlab = odd.alloc(GFP_KERNEL);
        Slab slab = Objects.requireNonNull(test.slabs.parts().frames().find(inSlab));
        long end = HeapMemory.ADDRESS + (slab.pfn << 12) + (4096L << slab.order);
        assertThat(odd.layout().restBytes()).isPositive();
        refused(end - odd.layout().restBytes(), 1, "SLUB object not in SLUB page?! (offset 0, size 1)");
    }
}
