package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AreaIndexTest {
    private static final long PAGE = 4096;
    private static final long CHUNK = 512 * PAGE;
    private static final long START = 0x7000_0000_0000L + 5 * PAGE; // aligned to a page only

    private final AreaIndex index = new AreaIndex(START, START + 3 * 512 * CHUNK + 7 * PAGE);

    private static VmapArea area(long start, long bytes) {
        return new VmapArea(start, bytes, 0, VmapNode.NONE);
    }

    private int entries() {
        int[] count = new int[1];
        index.forEach((_, _, _) -> count[0]++);
        return count[0];
    }

    @Test
    void anAreaIsAtEachOfItsBytesAndNowhereElse() {
        VmapArea area = area(START + 3 * PAGE, 2 * PAGE);
        index.put(area);
        assertThat(index.at(area.start() - 1)).isNull();
        assertThat(index.at(area.start())).isSameAs(area);
        assertThat(index.at(area.end() - 1)).isSameAs(area);
        assertThat(index.at(area.end())).isNull();
        index.remove(area);
        assertThat(index.at(area.start())).isNull();
        assertThat(entries()).isZero();
    }

    @Test
    void outsideOfTheSpaceIsNothing() {
        VmapArea all = area(START, 3 * 512 * CHUNK + 7 * PAGE);
        index.put(all);
        assertThat(index.at(all.start())).isSameAs(all);
        assertThat(index.at(all.end() - 1)).isSameAs(all);
        for (long address : new long[] {all.start() - 1, all.end(), 0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThat(index.at(address)).as(Long.toHexString(address)).isNull();
        }
    }

    @Test
    void whatHasAllPagesOfAnEntryTakesOneEntry() {
        index.put(area(START, 512 * CHUNK));
        assertThat(entries()).isEqualTo(1);
        index.put(area(START + 512 * CHUNK, CHUNK));
        assertThat(entries()).isEqualTo(2);
    }

    @Test
    void whereATableIsItStays() {
        VmapArea small = area(START + CHUNK, PAGE);
        index.put(small);
        index.remove(small);
        VmapArea large = area(START + CHUNK, CHUNK);
        index.put(large);
        assertThat(entries()).isEqualTo(512);
        assertThat(index.at(START + 2 * CHUNK - 1)).isSameAs(large);
        index.remove(large);
        assertThat(entries()).isZero();
    }

    @Test
    void whatBeginsAndEndsInTheMiddleOfTablesIsThereWhole() {
        VmapArea area = area(START + 511 * CHUNK - PAGE, 2 * CHUNK + 2 * PAGE);
        index.put(area);
        assertThat(entries()).isEqualTo(4);
        long[] bytes = new long[1];
        index.forEach((found, from, until) -> {
            assertThat(found).isSameAs(area);
            bytes[0] += until - from;
        });
        assertThat(bytes[0]).isEqualTo(area.bytes());
        index.remove(area);
        assertThat(entries()).isZero();
    }

    @ParameterizedTest(name = "as a tree of areas, seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void asATreeOfAreas(long seed) {
        Random random = new Random(seed);
        TreeMap<Long, VmapArea> expected = new TreeMap<>();
        long bytes = 3 * 512 * CHUNK;
        for (int step = 0; step < 20_000; step++) {
            long at = START + random.nextLong(bytes / PAGE) * PAGE;
            VmapArea there = covering(expected, at);
            assertThat(index.at(at + random.nextLong(PAGE)))
                    .as("seed %d, step %d", seed, step)
                    .isSameAs(there);
            if (there != null) {
                index.remove(there);
                expected.remove(there.start());
            } else {
                VmapArea area = area(at, longestFree(expected, at, START + bytes, random));
                index.put(area);
                expected.put(at, area);
            }
        }
        expected.values().forEach(index::remove);
        assertThat(entries()).isZero();
    }

    private static @Nullable VmapArea covering(TreeMap<Long, VmapArea> areas, long address) {
        var floor = areas.floorEntry(address);
        return floor != null && address < floor.getValue().end() ? floor.getValue() : null;
    }

    private static long longestFree(TreeMap<Long, VmapArea> areas, long at, long end, Random random) {
        Long next = areas.ceilingKey(at);
        long free = (next == null ? end : next) - at;
        long wanted = PAGE << random.nextInt(20);
        return Math.min(free, wanted);
    }
}
