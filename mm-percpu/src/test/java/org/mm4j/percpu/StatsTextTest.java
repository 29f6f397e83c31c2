package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mm4j.api.PerCpuChunkSnapshot;
import org.mm4j.api.PerCpuChunkSnapshot.Place;
import org.mm4j.api.PerCpuCounts;
import org.mm4j.api.PerCpuLayout;
import org.mm4j.api.PerCpuStats;

/** The text of percpu_stats, byte for byte, and the numbers in it. */
class StatsTextTest {
    @Test
    void everyLineIsTheKernels() {
        PerCpuLayout layout = new PerCpuLayout(1048576, 188416, 8192, 28672, 2097152, 2097152);
        PerCpuCounts counts = new PerCpuCounts(15, 4, 11, 12, 2, 3, 4, 123456789);
        PerCpuStats stats = new PerCpuStats(
                layout,
                counts,
                -3,
                700,
                List.of(
                        new PerCpuChunkSnapshot(Place.RESERVED, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
                        new PerCpuChunkSnapshot(Place.FIRST, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
                        new PerCpuChunkSnapshot(Place.LISTED, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
                        new PerCpuChunkSnapshot(Place.SIDELINED, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
                        new PerCpuChunkSnapshot(Place.TO_DEPOPULATE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)));
        String empty = """
                  nr_alloc            :            0
                  max_alloc_size      :            0
                  empty_pop_pages     :            0
                  first_bit           :            0
                  free_bytes          :            0
                  contig_bytes        :            0
                  sum_frag            :            0
                  max_frag            :            0
                  cur_min_alloc       :            0
                  cur_med_alloc       :            0
                  cur_max_alloc       :            0

                """;
        assertThat(PercpuStatsText.of(stats))
                .isEqualTo("""
                Percpu Memory Statistics
                Allocation Info:
                ----------------------------------------
                  unit_size           :      1048576
                  static_size         :       188416
                  reserved_size       :         8192
                  dyn_size            :        28672
                  atom_size           :      2097152
                  alloc_size          :      2097152

                Global Stats:
                ----------------------------------------
                  nr_alloc            :           15
                  nr_dealloc          :            4
                  nr_cur_alloc        :           11
                  nr_max_alloc        :           12
                  nr_chunks           :            2
                  nr_max_chunks       :            3
                  min_alloc_size      :            4
                  max_alloc_size      :    123456789
                  empty_pop_pages     :           -3

                Per Chunk Stats:
                ----------------------------------------
                Chunk: <- Reserved Chunk
                  nr_alloc            :            1
                  max_alloc_size      :            2
                  empty_pop_pages     :            3
                  first_bit           :            4
                  free_bytes          :            5
                  contig_bytes        :            6
                  sum_frag            :            7
                  max_frag            :            8
                  cur_min_alloc       :            9
                  cur_med_alloc       :           10
                  cur_max_alloc       :           11

                Chunk: <- First Chunk
                """
                        + empty
                        + "Chunk:\n"
                        + empty
                        + "Chunk (sidelined):\n"
                        + empty
                        + "Chunk (to_depopulate)\n"
                        + empty);
    }

    @Test
    void numbersAreThoseOfTheAreas() {
        PercpuConfig config = PercpuConfig.of(2).withFirstUnits(8, 4096, 20 << 10);
        try (Machine machine = new Machine(config)) {
            List<Long> handles = new ArrayList<>();
            for (int size : new int[] {100, 40, 8, 400, 60, 20}) {
                handles.add(machine.percpu.allocPercpu(size, 4));
            }
            machine.percpu.freePercpu(handles.get(1)); // 40 free
            machine.percpu.freePercpu(handles.get(3)); // 400 free
            machine.percpu.freePercpu(handles.get(5)); // 20, behind the last area
            PerCpuStats stats = machine.percpu.stats();
            assertThat(stats.layout()).isEqualTo(new PerCpuLayout(32768, 8, 4096, 24568, 4096, 32768));
            assertThat(stats.counts()).isEqualTo(new PerCpuCounts(6, 3, 3, 6, 1, 1, 8, 400));
            assertThat(stats.pagesPopulated()).isEqualTo(14);
            // The map begins with the page of byte 8 + 4096, so 8 of its bytes are hidden.
            assertThat(stats.chunks())
                    .containsExactly(
                            new PerCpuChunkSnapshot(Place.RESERVED, 0, 0, 0, 2, 4096, 4096, 0, 0, 0, 0, 0),
                            new PerCpuChunkSnapshot(
                                    Place.FIRST, 3, 400, 5, 27, 24568 - 168, 24568 - 608, 440, 400, 8, 60, 100));
        }
    }

    @Test
    void anAreaAtTheVeryEndIsCountedInFull() {
        try (Machine machine = new Machine(2)) {
            long filler = machine.percpu.allocPercpu(28672 - 16, 4);
            machine.percpu.allocPercpu(16, 4);
            machine.percpu.freePercpu(filler);
            PerCpuChunkSnapshot first = machine.chunks().stream()
                    .filter(chunk -> chunk.place() == Place.FIRST)
                    .findFirst()
                    .orElseThrow();
            assertThat(first.bytesMax()).isEqualTo(16);
            assertThat(first.bytesFragmented()).isEqualTo(28672 - 16);
        }
    }

    @Test
    void anAllocatorWithoutAreasHasAUnitAsItsSmallest() {
        try (Machine machine = new Machine(2)) {
            assertThat(machine.percpu.stats().counts()).isEqualTo(new PerCpuCounts(0, 0, 0, 0, 1, 1, 32768, 0));
            assertThat(PercpuStatsText.of(machine.percpu.stats()))
                    .contains("  min_alloc_size      :        32768\n")
                    .contains("  empty_pop_pages     :            7\n");
        }
    }
}
