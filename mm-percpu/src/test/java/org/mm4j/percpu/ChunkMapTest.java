package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.percpu.BlockHints.BITS;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** C80: a chunk's map and all of its hints against a map without any. */
class ChunkMapTest {
    private static final int PAGES = 8;

    private final ChunkMap map = new ChunkMap(PAGES, 0, PAGES * BITS);
    private final NaiveMap naive = new NaiveMap(PAGES * BITS);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void hintsEqualTheTruth(int seed) {
        Random random = new Random(seed);
        int sizesMost = 1 << (seed + 2);
        for (int step = 0; step < 6_000; step++) {
            boolean filling = step / 500 % 2 == 0;
            if (random.nextInt(10) < (filling ? 8 : 3)) {
                take(1 + random.nextInt(sizesMost), 1 << random.nextInt(seed == 8 ? 11 : 5));
            } else if (!naive.areas().isEmpty()) {
                giveAny(random);
            }
            checkBlocks();
            checkChunk();
        }
        while (!naive.areas().isEmpty()) {
            giveAny(random);
            checkBlocks();
        }
        assertThat(map.hints().contig()).isEqualTo(PAGES * BITS);
    }

    /** Sizes of one or two words in one block: as many equal runs as there can be. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void equalRunsAreToldApart(int seed) {
        Random random = new Random(seed);
        for (int step = 0; step < 20_000; step++) {
            if (naive.free(0, BITS) > 30 * seed || naive.areas().isEmpty()) {
                take(1 + random.nextInt(2 * seed), 1 << random.nextInt(3));
            } else {
                giveAny(random);
            }
            checkBlocks();
        }
    }

    private void take(int bits, int align) {
        int bit = map.find(bits, align, null);
        if (bit != ChunkMap.NONE) {
            assertThat(bit % align).isZero();
            naive.take(bit, bit + bits);
            map.take(bit, bit + bits);
        } else if (align == 1) {
            assertThat(map.hints().contig()).isLessThan(bits);
        }
    }

    private void giveAny(Random random) {
        List<Integer> starts = new ArrayList<>(naive.areas().keySet());
        int start = starts.get(random.nextInt(starts.size()));
        int end = naive.give(start);
        assertThat(map.isAllocation(start)).isTrue();
        assertThat(map.allocationEnd(start)).isEqualTo(end);
        map.give(start, end);
        boolean emptiesBlock = naive.longest(start & -BITS, (start & -BITS) + BITS) == BITS;
        if (emptiesBlock || start / BITS != (end - 1) / BITS) {
            assertThat(map.hints().contig()).isEqualTo(naive.longest(0, PAGES * BITS));
        }
    }

    private void checkBlocks() {
        for (int index = 0; index < PAGES; index++) {
            BlockHints block = map.blocks().get(index);
            int base = index * BITS;
            assertThat(block.contig()).as("contig of block %d", index).isEqualTo(naive.longest(base, base + BITS));
            assertThat(block.firstFree()).isEqualTo(naive.firstFree(base, base + BITS) - base);
            assertThat(block.leftFree()).isEqualTo(naive.run(base, base + BITS));
            assertThat(block.rightFree()).isEqualTo(naive.freeBackwards(base, base + BITS));
        }
        assertThat(new MapCheck(map).findings()).isEmpty();
    }

    private void checkChunk() {
        RunHints hints = map.hints();
        assertThat(hints.contig()).isLessThanOrEqualTo(naive.longest(0, PAGES * BITS));
        assertThat(naive.run(hints.contigStart(), PAGES * BITS)).isGreaterThanOrEqualTo(hints.contig());
        assertThat(hints.firstFree()).isEqualTo(naive.firstFree(0, PAGES * BITS));
        assertThat(map.bitsFree()).isEqualTo(naive.free(0, PAGES * BITS));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aBlockIsFilledFromItsFirstPlaceThatFits(int seed) {
        ChunkMap block = new ChunkMap(1, 0, BITS);
        NaiveMap truth = new NaiveMap(BITS);
        Random random = new Random(seed);
        for (int step = 0; step < 5_000; step++) {
            int bits = 1 + random.nextInt(20 * seed);
            int expected = truth.firstFit(bits, 1);
            int bit = block.find(bits, 1, null);
            assertThat(bit).isEqualTo(expected);
            if (bit != ChunkMap.NONE) {
                block.take(bit, bit + bits);
                truth.take(bit, bit + bits);
            }
            while (!truth.areas().isEmpty() && random.nextInt(bit == ChunkMap.NONE ? 4 : 2) != 0) {
                List<Integer> starts = new ArrayList<>(truth.areas().keySet());
                int start = starts.get(random.nextInt(starts.size()));
                block.give(start, truth.give(start));
            }
        }
    }

    /**
     * Three free runs, of 10, of 20 and of 100 words. The second is taken, 4 words between it and the third are given
     * back, and the third is taken. A scan run of those 4 words would hide the first run from the search that follows.
     */
    @Test
    void aRunInFrontOfAShorterOneIsNotForgotten() {
        ChunkMap block = new ChunkMap(1, 0, BITS);
        block.take(10, 50);
        block.take(70, 100);
        block.take(100, 104);
        block.take(104, 200);
        block.take(300, BITS);
        assertThat(block.find(20, 1, null)).isEqualTo(50);
        block.take(50, 70);
        block.give(100, 104);
        assertThat(block.find(100, 1, null)).isEqualTo(200);
        block.take(200, 300);
        assertThat(block.blocks().get(0).contig()).isEqualTo(10);
        assertThat(block.find(10, 1, null)).isZero();
    }

    @Test
    void aFreeInALaterBlockRaisesTheChunksHint() {
        for (int bit = 0; bit < PAGES * BITS; bit += 64) {
            map.take(bit, bit + 64);
        }
        assertThat(map.hints().contig()).isZero();
        map.give(5 * BITS + 128, 5 * BITS + 192);
        assertThat(map.hints().contig()).isEqualTo(64);
        map.give(5 * BITS + 192, 5 * BITS + 256);
        assertThat(map.hints().contig()).isEqualTo(128);
        assertThat(map.hints().contigStart()).isEqualTo(5 * BITS + 128);
    }

    @Test
    void areasGoOverTheBordersOfBlocks() {
        map.take(0, BITS - 10);
        map.take(BITS + 20, 4 * BITS);
        assertThat(map.find(30, 1, null)).isEqualTo(BITS - 10);
        map.take(BITS - 10, BITS + 20);
        assertThat(map.find(1, 1, null)).isEqualTo(4 * BITS);
        map.give(BITS - 10, BITS + 20);
        map.give(BITS + 20, 4 * BITS);
        assertThat(map.hints().contig()).isEqualTo(PAGES * BITS - BITS + 10);
    }

    @Test
    void onlyPopulatedPagesAreTakenWhereAskedFor() {
        Bitmap populated = new Bitmap(PAGES);
        assertThat(map.find(1, 1, populated)).isEqualTo(ChunkMap.NONE);
        populated.set(3);
        populated.set(6, 8);
        assertThat(map.find(BITS, 1, populated)).isEqualTo(3 * BITS);
        assertThat(map.find(BITS + 1, 1, populated)).isEqualTo(6 * BITS);
        assertThat(map.find(2 * BITS + 1, 1, populated)).isEqualTo(ChunkMap.NONE);
        map.take(0, BITS);
        map.take(BITS + 5, 3 * BITS + 7);
        assertThat(map.find(5, 1, populated)).isEqualTo(3 * BITS + 7);
        assertThat(map.find(5, 1, null)).isEqualTo(BITS);
    }

    @Test
    void hiddenBitsAreNoAreas() {
        ChunkMap part = new ChunkMap(2, 100, 2 * BITS - 50);
        assertThat(part.bitsFree()).isEqualTo(2 * BITS - 150);
        assertThat(part.find(1, 1, null)).isEqualTo(100);
        assertThat(part.isAllocation(0)).isFalse();
        part.take(100, 2 * BITS - 50);
        assertThat(part.isAllocation(2 * BITS - 50)).isFalse();
        assertThat(part.allocationEnd(100)).isEqualTo(2 * BITS - 50);
        assertThat(part.allocationsEnd()).isEqualTo(2 * BITS - 50);
        assertThat(new MapCheck(part).findings()).isEmpty();
        assertThat(new MapCheck(part).areas()).isEqualTo(1);
    }

    @Test
    void theCheckNamesWhatIsBroken() {
        map.take(10, 20);
        map.blocks().get(0).setFirstFree(5);
        map.blocks().get(2).forgetRuns();
        map.hints().noteRun(0, 100);
        List<String> findings = new MapCheck(map).findings();
        assertThat(findings).anyMatch(f -> f.startsWith("H1: ")).anyMatch(f -> f.startsWith("H4: block 2"));
        assertThat(findings).anyMatch(f -> f.startsWith("M4") || f.startsWith("H2"));
    }
}
