package org.mm4j.lab.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiveBlocksTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void itHoldsWhatAMapHolds(long seed) {
        Random random = new Random(seed);
        Map<Long, Long> map = new HashMap<>();
        List<Long> pfns = new ArrayList<>();
        LiveBlocks live = new LiveBlocks();
        for (int step = 0; step < 200_000; step++) {
            long pfn = 1 + random.nextInt(6000);
            if (map.containsKey(pfn)) {
                live.remove(pfn);
                map.remove(pfn);
            } else {
                long block = LiveBlock.of(step, 0, false);
                live.add(pfn, block);
                map.put(pfn, block);
                pfns.add(pfn);
            }
            long looked = 1 + random.nextInt(6000);
            assertThat(live.get(looked)).isEqualTo(map.getOrDefault(looked, LiveBlock.NONE));
        }
        assertThat(live.size()).isEqualTo(map.size());
        assertThat(live.toArray()).containsExactlyInAnyOrder(map.values().toArray(Long[]::new));
        assertThat(pfns).hasSizeGreaterThan(map.size());
    }

    @Test
    void theHeadOfEveryFrameOfABlockIsFound() {
        LiveBlocks live = new LiveBlocks();
        live.add(1024, LiveBlock.of(1, 10, true));
        live.add(2048, LiveBlock.of(2, 1, false));

        for (long pfn = 1024; pfn < 2048; pfn++) {
            assertThat(live.headOf(pfn)).isEqualTo(1024);
        }
        assertThat(live.headOf(2049)).isEqualTo(2048);
        assertThat(live.headOf(2050)).isZero();
        assertThat(live.headOf(1023)).isZero();
        assertThat(live.headOf(0)).isZero();
    }
}
