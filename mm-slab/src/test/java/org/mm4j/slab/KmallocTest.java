package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_DMA;
import static org.mm4j.api.Gfp.__GFP_HIGHMEM;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.api.Gfp.__GFP_RECLAIMABLE;
import static org.mm4j.api.Gfp.__GFP_ZERO;
import static org.mm4j.slab.Kmalloc.ZERO_SIZE_PTR;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadObjectException;

/** Sizes, classes and what requests get. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class KmallocTest {
    private final EngineKind engine;
    private final TestSlabs machine;
    private final Kmalloc kmalloc;

    KmallocTest(EngineKind engine) {
        this.engine = engine;
        machine = slabs();
        kmalloc = new Kmalloc(machine.slabs);
    }

    private TestSlabs slabs() {
        return new TestSlabs(engine.over(SlabConfig.ofCpus(2)));
    }

    @AfterEach
    void nothingIsBroken() {
        machine.expectValid();
        assertThat(kmalloc.validate()).isEmpty();
    }

    private String cacheOf(long address) {
        return Objects.requireNonNull(machine.slabs.cacheOf(address), "in no slab")
                .name();
    }

    @Test
    @DisplayName("C29 kmalloc(0) is an address of its own, which nothing happens to")
    void zeroBytes() {
        assertThat(kmalloc.kmalloc(0, GFP_KERNEL)).isEqualTo(ZERO_SIZE_PTR).isEqualTo(16);
        assertThat(kmalloc.kmallocNode(0, GFP_KERNEL, 0)).isEqualTo(ZERO_SIZE_PTR);
        assertThat(kmalloc.kmallocLarge(0, GFP_KERNEL)).isEqualTo(ZERO_SIZE_PTR);
        assertThat(kmalloc.kcalloc(0, Long.MAX_VALUE, GFP_KERNEL)).isEqualTo(ZERO_SIZE_PTR);
        assertThat(kmalloc.ksize(ZERO_SIZE_PTR)).isZero();
        assertThat(kmalloc.ksize(0)).isZero();
        kmalloc.kfree(ZERO_SIZE_PTR);
        kmalloc.kfree(0);
        kmalloc.kfreeSensitive(ZERO_SIZE_PTR);
        long grown = kmalloc.krealloc(ZERO_SIZE_PTR, 40, GFP_KERNEL);
        assertThat(cacheOf(grown)).isEqualTo("kmalloc-64");
        kmalloc.kfree(grown);
    }

    @Test
    @DisplayName("C30 kmalloc(8193) is a block of pages")
    void largeRequests() {
        long address = kmalloc.kmalloc(8193, GFP_KERNEL);
        assertThat(kmalloc.ksize(address)).isEqualTo(16384);
        assertThat(machine.slabs.cacheOf(address)).isNull();
        assertThat(kmalloc.largePages(0)).isEqualTo(4);
        assertThat(kmalloc.largeBlocks()).isEqualTo(1);
        kmalloc.kfree(address);
        assertThat(kmalloc.largePages(0)).isZero();
        long small = kmalloc.kmallocLarge(100, GFP_KERNEL);
        assertThat(kmalloc.ksize(small)).isEqualTo(4096);
        kmalloc.kfree(small);
        machine.expectAllPagesBack();
    }

    @Test
    @DisplayName("C31 more than 4 MiB is never served, and warned about once")
    void tooLarge() {
        long most = kmalloc.kmalloc(4 << 20, GFP_KERNEL);
        assertThat(kmalloc.ksize(most)).isEqualTo(4 << 20);
        kmalloc.kfree(most);
        assertThat(kmalloc.kmalloc((4 << 20) + 1, GFP_KERNEL | __GFP_NOWARN)).isZero();
        assertThat(machine.log.linesWritten()).isZero();
        assertThat(kmalloc.kmalloc((4 << 20) + 1, GFP_KERNEL)).isZero();
        assertThat(kmalloc.kmalloc(-1, GFP_KERNEL)).isZero();
        assertThat(kmalloc.kmalloc(Long.MIN_VALUE, GFP_KERNEL)).isZero();
        assertThat(machine.log.lines()).containsExactly("kmalloc of 4194305 bytes fails: it has 4194304 at most");
        machine.expectAllPagesBack();
    }

    @Test
    @DisplayName("C32 arrays whose size no number holds are not served")
    void overflow() {
        long sizeMax = -1;
        assertThat(kmalloc.kcalloc(Long.divideUnsigned(sizeMax, 4), 8, GFP_KERNEL))
                .isZero();
        assertThat(kmalloc.kmallocArray(1L << 32, 1L << 32, GFP_KERNEL)).isZero();
        assertThat(kmalloc.kmallocArray(sizeMax, 2, GFP_KERNEL)).isZero();
        long kept = kmalloc.kmalloc(10, GFP_KERNEL);
        assertThat(kmalloc.kreallocArray(kept, sizeMax, 3, GFP_KERNEL)).isZero();
        assertThat(kmalloc.ksize(kept)).isEqualTo(16);
        assertThat(machine.log.linesWritten()).as("silently").isZero();
        long moved = kmalloc.kreallocArray(kept, 5, 8, GFP_KERNEL);
        assertThat(kmalloc.ksize(moved)).isEqualTo(64);
        kmalloc.kfree(moved);
    }

    @Test
    @DisplayName("C33, C34, C36 each request gets its class")
    void classes() {
        for (int bytes = 1; bytes <= 8192; bytes++) {
            long address = kmalloc.kmalloc(bytes, GFP_KERNEL);
            long served = SizeClasses.LINUX.roundUp(bytes);
            assertThat(kmalloc.ksize(address)).as("%d bytes", bytes).isEqualTo(served);
            assertThat(kmalloc.kmallocSizeRoundup(bytes)).isEqualTo(served);
            kmalloc.kfree(address);
        }
        assertThat(kmalloc.kmallocSizeRoundup(100)).isEqualTo(128);
        assertThat(kmalloc.kmallocSizeRoundup(8193)).isEqualTo(16384);
    }

    @Test
    @DisplayName("C35 the kinds of memory have caches of their own; DMA before reclaimable before charged")
    void kinds() {
        KmallocCaches caches = new KmallocCaches(TestSlabs.onCpus(2).slabs, SizeClasses.LINUX, false);
        assertThat(caches.cache(100, GFP_KERNEL).name()).isEqualTo("kmalloc-128");
        assertThat(caches.cache(100, __GFP_ACCOUNT).name()).isEqualTo("kmalloc-cg-128");
        assertThat(caches.cache(100, __GFP_RECLAIMABLE | __GFP_ACCOUNT).name()).isEqualTo("kmalloc-rcl-128");
        assertThat(caches.cache(100, __GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT)
                        .name())
                .isEqualTo("dma-kmalloc-128");
        long charged = kmalloc.kmalloc(8000, GFP_KERNEL | __GFP_ACCOUNT);
        assertThat(cacheOf(charged)).isEqualTo("kmalloc-cg-8k");
        kmalloc.kfree(charged);
    }

    @ParameterizedTest(name = "C39 every object of kmalloc-{0} is aligned")
    @ValueSource(ints = {8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192})
    void alignment(int bytes) {
        List<Long> objects = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            long address = kmalloc.kmalloc(bytes, GFP_KERNEL);
            assertThat(address % Integer.lowestOneBit(bytes)).isZero();
            objects.add(address);
        }
        objects.forEach(kmalloc::kfree);
    }

    @Test
    void cachesAreCreatedInTheKernelsOrder() {
        List<String> names =
                machine.slabs.caches().reversed().stream().map(KmemCache::name).toList();
        assertThat(names)
                .hasSize(4 * 13)
                .startsWith("kmalloc-96", "kmalloc-192", "kmalloc-8", "kmalloc-16")
                .endsWith("kmalloc-cg-4k", "kmalloc-cg-8k");
        assertThat(names.subList(12, 15)).containsExactly("kmalloc-8k", "kmalloc-rcl-96", "kmalloc-rcl-192");
        assertThat(names.subList(25, 27)).containsExactly("kmalloc-rcl-8k", "dma-kmalloc-96");
    }

    @Test
    void zeroesReachToTheEndOfTheClass() {
        for (int bytes : new int[] {1, 8, 100, 192, 5000, 8192, 9000}) {
            long dirty = kmalloc.kmalloc(bytes, GFP_KERNEL);
            int served = (int) kmalloc.ksize(dirty);
            machine.paint(dirty, served, 7);
            kmalloc.kfree(dirty);
            long clean = kmalloc.kzalloc(bytes, GFP_KERNEL);
            int zeroed = engine == EngineKind.DEBUG ? bytes : served; // and a red zone behind them
            for (int at = 0; at + 8 <= zeroed; at += 8) {
                assertThat(machine.word(clean + at))
                        .as("%d bytes, at %d", bytes, at)
                        .isZero();
            }
            kmalloc.kfree(clean);
            long cells = kmalloc.kcalloc(2, bytes, GFP_KERNEL);
            assertThat(machine.word(cells) << (8 - Math.min(8, 2 * bytes)) * 8).isZero();
            kmalloc.kfree(cells);
        }
    }

    @Test
    void denseClassesServeToo() {
        TestSlabs other = slabs();
        Kmalloc dense = new Kmalloc(other.slabs, SizeClasses.DENSE, false);
        for (int bytes = 1; bytes <= 8192; bytes += 7) {
            long address = dense.kmalloc(bytes, GFP_KERNEL);
            assertThat(dense.ksize(address)).isEqualTo(SizeClasses.DENSE.roundUp(bytes));
            assertThat(address % Integer.lowestOneBit(bytes)).isZero();
            dense.kfree(address);
        }
        assertThat(dense.kmallocSizeRoundup(1025)).isEqualTo(1280);
        other.expectValid();
    }

    @Test
    void randomCopiesSpreadCallers() {
        TestSlabs other = slabs();
        Kmalloc spread = new Kmalloc(other.slabs, SizeClasses.LINUX, true);
        Set<String> names = new HashSet<>();
        for (int caller = 0; caller < 500; caller++) {
            String name = nameFor(other, spread, caller);
            assertThat(nameFor(other, spread, caller)).as("the same caller").isEqualTo(name);
            names.add(name);
        }
        assertThat(names).hasSize(16).contains("kmalloc-64", "kmalloc-rnd-01-64", "kmalloc-rnd-15-64");
        long special = spread.kmallocTrackCaller(64, GFP_KERNEL | __GFP_ACCOUNT, 3);
        assertThat(Objects.requireNonNull(other.slabs.cacheOf(special)).name()).isEqualTo("kmalloc-cg-64");
        spread.kfree(special);
        assertThat(other.slabs.caches()).hasSize(19 * 13);
    }

    private static String nameFor(TestSlabs slabs, Kmalloc kmalloc, int caller) {
        long address = kmalloc.kmallocTrackCaller(60, GFP_KERNEL, caller);
        String name = Objects.requireNonNull(slabs.slabs.cacheOf(address)).name();
        kmalloc.kfree(address);
        return name;
    }

    @Test
    void nodesThatAreNotThereAreRefused() {
        assertThatThrownBy(() -> kmalloc.kmallocNode(100, GFP_KERNEL, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kmalloc.kmallocNode(100_000, GFP_KERNEL, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void flagsThatMakeNoSenseAreDroppedAndLogged() {
        long address = kmalloc.kmalloc(9000, GFP_KERNEL | __GFP_HIGHMEM | __GFP_ZERO);
        assertThat(machine.log.lines()).singleElement().asString().startsWith("Unexpected gfp: __GFP_HIGHMEM");
        kmalloc.kfree(address);
    }

    @Test
    void everyObjectCanBeFreedHere() {
        KmemCache cache = machine.create("inode", 600);
        long object = cache.alloc(GFP_KERNEL);
        assertThat(kmalloc.ksize(object))
                .isEqualTo(engine == EngineKind.DEBUG ? 600 : cache.layout().size());
        kmalloc.kfree(object);
        assertThatThrownBy(() -> kmalloc.ksize(object)).isInstanceOf(BadObjectException.class);
    }
}
