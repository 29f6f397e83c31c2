package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AreaListTest {
    private static List<Long> starts(AreaList list) {
        List<Long> starts = new ArrayList<>();
        list.forEach(area -> starts.add(area.start()));
        return starts;
    }

    private static VmapArea area(long start) {
        return new VmapArea(start, 4096, 0, VmapNode.NONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 1000})
    void sortsByAddress(int areas) {
        AreaList list = new AreaList();
        Random random = new Random(areas);
        List<Long> expected = new ArrayList<>();
        for (int i = 0; i < areas; i++) {
            long start = random.nextInt(1 << 20) * 4096L - (1L << 40);
            expected.add(start);
            list.addLast(area(start));
        }
        expected.sort(null);
        list.sort();
        assertThat(starts(list)).as("seed " + areas).isEqualTo(expected);
        assertThat(list.count()).isEqualTo(areas);
        list.addLast(area(4096));
        assertThat(starts(list)).hasSize(areas + 1).last().isEqualTo(4096L);
    }

    @Test
    void movesWhatOthersHave() {
        AreaList a = new AreaList();
        AreaList b = new AreaList();
        a.takeAll(b);
        for (int i = 1; i <= 5; i++) {
            b.addLast(area(i));
        }
        a.takeFirst(b, 2);
        assertThat(starts(a)).containsExactly(1L, 2L);
        assertThat(starts(b)).containsExactly(3L, 4L, 5L);
        b.takeAll(a);
        assertThat(starts(b)).containsExactly(3L, 4L, 5L, 1L, 2L);
        assertThat(a.pollFirst()).isNull();
        a.takeFirst(b, 9);
        assertThat(b.count()).isZero();
        b.addLast(area(6));
        a.takeAll(b);
        assertThat(starts(a)).containsExactly(3L, 4L, 5L, 1L, 2L, 6L);
    }
}
