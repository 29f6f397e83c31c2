package org.mm4j.kernel.pools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.Gfp;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DmaPoolTest {
    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20));

    @AfterEach
    void close() {
        assertThat(kernel.pagesInUse()).isZero();
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
    }

    @ParameterizedTest
    @DisplayName("O9: the pools of dmapool_test, and others")
    @CsvSource({
        "16, 16, 0, 1024",
        "64, 64, 0, 1024",
        "256, 256, 0, 1024",
        "1024, 1024, 0, 2048",
        "4096, 4096, 0, 1024",
        "68, 32, 4096, 8192",
        "68, 1, 256, 1000",
        "100, 0, 128, 1000",
        "1, 0, 0, 1000",
        "5000, 0, 8192, 50",
        "9000, 4096, 1048576, 50",
        "24, 8192, 0, 20"
    })
    void blocksAreAlignedAndCrossNoBoundary(int size, int align, int boundary, int blocks) {
        DmaPool pool = kernel.pools().dmaPool("o9", size, align, boundary);
        List<Long> addresses = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            long address = pool.alloc(GFP_KERNEL | Gfp.__GFP_ZERO);
            long dma = pool.dmaAddress(address);
            assertThat(dma % Math.max(align, 1)).isZero();
            if (boundary > 0) {
                assertThat(dma / boundary).isEqualTo((dma + size - 1) / boundary);
            }
            kernel.memory().directMap().asSlice(dma, size).fill((byte) 0x5a);
            addresses.add(address);
        }
        List<Long> sorted = addresses.stream().sorted().toList();
        for (int i = 1; i < blocks; i++) {
            assertThat(sorted.get(i) - sorted.get(i - 1)).isGreaterThanOrEqualTo(size);
        }
        assertThat(pool.blocksBusy()).isEqualTo(blocks);
        assertThat(pool.validate()).isEmpty();
        Collections.shuffle(addresses, new Random(1));
        addresses.forEach(pool::free);
        assertThat(pool.validate()).isEmpty();
        assertThat(pool.destroy()).isEmpty();
    }

    @Test
    void theLastBlockFreedIsTheNext() {
        DmaPool pool = kernel.pools().dmaPool("lifo", 64, 64, 0);
        long a = pool.alloc(GFP_KERNEL);
        long b = pool.alloc(GFP_KERNEL);
        assertThat(b).as("from the start of the page").isEqualTo(a + 64);
        pool.free(a);
        pool.free(b);
        assertThat(pool.alloc(GFP_KERNEL)).isEqualTo(b);
        assertThat(pool.alloc(GFP_KERNEL)).isEqualTo(a);
        pool.free(a);
        pool.free(b);
        pool.destroy();
    }

    @Test
    void badFreesAreRefused() {
        DmaPool pool = kernel.pools().dmaPool("pool", 68, 32, 512);
        assertThat(pool.blockBytes()).isEqualTo(96);
        long block = pool.alloc(GFP_KERNEL);
        long page = kernel.addresses().getFreePage(GFP_KERNEL);
        String at = "dma pool \"pool\" refuses address 0x";
        assertThatThrownBy(() -> pool.free(page))
                .hasMessage(at + Long.toHexString(page) + ": it is no address of this pool");
        assertThatThrownBy(() -> pool.free(block + 1)).hasMessageEndingWith(": no block begins there");
        assertThatThrownBy(() -> pool.free(block + 480)).hasMessageEndingWith(": no block begins there");
        assertThatThrownBy(() -> pool.free(block + 96)).hasMessageEndingWith(": its block is free already");
        assertThatThrownBy(() -> pool.free(-1)).hasMessageContaining("it is no address of this pool");
        assertThatThrownBy(() -> pool.free(1)).hasMessageContaining("it is no address of this pool");
        assertThatThrownBy(() -> pool.free(Long.MIN_VALUE)).hasMessageContaining("it is no address of this pool");
        pool.free(DmaPool.NONE);
        pool.free(block);
        assertThatThrownBy(() -> pool.free(block)).hasMessageEndingWith(": its block is free already");
        assertThat(pool.validate()).isEmpty();
        pool.destroy();
        kernel.addresses().freePage(page);
    }

    @Test
    void badPoolsAreRefused() {
        assertThatThrownBy(() -> kernel.pools().dmaPool("p", 0, 1, 0)).hasMessageContaining("not 0 aligned to 1");
        assertThatThrownBy(() -> kernel.pools().dmaPool("p", 8, 3, 0)).hasMessageContaining("not 3");
        assertThatThrownBy(() -> kernel.pools().dmaPool("p", 8, -8, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kernel.pools().dmaPool("p", 64, 0, 32))
                .hasMessage("the boundary is a power of two from 64 on, the size of a block, or 0 for none, not 32");
        assertThatThrownBy(() -> kernel.pools().dmaPool("p", 64, 0, 96)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kernel.pools().dmaPool("p", 64, 0, Long.MIN_VALUE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kernel.pools().dmaPool("p", (4 << 20) + 1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kernel.pools().dmaPool("p", 8, 8 << 20, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void destroyTellsWhatIsBusyAndTakesItLater() {
        DmaPool pool = kernel.pools().dmaPool("busy", 2048, 0, 0);
        List<Long> blocks = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            blocks.add(pool.alloc(GFP_KERNEL));
        }
        pool.free(blocks.get(0));
        pool.free(blocks.get(1));
        pool.free(blocks.get(2));
        assertThat(pool.destroy())
                .containsExactlyElementsOf(
                        blocks.subList(3, 6).stream().sorted().toList());
        assertThat(kernel.log().lines()).hasSize(1).first().asString().contains("while 3 blocks are in use");
        assertThat(kernel.pagesInUse()).isEqualTo(2);
        assertThatThrownBy(() -> pool.alloc(GFP_KERNEL)).hasMessage("dma pool \"busy\" is destroyed");
        assertThatThrownBy(() -> pool.free(blocks.get(2))).hasMessageContaining("free already");
        pool.free(blocks.get(3));
        assertThat(kernel.pagesInUse()).isOne();
        pool.free(blocks.get(4));
        pool.free(blocks.get(5));
        assertThatThrownBy(() -> pool.free(blocks.get(5))).hasMessageContaining("free already");
        assertThat(pool.destroy()).isEmpty();
    }

    @Test
    void manyThreadsAndADestroyLoseNoPage() throws InterruptedException {
        DmaPool pool = kernel.pools().dmaPool("crowd", 700, 4, 1024);
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Queue<Long> handedOver = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Random random = new Random(t);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int step = 0; step < 20_000; step++) {
                        if (random.nextBoolean()) {
                            handedOver.add(pool.alloc(GFP_KERNEL));
                        } else {
                            Long block = handedOver.poll();
                            pool.free(block == null ? DmaPool.NONE : block);
                        }
                    }
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessageContaining("is destroyed");
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        threads.getFirst().join();
        assertThat(pool.validate()).isEmpty();
        pool.destroy();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        handedOver.forEach(pool::free);
        assertThat(pool.validate()).isEmpty();
        assertThat(pool.blocksBusy()).isZero();
    }
}
