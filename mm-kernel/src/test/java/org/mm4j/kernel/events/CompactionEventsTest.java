package org.mm4j.kernel.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.api.Gfp.__GFP_RETRY_MAYFAIL;
import static org.mm4j.kernel.events.EventRecording.CONFIG;
import static org.mm4j.kernel.events.EventRecording.name;
import static org.mm4j.kernel.events.EventRecording.only;
import static org.mm4j.kernel.events.EventRecording.values;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.reclaim.CompactionOptions;
import org.mm4j.kernel.reclaim.ShrinkControl;
import org.mm4j.kernel.reclaim.ShrinkableObjects;
import org.mm4j.kernel.reclaim.ShrinkerConfig;

/** What is recorded of compaction is what was done. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompactionEventsTest {
    /** One zone, without reserves; nothing is done ahead of requests. */
    static final KernelConfig ONE_ZONE =
            KernelConfig.library(32 << 20).withEvents(true).withCompaction(CompactionOptions.ON_REQUEST);

    private static final String ZONE = "Normal";

    @Test
    void compactionOfEveryZone() throws Exception {
        List<RecordedEvent> events = EventRecording.of(
                CONFIG, kernel -> kernel.buddy().compactMemory(0), "mm_compaction_begin", "mm_compaction_end");
        assertThat(events).isNotEmpty();
        for (int i = 0; i < events.size(); i += 2) {
            RecordedEvent begin = events.get(i);
            RecordedEvent end = events.get(i + 1);
            assertThat(name(begin) + " " + name(end)).isEqualTo("mm_compaction_begin mm_compaction_end");
            assertThat(end.getLong("zone_start")).isEqualTo(begin.getLong("zone_start"));
            assertThat(begin.getLong("migrate_pfn")).isBetween(begin.getLong("zone_start"), end.getLong("migrate_pfn"));
            assertThat(end.getLong("free_pfn")).isBetween(end.getLong("zone_start"), begin.getLong("free_pfn"));
            assertThat(begin.getBoolean("sync")).isTrue();
            assertThat(end.getString("status")).isEqualTo("COMPLETE");
        }
    }

    @Test
    @DisplayName(
            "a request that has to compact: asked for, suitable, pages isolated and moved, finished, and no reason to wait")
    void directCompaction() throws Exception {
        List<RecordedEvent> events = EventRecording.of(
                ONE_ZONE,
                CompactionEventsTest::compactsForARequest,
                ofCompaction(
                        "try_to_compact_pages",
                        "suitable",
                        "isolate_migratepages",
                        "isolate_freepages",
                        "migratepages",
                        "finished",
                        "defer_reset"));
        assertThat(values(events.getFirst())).containsExactly(4, "GFP_KERNEL", 2);
        assertThat(values(events.get(1))).containsExactly(0, ZONE, 4, "CONTINUE");
        assertThat(values(only(events, "mm_compaction_finished").getLast())).containsExactly(0, ZONE, 4, "SUCCESS");
        long isolated = sum(only(events, "mm_compaction_isolate_migratepages"), "nr_taken");
        List<RecordedEvent> moves = only(events, "mm_compaction_migratepages");
        assertThat(sum(moves, "nr_migrated")).isPositive();
        assertThat(sum(moves, "nr_migrated") + sum(moves, "nr_failed")).isEqualTo(isolated);
        assertThat(sum(only(events, "mm_compaction_isolate_freepages"), "nr_taken"))
                .isGreaterThanOrEqualTo(sum(moves, "nr_migrated"));
        for (RecordedEvent event : events) {
            if (event.hasField("nr_scanned")) {
                assertThat(event.getLong("nr_taken")).isLessThanOrEqualTo(event.getLong("nr_scanned"));
                assertThat(event.getLong("nr_scanned"))
                        .isBetween(1L, event.getLong("end_pfn") - event.getLong("start_pfn"));
            }
        }
        assertThat(values(events.getLast())).containsExactly(0, ZONE, 4, 0, 0, 11);
    }

    static void compactsForARequest(Kernel kernel) {
        Scattered pages = new Scattered(kernel.buddy());
        kernel.buddy().freePages(kernel.buddy().allocPages(GFP_KERNEL, 4), 4);
        pages.release();
    }

    @Test
    @DisplayName("in vain: the zone is left alone, and the request is told whether to try again")
    void deferred() throws Exception {
        List<RecordedEvent> events = EventRecording.of(
                ONE_ZONE,
                CompactionEventsTest::compactsInVain,
                "mm_compaction_defer_compaction",
                "mm_compaction_deferred",
                "compact_retry");
        assertThat(values(only(events, "mm_compaction_defer_compaction").getFirst()))
                .containsExactly(0, ZONE, 4, 0, 1, 4);
        assertThat(values(only(events, "mm_compaction_deferred").getFirst())).containsExactly(0, ZONE, 4, 1, 1, 4);
        List<RecordedEvent> retries = only(events, "compact_retry");
        assertThat(retries).isNotEmpty().allSatisfy(event -> {
            assertThat(event.getInt("order")).isEqualTo(4);
            assertThat(event.getString("priority")).isEqualTo("SYNC_LIGHT");
            assertThat(event.getInt("max_retries")).isEqualTo(4);
        });
        assertThat(retries.getLast().getBoolean("ret")).isFalse();
    }

    /** Two requests, then one that tries again as long as there is hope, while somebody says that he reclaims pages. */
    static void compactsInVain(Kernel kernel) {
        Scattered pages = new Scattered(kernel.buddy());
        pages.stay();
        fails(kernel, 0);
        fails(kernel, 0);
        var shrinker =
                kernel.reclaim().shrinkers().register(ShrinkerConfig.of("liar").ofPages(), new Liar());
        fails(kernel, __GFP_RETRY_MAYFAIL);
        shrinker.close();
        pages.release();
    }

    private static void fails(Kernel kernel, int flags) {
        assertThat(kernel.buddy().allocPages(GFP_KERNEL | __GFP_NOWARN | flags, 4))
                .isEqualTo(PageFrame.NONE);
    }

    record Liar() implements ShrinkableObjects {
        @Override
        public long countObjects(ShrinkControl control) {
            return 1000;
        }

        @Override
        public long scanObjects(ShrinkControl control) {
            return control.nrToScan();
        }
    }

    @Test
    @DisplayName("kcompactd sleeps, is asked for a block, wakes")
    void kcompactd() throws Exception {
        List<RecordedEvent> events = EventRecording.of(
                ONE_ZONE,
                CompactionEventsTest::compactsInTheBackground,
                ofCompaction("kcompactd_sleep", "wakeup_kcompactd", "kcompactd_wake"));
        assertThat(values(only(events, "mm_compaction_wakeup_kcompactd").getFirst()))
                .containsExactly(0, 5, ZONE);
        assertThat(values(only(events, "mm_compaction_kcompactd_wake").getFirst()))
                .containsExactly(0, 5, ZONE);
        assertThat(values(only(events, "mm_compaction_kcompactd_sleep").getFirst()))
                .containsExactly(0);
    }

    static void compactsInTheBackground(Kernel kernel) {
        Scattered pages = new Scattered(kernel.buddy());
        long runs = kernel.reclaim().snapshot().kcompactdRuns();
        assertThat(kernel.buddy().allocPages(GFP_NOWAIT | __GFP_NOWARN, 5))
                .as("there is no block yet")
                .isEqualTo(PageFrame.NONE);
        await(() -> kernel.reclaim().snapshot().kcompactdRuns() > runs);
        pages.release();
    }

    @SuppressWarnings("ThreadPriorityCheck")
    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("20 s are enough").isLessThan(end);
            Thread.yield();
        }
    }

    private static long sum(List<RecordedEvent> events, String field) {
        return events.stream().mapToLong(event -> event.getLong(field)).sum();
    }

    private static String[] ofCompaction(String... names) {
        return List.of(names).stream().map(each -> "mm_compaction_" + each).toArray(String[]::new);
    }
}
