package org.mm4j.kernel.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.api.Gfp.__GFP_RECLAIMABLE;
import static org.mm4j.kernel.events.EventRecording.CONFIG;
import static org.mm4j.kernel.events.EventRecording.only;
import static org.mm4j.kernel.events.EventRecording.values;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadPageException;
import org.mm4j.api.MigrateType;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.kernel.Folio;
import org.mm4j.kernel.Kernel;

/** What is recorded of pages and zones is what was done. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageEventsTest {
    private static final int UNMOVABLE = MigrateType.UNMOVABLE.ordinal();

    @Test
    void requestsAndFrees() throws Exception {
        List<Long> pfns = new ArrayList<>();
        List<RecordedEvent> events = EventRecording.of(
                CONFIG,
                kernel -> {
                    pfns.add(kernel.pages().allocPages(GFP_KERNEL, 2));
                    assertThat(kernel.pages().allocPages(GFP_KERNEL | __GFP_NOWARN, 11))
                            .isZero();
                    kernel.pages().freePages(pfns.getFirst(), 2);
                    assertThatThrownBy(() -> kernel.pages().freePages(pfns.getFirst(), 2))
                            .as("refused, and so not told")
                            .isInstanceOf(BadPageException.class);
                },
                "mm_page_alloc",
                "mm_page_free");
        assertThat(events)
                .extracting(EventRecording::values)
                .containsExactly(
                        List.of(pfns.getFirst(), 2, UNMOVABLE, "GFP_KERNEL"),
                        List.of(0L, 11, UNMOVABLE, "GFP_KERNEL|__GFP_NOWARN"),
                        List.of(pfns.getFirst(), 2));
    }

    @Test
    @DisplayName("a page is freed when its last reference goes, whoever drops it")
    void lastReferences() throws Exception {
        List<List<Object>> expected = new ArrayList<>();
        List<RecordedEvent> events = EventRecording.of(
                CONFIG,
                kernel -> {
                    Folio folio = kernel.folios().alloc(GFP_KERNEL, 3);
                    folio.get();
                    folio.put();
                    folio.put();
                    expected.add(List.of(folio.pfn(), 3));
                    long page = kernel.pages().allocPages(GFP_KERNEL, 0);
                    kernel.pages().getPage(page, 4);
                    kernel.pages().freePages(page, 0);
                    kernel.pages().putPage(page, 4);
                    expected.add(List.of(page, 0));
                    long exact = kernel.pages().allocPagesExact(3 * 4096, GFP_KERNEL);
                    kernel.pages().freePagesExact(exact, 3 * 4096);
                    for (int each = 0; each < 3; each++) {
                        expected.add(List.of(exact + each, 0));
                    }
                },
                "mm_page_free");
        assertThat(events).extracting(EventRecording::values).isEqualTo(expected);
    }

    @Test
    void pagesBetweenZonesAndTheirCaches() throws Exception {
        List<RecordedEvent> events = EventRecording.of(
                CONFIG,
                kernel -> {
                    long pfn = kernel.pages().allocPages(GFP_KERNEL, 0);
                    kernel.pages().freePages(pfn, 0);
                    kernel.pages().freePages(kernel.pages().allocPages(GFP_KERNEL, 5), 5);
                    kernel.drainAllPages();
                },
                "mm_page_alloc",
                "mm_page_alloc_zone_locked",
                "mm_page_pcpu_refill",
                "mm_page_pcpu_drain");
        List<RecordedEvent> asked = only(events, "mm_page_alloc");
        List<Object> cached = List.of(asked.get(0).getLong("pfn"), 0, UNMOVABLE);
        assertThat(only(events, "mm_page_alloc_zone_locked"))
                .extracting(EventRecording::values)
                .contains(List.of(cached.getFirst(), 0, UNMOVABLE, true))
                .as("what no cache may have")
                .contains(List.of(asked.get(1).getLong("pfn"), 5, UNMOVABLE, false));
        List<RecordedEvent> refilled = only(events, "mm_page_pcpu_refill");
        assertThat(refilled).extracting(EventRecording::values).contains(cached);
        assertThat(only(events, "mm_page_pcpu_drain"))
                .extracting(EventRecording::values)
                .containsAll(refilled.stream().map(EventRecording::values).toList());
    }

    @Test
    void pagesOfAnotherMigrateType() throws Exception {
        List<RecordedEvent> events = EventRecording.of(
                CONFIG,
                kernel -> kernel.pages().freePages(kernel.pages().allocPages(GFP_KERNEL | __GFP_RECLAIMABLE, 4), 4),
                "mm_page_alloc_extfrag",
                "mm_page_alloc_zone_locked",
                "mm_page_alloc");
        long pfn = only(events, "mm_page_alloc").getFirst().getLong("pfn");
        int reclaimable = MigrateType.RECLAIMABLE.ordinal();
        assertThat(values(only(events, "mm_page_alloc_extfrag").getFirst()))
                .as("no pageblock is reclaimable at boot")
                .containsExactly(pfn, 4, 10, 9, reclaimable, MigrateType.MOVABLE.ordinal(), false, true);
        assertThat(values(only(events, "mm_page_alloc_zone_locked").getFirst()))
                .containsExactly(pfn, 4, reclaimable, false);
    }

    @Test
    @DisplayName("a recording that starts before the kernel sees the watermarks of all its zones")
    void sizesAtBoot() throws Exception {
        Path file = Files.createTempFile("boot", ".jfr");
        List<ZoneSnapshot> zones;
        try (Recording recording = EventRecording.enabled(
                "mm_setup_per_zone_wmarks", "mm_setup_per_zone_lowmem_reserve", "mm_calculate_totalreserve_pages")) {
            recording.start();
            try (Kernel kernel = Kernel.boot(CONFIG)) {
                zones = kernel.buddy().snapshot().getFirst().zones();
            }
            recording.dump(file);
        }
        List<RecordedEvent> events = EventRecording.read(file);
        Files.delete(file);
        for (ZoneSnapshot zone : zones) {
            var marks = zone.watermarks();
            String name = zone.type().kernelName();
            assertThat(only(events, "mm_setup_per_zone_wmarks"))
                    .extracting(EventRecording::values)
                    .contains(List.of(0, name, marks.min(), marks.low(), marks.high(), marks.promo()));
            if (zone.type().ordinal() < 3) {
                assertThat(only(events, "mm_setup_per_zone_lowmem_reserve"))
                        .extracting(EventRecording::values)
                        .contains(
                                List.of(0, name, "Movable", zone.lowmemReserve().get(3)));
            }
        }
        long high = zones.stream().mapToLong(zone -> zone.watermarks().high()).sum();
        assertThat(only(events, "mm_calculate_totalreserve_pages"))
                .hasSize(2)
                .allSatisfy(event -> assertThat(event.getLong("totalreserve_pages"))
                        .isBetween(1L, high + zones.getFirst().lowmemReserve().getLast()));
    }
}
