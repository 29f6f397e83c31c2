package org.mm4j.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against what slabtop of procps 4.0.2 printed of the same slabinfo. */
class SlabTableTest {
    private static final String SLABINFO = """
            slabinfo - version: 2.1
            # name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
            btrfs_ordered_extent      0      0    416   19    2 : tunables    0    0    0 : slabdata      0      0      0
            bio-312               12     12    320   12    1 : tunables    0    0    0 : slabdata      1      1      0
            kmalloc-64          3173   4608     64   64    1 : tunables    0    0    0 : slabdata     72     72      0
            task_struct           80     84   2880   11    8 : tunables    0    0    0 : slabdata      8      8      0
            """;

    private static final String PRINTED = """
             Active / Total Objects (% used)    : 3265 / 4704 (69.4%)
             Active / Total Slabs (% used)      : 81 / 81 (100.0%)
             Active / Total Caches (% used)     : 3 / 4 (75.0%)
             Active / Total Size (% used)       : 427.06K / 528.00K (80.9%)
             Minimum / Average / Maximum Object : 0.06K / 0.11K / 2.81K

              OBJS ACTIVE  USE OBJ SIZE  SLABS OBJ/SLAB CACHE SIZE NAME                  \s
              4608   3173  68%    0.06K     72       64       288K kmalloc-64            \s
                84     80  95%    2.81K      8       11       256K task_struct           \s
                12     12 100%    0.31K      1       12         4K bio-312               \s
                 0      0   0%    0.41K      0       19         0K btrfs_ordered_extent  \s
            """;

    @Test
    void itIsWhatSlabtopPrints() {
        assertThat(SlabTable.of(SLABINFO).sorted(SlabTable.Order.O).render()).isEqualTo(PRINTED);
    }

    @Test
    void whatIsInTheMiddleIsRoundedAsInC() {
        String line = "bio-120   32 32 128 32 1 : tunables 0 0 0 : slabdata 1 1 0";

        assertThat(SlabTable.of("a\nb\n" + line).render())
                .contains(" 0.12K / 0.12K / 0.12K", "    32     32 100%    0.12K      1       32         4K bio-120 ");
    }

    @Test
    void ofNothingNothingIsUsed() {
        assertThat(SlabTable.of("a\nb\n").render())
                .startsWith(" Active / Total Objects (% used)    : 0 / 0 (0.0%)\n")
                .endsWith(" NAME                   \n");
    }

    @ParameterizedTest
    @CsvSource({
        "A, kmalloc-64 task_struct bio-312 btrfs_ordered_extent",
        "B, kmalloc-64 btrfs_ordered_extent bio-312 task_struct",
        "C, kmalloc-64 task_struct bio-312 btrfs_ordered_extent",
        "L, kmalloc-64 task_struct bio-312 btrfs_ordered_extent",
        "V, kmalloc-64 task_struct bio-312 btrfs_ordered_extent",
        "N, bio-312 btrfs_ordered_extent kmalloc-64 task_struct",
        "O, kmalloc-64 task_struct bio-312 btrfs_ordered_extent",
        "P, task_struct btrfs_ordered_extent bio-312 kmalloc-64",
        "S, task_struct btrfs_ordered_extent bio-312 kmalloc-64",
        "U, bio-312 task_struct kmalloc-64 btrfs_ordered_extent"
    })
    void everyLetterSortsAsItDoesThere(SlabTable.Order order, String names) {
        assertThat(SlabTable.of(SLABINFO).sorted(order).caches())
                .extracting(SlabTable.Row::name)
                .isEqualTo(List.of(names.split(" ")));
    }

    @Test
    void fewerRowsHaveTheSameSums() {
        assertThat(SlabTable.of(SLABINFO).render(1).lines())
                .hasSize(8)
                .startsWith(PRINTED.lines().limit(6).toArray(String[]::new));
    }
}
