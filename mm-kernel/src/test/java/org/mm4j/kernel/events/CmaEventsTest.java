package org.mm4j.kernel.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_HIGHUSER_MOVABLE;
import static org.mm4j.kernel.events.EventRecording.values;

import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.buddy.CmaArea;
import org.mm4j.kernel.Kernel;

/** What is recorded of CMA areas is what was done. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CmaEventsTest {
    private static final long START = 6144;
    private static final long PAGES = 1024;

    @Test
    void requestsAndReleases() throws Exception {
        List<RecordedEvent> events = EventRecording.of(
                CompactionEventsTest.ONE_ZONE,
                CmaEventsTest::takesFromAnArea,
                "cma_alloc_start",
                "cma_alloc_finish",
                "cma_alloc_busy_retry",
                "cma_release");
        assertThat(events)
                .extracting(event -> EventRecording.name(event) + " " + values(event))
                .containsExactly(
                        "cma_alloc_start [camera, 100, 1024, 1024, 0]",
                        "cma_alloc_finish [camera, 6144, 100, 0, 0]",
                        "cma_release [camera, 6144, 100]",
                        "cma_alloc_start [camera, 1025, 1024, 1024, 0]",
                        "cma_alloc_finish [camera, 0, 1025, 0, -12]",
                        "cma_alloc_start [camera, 512, 1024, 1024, 9]",
                        "cma_alloc_busy_retry [camera, 6144, 512, 9]",
                        "cma_alloc_busy_retry [camera, 6656, 512, 9]",
                        "cma_alloc_finish [camera, 0, 512, 9, -16]");
    }

    static void takesFromAnArea(Kernel kernel) {
        CmaArea area = CmaArea.declare(kernel.buddy(), "camera", START, PAGES, 0);
        assertThat(area.release(area.alloc(100, 0), 100)).isTrue();
        assertThat(area.release(START, 100)).as("that is nobody's").isFalse();
        assertThat(area.alloc(0, 0)).isZero();
        assertThat(area.alloc(PAGES + 1, 0)).isZero();
        List<Long> held = new ArrayList<>();
        while (held.stream().filter(pfn -> pfn >= START && pfn < START + PAGES).count() < PAGES) {
            held.add(kernel.buddy().allocPages(GFP_HIGHUSER_MOVABLE, 0));
        }
        assertThat(area.alloc(512, 9)).isZero();
        held.forEach(pfn -> kernel.buddy().freePages(pfn, 0));
    }
}
