package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_DMA;
import static org.mm4j.api.Gfp.__GFP_RECLAIMABLE;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeClassesTest {
    private static final SizeClasses LINUX = SizeClasses.LINUX;

    static Stream<SizeClasses> tables() {
        return Stream.of(SizeClasses.LINUX, SizeClasses.DENSE);
    }

    @Test
    @DisplayName("C33: the index of each size up to 192")
    void indexes() {
        int[] table = {3, 4, 5, 5, 6, 6, 6, 6, 1, 1, 1, 1, 7, 7, 7, 7, 2, 2, 2, 2, 2, 2, 2, 2};
        for (int bytes = 1; bytes <= 192; bytes++) {
            assertThat(LINUX.index(bytes)).as("%d bytes", bytes).isEqualTo(table[(bytes - 1) / 8]);
        }
    }

    @Test
    @DisplayName("C33: above 192 the index is the bit that holds the size")
    void indexesAbove192() {
        for (int bytes = 193; bytes <= 8192; bytes++) {
            int index = LINUX.index(bytes);
            assertThat(1 << index).isGreaterThanOrEqualTo(bytes);
            assertThat(1 << index - 1).isLessThan(Math.max(bytes, 256));
        }
    }

    @Test
    void sizesThatNoClassHolds() {
        assertThat(Stream.of(0L, -1L, 8193L, 1L << 32, Long.MIN_VALUE, Long.MAX_VALUE)
                        .map(LINUX::index))
                .containsOnly(0);
        assertThat(LINUX.size(0)).isZero();
    }

    @ParameterizedTest(name = "C34: {0} becomes {1}")
    @CsvSource({"0, 0", "1, 8", "9, 16", "33, 64", "65, 96", "97, 128", "129, 192", "193, 256", "257, 512"})
    @CsvSource({"4097, 8192", "8192, 8192", "8193, 16384", "40000, 65536", "4194304, 4194304", "4194305, 4194305"})
    @CsvSource({"-1, -1", "9223372036854775807, 9223372036854775807"})
    void roundUp(long bytes, long rounded) {
        assertThat(LINUX.roundUp(bytes)).isEqualTo(rounded);
    }

    @Test
    @DisplayName("C36: 100 bytes are 128")
    void oneHundred() {
        assertThat(LINUX.size(LINUX.index(100))).isEqualTo(128);
    }

    @Test
    @DisplayName("C35: DMA before reclaimable before charged")
    void types() {
        assertThat(KmallocType.of(GFP_KERNEL)).isEqualTo(KmallocType.NORMAL);
        assertThat(KmallocType.of(GFP_KERNEL | __GFP_ACCOUNT)).isEqualTo(KmallocType.CGROUP);
        assertThat(KmallocType.of(__GFP_RECLAIMABLE | __GFP_ACCOUNT)).isEqualTo(KmallocType.RECLAIM);
        assertThat(KmallocType.of(__GFP_DMA | __GFP_ACCOUNT)).isEqualTo(KmallocType.DMA);
        assertThat(KmallocType.of(__GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT))
                .isEqualTo(KmallocType.DMA);
        assertThat(KmallocType.of(__GFP_RECLAIMABLE)).isEqualTo(KmallocType.RECLAIM);
    }

    @Test
    @DisplayName("C35: the caches' names")
    void names() {
        assertThat(IntStream.rangeClosed(1, 13).mapToObj(i -> LINUX.name(KmallocType.NORMAL, i)))
                .isEqualTo(Stream.of("96", "192", "8", "16", "32", "64", "128", "256", "512", "1k", "2k", "4k", "8k")
                        .map("kmalloc-"::concat)
                        .toList());
        assertThat(LINUX.name(KmallocType.RECLAIM, 1)).isEqualTo("kmalloc-rcl-96");
        assertThat(LINUX.name(KmallocType.CGROUP, 10)).isEqualTo("kmalloc-cg-1k");
        assertThat(LINUX.name(KmallocType.DMA, 13)).isEqualTo("dma-kmalloc-8k");
        assertThat(LINUX.randomName(7, 2)).isEqualTo("kmalloc-rnd-07-192");
        assertThat(LINUX.randomName(0, 2)).isEqualTo("kmalloc-192");
        assertThatThrownBy(() -> LINUX.randomName(16, 2))
                .hasMessage("the random copies of a cache are 0 to 15, not 16");
    }

    @Test
    @DisplayName("C39: a class is aligned to its lowest bit")
    void alignments() {
        assertThat(Stream.of(32, 64, 96, 192, 256, 8192).map(size -> LINUX.align(LINUX.index(size))))
                .isEqualTo(List.of(32, 64, 32, 64, 256, 8192));
    }

    @ParameterizedTest
    @MethodSource("tables")
    @DisplayName("C39: a request is aligned to its largest power-of-two divisor")
    void requestsAreAligned(SizeClasses classes) {
        for (int flags : new int[] {0, SlabFlags.SLAB_RED_ZONE | SlabFlags.SLAB_STORE_USER}) {
            for (int bytes = 1; bytes <= SizeClasses.MAX_CACHE_SIZE; bytes++) {
                SlabRequest request = classes.request(KmallocType.NORMAL, classes.index(bytes), Machine.TWO_CPUS);
                SlabLayout layout = SlabLayout.of(request.withFlags(request.flags() | flags));
                int divisor = Integer.lowestOneBit(bytes);

                assertThat(layout.objectSize()).isGreaterThanOrEqualTo(bytes);
                assertThat(layout.size() % divisor | layout.redLeftPad() % divisor)
                        .as("%d bytes", bytes)
                        .isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tables")
    void aRequestGetsTheSmallestClassThatHoldsIt(SizeClasses classes) {
        for (int bytes = 1; bytes <= SizeClasses.MAX_CACHE_SIZE; bytes++) {
            int wanted = bytes;
            int smallest = IntStream.rangeClosed(1, classes.count())
                    .map(classes::size)
                    .filter(size -> size >= wanted)
                    .min()
                    .orElseThrow();

            assertThat(classes.size(classes.index(bytes))).isEqualTo(smallest);
            assertThat(classes.roundUp(bytes)).isEqualTo(smallest);
        }
    }

    @Test
    void theDenseTableHasFourClassesToEachDoubling() {
        List<Integer> sizes = IntStream.rangeClosed(1, SizeClasses.DENSE.count())
                .mapToObj(SizeClasses.DENSE::size)
                .toList();

        assertThat(sizes)
                .isSorted()
                .startsWith(8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160)
                .endsWith(4096, 5120, 6144, 7168, 8192)
                .hasSize(36);
        assertThat(SizeClasses.DENSE.name(KmallocType.NORMAL, SizeClasses.DENSE.index(1025)))
                .isEqualTo("kmalloc-1280");
        assertThat(SizeClasses.DENSE.name(KmallocType.CGROUP, SizeClasses.DENSE.index(5000)))
                .isEqualTo("kmalloc-cg-5k");
    }

    @Test
    void theDenseTableLosesAFifthAtTheMost() {
        for (int bytes = 25; bytes <= SizeClasses.MAX_CACHE_SIZE; bytes++) {
            long size = SizeClasses.DENSE.roundUp(bytes);
            assertThat(size - bytes).isLessThanOrEqualTo(Math.max(7, size / 5));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NORMAL", "CGROUP", "RECLAIM", "DMA"})
    void cachesOfKmallocStayAlone(KmallocType type) {
        SlabRequest request = LINUX.request(type, 1, Machine.TWO_CPUS);

        assertThat(request.flags() & SlabFlags.SLAB_KMALLOC).isNotZero();
        assertThat(request.align()).isEqualTo(32);
        assertThat(CacheMerge.isMergeable(request)).isFalse();
    }
}
