package org.mm4j.kernel.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.kernel.events.EventRecording.CONFIG;
import static org.mm4j.kernel.events.EventRecording.only;

import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.PageAllocator;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.reclaim.ShrinkControl;
import org.mm4j.kernel.reclaim.ShrinkableObjects;
import org.mm4j.kernel.reclaim.ShrinkerConfig;

/** What is recorded of reclaim, and of who is ended, is what was done. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReclaimEventsTest {
    /** Pages that a shrinker gives back. */
    private record Stock(PageAllocator pages, List<Long> pfns) implements ShrinkableObjects {
        @Override
        public synchronized long countObjects(ShrinkControl control) {
            return pfns.size();
        }

        @Override
        public synchronized long scanObjects(ShrinkControl control) {
            long freed = 0;
            for (; freed < control.nrToScan() && !pfns.isEmpty(); freed++) {
                pages.freePages(pfns.removeLast(), 0);
            }
            return freed;
        }
    }

    @Test
    void reclaimAndWhoIsEnded() throws Exception {
        List<RecordedEvent> events = EventRecording.of(
                CONFIG,
                ReclaimEventsTest::reclaimsAndEnds,
                "mm_vmscan_wakeup_kswapd",
                "mm_vmscan_kswapd_wake",
                "mm_vmscan_kswapd_sleep",
                "mm_vmscan_direct_reclaim_begin",
                "mm_vmscan_direct_reclaim_end",
                "mm_shrink_slab_start",
                "mm_shrink_slab_end",
                "reclaim_retry_zone",
                "mark_victim");
        assertThat(only(events, "mm_vmscan_wakeup_kswapd"))
                .extracting(event -> event.getString("gfp_flags"))
                .as("by a request that is short, or for a boost: which comes depends on how fast kswapd is")
                .isNotEmpty()
                .isSubsetOf("GFP_KERNEL", "none");
        assertThat(only(events, "mm_vmscan_kswapd_wake")).isNotEmpty();
        assertThat(only(events, "mm_vmscan_direct_reclaim_begin"))
                .hasSameSizeAs(only(events, "mm_vmscan_direct_reclaim_end"))
                .isNotEmpty();
        assertThat(only(events, "mm_shrink_slab_start")).allSatisfy(event -> {
            assertThat(event.getString("shr")).isEqualTo("stock");
            assertThat(event.getLong("cache_items")).isBetween(1L, 500L);
            assertThat(event.getInt("priority")).isBetween(0, 12);
        });
        assertThat(only(events, "mm_shrink_slab_end").stream().mapToLong(event -> event.getLong("retval")))
                .as("all of it")
                .satisfies(freed -> assertThat(
                                freed.stream().mapToLong(Long::longValue).sum())
                        .isEqualTo(500));
        RecordedEvent victim = only(events, "mark_victim").getFirst();
        assertThat(victim.getString("comm")).isEqualTo("hog");
        assertThat(victim.getInt("oom_score_adj")).isEqualTo(100);
        assertThat(victim.getLong("total_vm")).isGreaterThan(16 << 10);
        assertThat(only(events, "reclaim_retry_zone")).isNotEmpty().allSatisfy(event -> {
            assertThat(event.getString("zone_idx")).isIn("DMA", "DMA32");
            assertThat(event.getInt("order")).isZero();
            assertThat(event.getLong("available")).isGreaterThanOrEqualTo(event.getLong("reclaimable"));
            assertThat(event.getInt("no_progress_loops")).isBetween(1, 17);
            assertThat(event.getBoolean("wmark_check") && event.getLong("available") <= event.getLong("min_wmark"))
                    .isFalse();
        });
    }

    /** Takes everything, until somebody is ended who has most of it. */
    static void reclaimsAndEnds(Kernel kernel) {
        Stock stock = new Stock(kernel.pages(), new ArrayList<>());
        for (int i = 0; i < 500; i++) {
            stock.pfns.add(kernel.pages().allocPages(GFP_KERNEL, 0));
        }
        var shrinker =
                kernel.reclaim().shrinkers().register(ShrinkerConfig.of("stock").ofPages(), stock);
        List<Long> hog = new ArrayList<>();
        kernel.reclaim().oom().register("hog", 100, hog::size, () -> {
            hog.forEach(pfn -> kernel.pages().freePages(pfn, 0));
            hog.clear();
        });
        long pagesBefore = 0;
        while (hog.size() >= pagesBefore) { // until it was ended
            pagesBefore = hog.size();
            hog.add(kernel.pages().allocPages(GFP_KERNEL, 0));
        }
        hog.forEach(pfn -> kernel.pages().freePages(pfn, 0));
        shrinker.close();
    }
}
