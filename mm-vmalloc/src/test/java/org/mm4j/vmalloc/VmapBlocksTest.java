package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mm4j.api.PageFrame.PAGE_SIZE;
import static org.mm4j.vmalloc.FreeRanges.NONE;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.CpuSource;

/** Blocks of 128 pages, by one thread on a CPU of its choice. */
class VmapBlocksTest {
    private static final long START = 0x4000_0000L;
    private static final int BLOCK = 128;
    private static final int BLOCKS = 32;

    private final FlushLog flush = new FlushLog();
    private int cpu;
    private final CpuSource here = cpus -> cpu % cpus;
    private final VmapAreas areas = new VmapAreas(START, page(BLOCK * BLOCKS), 4, here, flush);
    private final VmapBlocks blocks = new VmapBlocks(areas, 4, here, BLOCK);

    private static long page(long page) {
        return START + page * PAGE_SIZE;
    }

    @AfterEach
    void areValid() {
        assertThat(blocks.validate()).isEmpty();
        assertThat(areas.validate()).isEmpty();
    }

    private void free(long address, int pages) {
        assertThat(blocks.unlink(address, pages)).isTrue();
        blocks.freeLazily(address, pages);
    }

    @ParameterizedTest(name = "{0} CPUs, blocks of {1} pages")
    @CsvSource({"1, 1024", "2, 1024", "2048, 1024", "4096, 512", "8192, 256", "65536, 128"})
    void sizesOfBlocks(int cpus, int pages) {
        assertThat(VmapBlocks.blockPages(cpus)).isEqualTo(pages);
    }

    @Test
    @DisplayName("C70: 64 pages come from a block, 65 do not")
    void upTo64Pages() {
        assertThat(VmapBlocks.PAGES_MAX).isEqualTo(64);
        long address = blocks.alloc(64);
        assertThat(address).isEqualTo(START);
        assertThat(blocks.pagesAt(address)).isEqualTo(64);
        assertThat(areas.find(address).block()).isSameAs(blocks.find(address));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> blocks.alloc(65))
                .withMessage("a block serves 1 to 64 pages, not 65");
        assertThatIllegalArgumentException().isThrownBy(() -> blocks.alloc(0));
        assertThat(areas.stats().areasBusy()).isEqualTo(1);
    }

    @Test
    void mappingsTakeThePowerOfTwoThatHoldsThem() {
        assertThat(blocks.alloc(1)).isEqualTo(page(0));
        assertThat(blocks.alloc(3)).isEqualTo(page(1));
        assertThat(blocks.alloc(4)).isEqualTo(page(5));
        assertThat(blocks.alloc(33)).isEqualTo(page(9));
        assertThat(blocks.alloc(64)).as("a new block").isEqualTo(page(128));
        assertThat(blocks.alloc(55)).as("the old one has 55 left, not 64").isEqualTo(page(192));
        assertThat(blocks.alloc(32)).isEqualTo(page(73));
        assertThat(blocks.alloc(32)).isEqualTo(page(256));
    }

    @Test
    void everyCpuHasItsBlock() {
        long first = blocks.alloc(1);
        cpu = 1;
        assertThat(blocks.alloc(1)).isEqualTo(page(BLOCK));
        free(first, 1);
        cpu = 0;
        assertThat(blocks.alloc(1)).as("no page twice").isEqualTo(page(1));
    }

    @Test
    void aBlockIsFreedWhenAllOfItIsDirty() {
        long first = blocks.alloc(64);
        long second = blocks.alloc(64);
        long other = blocks.alloc(64);
        free(second, 64);
        assertThat(areas.stats().areasBusy()).isEqualTo(2);
        cpu = 3;
        free(first, 64);
        assertThat(areas.stats().areasBusy()).isEqualTo(1);
        assertThat(areas.lazyPages()).isEqualTo(BLOCK);
        assertThat(blocks.find(first)).isNull();
        assertThat(blocks.pagesAt(first)).isZero();
        assertThat(blocks.pagesAt(other)).isEqualTo(64);
        areas.purge();
        assertThat(flush.flushes).containsExactly(FreeRanges.name(START, page(BLOCK)));
        cpu = 0; // whose pool has it
        assertThat(blocks.alloc(64)).isEqualTo(page(BLOCK + 64));
        assertThat(blocks.alloc(64)).isEqualTo(START);
    }

    @Test
    void wrongAddressesAndLengthsAreRefused() {
        long address = blocks.alloc(3);
        long next = blocks.alloc(1);
        assertThat(blocks.unlink(address, 4)).as("the wrong length").isFalse();
        assertThat(blocks.unlink(address, 0)).isFalse();
        assertThat(blocks.unlink(address, -3)).isFalse();
        assertThat(blocks.unlink(address, 259)).isFalse();
        assertThat(blocks.unlink(address + PAGE_SIZE, 3)).as("inside").isFalse();
        assertThat(blocks.unlink(address + 1, 3)).isFalse();
        assertThat(blocks.unlink(START - PAGE_SIZE, 1)).isFalse();
        assertThat(blocks.unlink(page(BLOCK * BLOCKS), 1)).isFalse();
        assertThat(blocks.unlink(Long.MIN_VALUE, 1)).isFalse();
        assertThat(blocks.unlink(Long.MAX_VALUE, 1)).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(() -> blocks.freeLazily(address, 3))
                .withMessage("no unlinked mapping of 3 pages at 0x40000000");
        assertThat(blocks.unlink(address, 3)).isTrue();
        assertThat(blocks.pagesAt(address)).isZero();
        assertThat(blocks.unlink(address, 3)).as("twice").isFalse();
        assertThatIllegalStateException().isThrownBy(() -> blocks.freeLazily(address, 4));
        assertThatIllegalStateException().isThrownBy(() -> blocks.freeLazily(address, -3));
        blocks.freeLazily(address, 3);
        assertThatIllegalStateException().isThrownBy(() -> blocks.freeLazily(address, 3));
        assertThat(blocks.pagesAt(next)).isEqualTo(1);
        assertThatIllegalArgumentException().isThrownBy(() -> new VmapBlocks(areas, 4, here, 96));
        assertThatIllegalArgumentException().isThrownBy(() -> new VmapBlocks(areas, 4, here, 32));
    }

    @Test
    void fragmentedBlocksAreGivenUp() {
        long a = blocks.alloc(64);
        long b = blocks.alloc(32);
        free(a, 64);
        free(b, 32);
        assertThat(blocks.find(a).pagesFree()).isEqualTo(BLOCK / 4);
        blocks.purgeFragmented(false);
        assertThat(areas.stats().areasBusy()).as("a quarter is left").isEqualTo(1);
        long c = blocks.alloc(1);
        blocks.purgeFragmented(true);
        assertThat(areas.stats().areasBusy()).as("something is mapped").isEqualTo(1);
        assertThat(blocks.unlink(c, 1)).isTrue();
        blocks.purgeFragmented(true);
        assertThat(areas.stats().areasBusy()).as("something is being unmapped").isEqualTo(1);
        blocks.freeLazily(c, 1);
        blocks.purgeFragmented(false);
        assertThat(areas.stats().areasBusy()).isZero();
        assertThat(areas.lazyPages()).isEqualTo(BLOCK);
        assertThat(blocks.alloc(1)).as("not in that block").isEqualTo(page(BLOCK));
    }

    @Test
    void fragmentedBlocksAreGivenUpWhenAddressesRunOut() {
        for (cpu = 0; cpu < 4; cpu++) {
            free(blocks.alloc(1), 1);
        }
        assertThat(areas.stats().areasBusy()).isEqualTo(4);
        assertThat(areas.alloc((long) BLOCK * BLOCKS * PAGE_SIZE, PAGE_SIZE, 0)).isNotNull();
        assertThat(blocks.alloc(1)).isEqualTo(NONE);
    }

    @Test
    void unmapAliasesFlushesWhatIsDirtyOnce() {
        blocks.alloc(8);
        long a = blocks.alloc(8);
        long b = blocks.alloc(3);
        blocks.alloc(64);
        cpu = 1;
        long c = blocks.alloc(16);
        blocks.unmapAliases();
        assertThat(flush.flushes).isEmpty();
        free(b, 3);
        free(a, 8);
        blocks.unmapAliases();
        assertThat(flush.flushes).containsExactly(FreeRanges.name(page(8), page(20)));
        blocks.unmapAliases();
        assertThat(flush.flushes).hasSize(1);
        free(c, 16);
        flush.fails = true;
        assertThatIllegalStateException().isThrownBy(blocks::unmapAliases);
        flush.fails = false;
        blocks.unmapAliases();
        assertThat(flush.flushes.get(1)).as("at least the 16 pages").isEqualTo(FreeRanges.name(page(0), page(144)));
        assertThat(areas.stats().areasBusy()).isEqualTo(2);
    }

    @Test
    void allBlocksAreUsedUpAndComeBack() {
        List<Long> taken = new ArrayList<>();
        for (long address = blocks.alloc(7); address != NONE; address = blocks.alloc(7)) {
            taken.add(address);
        }
        assertThat(taken).hasSize(BLOCKS * BLOCK / 8).doesNotHaveDuplicates();
        taken.forEach(address -> free(address, 7));
        assertThat(areas.stats().areasBusy()).isZero();
        assertThat(blocks.alloc(7)).isEqualTo(START);
        assertThat(flush.flushes).hasSize(1);
    }

    @Test
    void withoutHeapForItThereIsNoBlock() {
        for (int i = 0; i < areas.nodeCount(); i++) {
            areas.node(i).busy().tree().setCapacityMax(0);
        }
        int served = 0;
        try {
            while (true) {
                served += blocks.alloc(64) == NONE ? 0 : 1;
            }
        } catch (OutOfMemoryError expected) {
            assertThat(served).isPositive();
        }
        assertThat(areas.stats().areasBusy()).isEqualTo((served + 1) / 2);
    }
}
