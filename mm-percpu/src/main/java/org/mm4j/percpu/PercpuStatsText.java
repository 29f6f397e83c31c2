package org.mm4j.percpu;

import org.mm4j.api.PerCpuChunkSnapshot;
import org.mm4j.api.PerCpuCounts;
import org.mm4j.api.PerCpuLayout;
import org.mm4j.api.PerCpuStats;

/**
 * The text of percpu_stats.
 *
 * <p>Any thread may call it. In Linux 6.18: mm/percpu-stats.c, percpu_stats_show(), chunk_map_stats().
 */
public final class PercpuStatsText {
    private static final int NAME_WIDTH = 20;
    private static final int VALUE_WIDTH = 12;
    private static final String RULE = "-".repeat(40) + "\n";

    private final StringBuilder text = new StringBuilder();

    private PercpuStatsText() {}

    /** The text of a snapshot. */
    public static String of(PerCpuStats stats) {
        PercpuStatsText text = new PercpuStatsText();
        text.layout(stats.layout());
        text.counts(stats.counts(), stats.pagesEmpty());
        text.text.append("Per Chunk Stats:\n").append(RULE);
        stats.chunks().forEach(text::chunk);
        return text.text.toString();
    }

    private void layout(PerCpuLayout layout) {
        text.append("Percpu Memory Statistics\nAllocation Info:\n").append(RULE);
        line("unit_size", layout.unitBytes());
        line("static_size", layout.staticBytes());
        line("reserved_size", layout.reservedBytes());
        line("dyn_size", layout.dynBytes());
        line("atom_size", layout.atomBytes());
        line("alloc_size", layout.allocBytes());
        text.append('\n');
    }

    private void counts(PerCpuCounts counts, int pagesEmpty) {
        text.append("Global Stats:\n").append(RULE);
        line("nr_alloc", counts.allocations());
        line("nr_dealloc", counts.deallocations());
        line("nr_cur_alloc", counts.allocationsNow());
        line("nr_max_alloc", counts.allocationsMax());
        line("nr_chunks", counts.chunks());
        line("nr_max_chunks", counts.chunksMax());
        line("min_alloc_size", counts.bytesAllocMin());
        line("max_alloc_size", counts.bytesAllocMax());
        line("empty_pop_pages", pagesEmpty);
        text.append('\n');
    }

    private void chunk(PerCpuChunkSnapshot chunk) {
        text.append(
                switch (chunk.place()) {
                    case RESERVED -> "Chunk: <- Reserved Chunk\n";
                    case FIRST -> "Chunk: <- First Chunk\n";
                    case TO_DEPOPULATE -> "Chunk (to_depopulate)\n";
                    case SIDELINED -> "Chunk (sidelined):\n";
                    case LISTED -> "Chunk:\n";
                });
        line("nr_alloc", chunk.allocations());
        line("max_alloc_size", chunk.bytesAllocMax());
        line("empty_pop_pages", chunk.pagesEmpty());
        line("first_bit", chunk.firstFree());
        line("free_bytes", chunk.bytesFree());
        line("contig_bytes", chunk.bytesContig());
        line("sum_frag", chunk.bytesFragmented());
        line("max_frag", chunk.bytesFragmentMax());
        line("cur_min_alloc", chunk.bytesMin());
        line("cur_med_alloc", chunk.bytesMedian());
        line("cur_max_alloc", chunk.bytesMax());
        text.append('\n');
    }

    private void line(String name, long value) {
        String digits = Long.toString(value);
        text.append("  ").append(name).append(" ".repeat(NAME_WIDTH - name.length()));
        text.append(": ").append(" ".repeat(Math.max(VALUE_WIDTH - digits.length(), 0)));
        text.append(digits).append('\n');
    }
}
