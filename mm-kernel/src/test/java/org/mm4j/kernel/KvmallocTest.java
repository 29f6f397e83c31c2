package org.mm4j.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadAddressException;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.ZoneSettings;
import org.mm4j.slab.Kmalloc;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KvmallocTest {
    private static final long MIB = 1 << 20;

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20).withSettings(ZoneSettings.NO_RESERVES));
    private final Kvmalloc kv = kernel.kvmalloc();

    @AfterEach
    void close() {
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
    }

    /** From here on there are single pages, but hardly two that are adjacent. */
    private void fragment() {
        List<Long> taken = new ArrayList<>();
        for (long pfn = take(); pfn != PageFrame.NONE; pfn = take()) {
            taken.add(pfn);
        }
        taken.stream().filter(pfn -> pfn % 2 == 0).forEach(pfn -> kernel.pages().freePages(pfn, 0));
        kernel.drainAllPages();
    }

    private long take() {
        return kernel.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN, 0);
    }

    @Test
    void memoryIsOfKmallocIfThatIsEasy() {
        for (long bytes : new long[] {1, 4096, 5000, 4 * MIB}) {
            long address = kv.kvmalloc(bytes, Gfp.GFP_KERNEL);
            assertThat(kv.isVmallocAddr(address)).isFalse();
            assertThat(kv.kvsize(address)).isGreaterThanOrEqualTo(bytes);
            kv.kvfree(address);
        }
        long large = kv.kvmalloc(4 * MIB + 1, Gfp.GFP_KERNEL);
        assertThat(kv.isVmallocAddr(large)).isTrue();
        assertThat(kv.kvsize(large)).isEqualTo(4 * MIB + 4096);
        kv.kvfree(large);
        assertThat(kernel.log().lines()).isEmpty();
    }

    @Test
    void fragmentedMemoryIsOfVmallocAboveAPage() {
        fragment();
        long large = kv.kvzalloc(64 << 10, Gfp.GFP_KERNEL);
        assertThat(kv.isVmallocAddr(large)).isTrue();
        assertThat(kv.segment(large, 64 << 10).get(JAVA_LONG, 65_528)).isZero();
        assertThat(kv.kvmalloc(64 << 10, Gfp.GFP_ATOMIC)).as("who may not wait").isZero();
        kv.kvfree(large);
        long small = kv.kvmalloc(100, Gfp.GFP_KERNEL);
        assertThat(kv.isVmallocAddr(small)).isFalse();
        kv.kvfree(small);
    }

    @Test
    void overflowsAndGiantsAreRefused() {
        assertThat(kv.kvcalloc(-1L >>> 2, 8, Gfp.GFP_KERNEL)).isZero();
        assertThat(kv.kvmallocArray(1L << 32, 1L << 32, Gfp.GFP_KERNEL)).isZero();
        assertThat(kv.kvmalloc(1L << 31, Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN)).isZero();
        assertThat(kernel.log().lines()).isEmpty();
        assertThat(kv.kvmalloc(1L << 31, Gfp.GFP_KERNEL)).isZero();
        assertThat(kv.kvmalloc(-1, Gfp.GFP_KERNEL)).isZero();
        assertThat(kernel.log().lines())
                .containsExactly("kvmalloc: 2147483648 bytes are refused: it has 2 GiB - 1 at most");
        assertThat(kv.kvmalloc(0, Gfp.GFP_KERNEL)).isEqualTo(Kmalloc.ZERO_SIZE_PTR);
        assertThat(kv.kvcalloc(0, 8, Gfp.GFP_KERNEL)).isEqualTo(Kmalloc.ZERO_SIZE_PTR);
    }

    @Test
    void zeroesAreZeroes() {
        for (long bytes : new long[] {100, 5 * MIB}) {
            long dirty = kv.kvmalloc(bytes, Gfp.GFP_KERNEL);
            kv.segment(dirty, bytes).fill((byte) -1);
            kv.kvfree(dirty);
            long address = kv.kvcalloc(bytes / 4, 4, Gfp.GFP_KERNEL);
            assertThat(kv.segment(address, bytes).mismatch(MemorySegment.ofArray(new byte[(int) bytes])))
                    .isEqualTo(-1);
            kv.kvfree(address);
        }
    }

    @Test
    void contentsMoveFromKmallocToVmallocAndStayThere() {
        long address = kv.kvrealloc(0, 100, Gfp.GFP_KERNEL);
        kv.segment(address, 100).fill((byte) 5);
        address = kv.kvrealloc(address, 5000, Gfp.GFP_KERNEL);
        kv.segment(address, 5000).fill((byte) 6);
        address = kv.kvrealloc(address, 5 * MIB, Gfp.GFP_KERNEL);
        assertThat(kv.isVmallocAddr(address)).isTrue();
        MemorySegment bytes = kv.segment(address, 5000);
        for (int i = 0; i < 5000; i++) {
            assertThat(bytes.get(JAVA_BYTE, i)).isEqualTo((byte) 6);
        }
        address = kv.kvrealloc(address, 10, Gfp.GFP_KERNEL);
        assertThat(kv.isVmallocAddr(address)).isTrue();
        assertThat(kv.kvrealloc(address, 0, Gfp.GFP_KERNEL)).isZero();
        assertThat(kernel.slab().objectsInUse()).isZero();
    }

    @Test
    void aFailedResizeLeavesTheMemory() {
        long address = kv.kvmalloc(5000, Gfp.GFP_KERNEL);
        kv.segment(address, 5000).fill((byte) 6);
        assertThat(kv.kvrealloc(address, 80 * MIB, Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN))
                .isZero();
        assertThat(kv.segment(address, 5000).get(JAVA_BYTE, 4999)).isEqualTo((byte) 6);
        kv.kvfree(address);
    }

    @Test
    void secretsAreGone() {
        for (long bytes : new long[] {3000, 5 * MIB}) {
            long address = kv.kvmalloc(bytes, Gfp.GFP_KERNEL);
            kv.segment(address, bytes).fill((byte) 9);
            long pfn = kv.isVmallocAddr(address)
                    ? kernel.vmalloc().vmallocToPfn(address)
                    : kernel.directMap().pfn(address);
            long offset = address & 4095;
            assertThatThrownBy(() -> kv.kvfreeSensitive(address, 100 * MIB))
                    .isInstanceOf(IllegalArgumentException.class);
            kv.kvfreeSensitive(address, bytes);
            assertThat(kernel.directMap().segment(pfn, 4096).get(JAVA_BYTE, offset + 2000))
                    .isZero();
        }
        kv.kvfreeSensitive(0, 10);
    }

    @Test
    @DisplayName("6.3: kvfree of what nobody has")
    void foreignAddressesAreRefused() {
        kv.kvfree(0);
        kv.kvfree(Kmalloc.ZERO_SIZE_PTR);
        long small = kv.kvmalloc(100, Gfp.GFP_KERNEL);
        long large = kv.kvmalloc(5 * MIB, Gfp.GFP_KERNEL);
        assertThatThrownBy(() -> kv.kvfree(small + 8)).isInstanceOf(BadObjectException.class);
        assertThatThrownBy(() -> kv.kvfree(large + 8)).isInstanceOf(BadAddressException.class);
        assertThatThrownBy(() -> kv.kvsize(large + 4096)).isInstanceOf(BadAddressException.class);
        assertThatThrownBy(() -> kv.segment(small, 100_000)).isInstanceOf(IllegalArgumentException.class);
        kv.kvfree(small);
        kv.kvfree(large);
        assertThatThrownBy(() -> kv.kvfree(small)).isInstanceOf(BadObjectException.class);
        assertThatThrownBy(() -> kv.kvfree(large)).isInstanceOf(BadAddressException.class);
        assertThatThrownBy(() -> kv.kvfree(4242)).isInstanceOf(BadObjectException.class);
    }
}
