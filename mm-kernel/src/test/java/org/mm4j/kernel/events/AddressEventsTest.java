package org.mm4j.kernel.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.kernel.events.EventRecording.CONFIG;
import static org.mm4j.kernel.events.EventRecording.only;

import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is recorded of areas of vmalloc and of the percpu allocator is what was done. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AddressEventsTest {
    @Test
    void addressesOfVmalloc() throws Exception {
        long[] address = new long[1];
        List<RecordedEvent> events = EventRecording.of(
                CONFIG,
                kernel -> {
                    address[0] = kernel.vmalloc().vmalloc(10_000);
                    kernel.vmalloc().vfree(address[0]);
                    kernel.vmalloc().vmUnmapAliases();
                },
                "alloc_vmap_area",
                "free_vmap_area_noflush",
                "purge_vmap_area_lazy");
        assertThat(events)
                .extracting(EventRecording::name)
                .containsExactly("alloc_vmap_area", "free_vmap_area_noflush", "purge_vmap_area_lazy");
        assertThat(events.get(0).getLong("va_start")).isEqualTo(address[0]);
        assertThat(events.get(0).getLong("size")).as("with the guard page").isEqualTo(4 * 4096);
        assertThat(events.get(0).getBoolean("failed")).isFalse();
        assertThat(events.get(1).getLong("va_start")).isEqualTo(address[0]);
        assertThat(events.get(1).getLong("nr_lazy")).isEqualTo(4);
        assertThat(events.get(1).getLong("nr_lazy_max")).isGreaterThanOrEqualTo(8192);
        assertThat(events.get(2).getLong("start")).isEqualTo(address[0]);
        assertThat(events.get(2).getLong("end")).isEqualTo(address[0] + 4 * 4096);
        assertThat(events.get(2).getInt("num_purged")).isEqualTo(1);
    }

    @Test
    void areasOfThePercpuAllocator() throws Exception {
        List<Long> areas = new ArrayList<>();
        int[] cpus = new int[1];
        List<RecordedEvent> events = EventRecording.of(
                CONFIG,
                kernel -> {
                    cpus[0] = kernel.percpu().cpus();
                    areas.add(kernel.percpu().allocPercpu(100, 64, GFP_KERNEL));
                    for (int i = 0; i < 3; i++) { // more than the first chunk has
                        areas.add(kernel.percpu().allocPercpu(32_000, 8, GFP_KERNEL));
                    }
                    assertThat(kernel.percpu().allocPercpu(32_000, 8, GFP_NOWAIT))
                            .isZero();
                    areas.forEach(kernel.percpu()::freePercpu);
                },
                "percpu_alloc_percpu",
                "percpu_alloc_percpu_fail",
                "percpu_free_percpu",
                "percpu_create_chunk",
                "percpu_destroy_chunk");
        List<RecordedEvent> taken = only(events, "percpu_alloc_percpu");
        assertThat(taken).extracting(event -> event.getLong("ptr")).isEqualTo(areas);
        assertThat(taken.getFirst().getLong("size")).isEqualTo(100);
        assertThat(taken.getFirst().getLong("align")).isEqualTo(64);
        assertThat(taken.getFirst().getLong("bytes_alloc")).isEqualTo(100L * cpus[0]);
        assertThat(taken.getFirst().getLong("base_addr") + taken.getFirst().getInt("off"))
                .isEqualTo(areas.getFirst());
        assertThat(taken.getFirst().getBoolean("is_atomic")).isFalse();
        assertThat(only(events, "percpu_free_percpu"))
                .extracting(event -> event.getLong("ptr"))
                .isEqualTo(areas);
        RecordedEvent failed = only(events, "percpu_alloc_percpu_fail").getFirst();
        assertThat(failed.getBoolean("is_atomic")).isTrue();
        assertThat(failed.getLong("size")).isEqualTo(32_000);
        List<Long> made = only(events, "percpu_create_chunk").stream()
                .map(event -> event.getLong("base_addr"))
                .toList();
        assertThat(made).hasSizeGreaterThanOrEqualTo(3);
        assertThat(only(events, "percpu_destroy_chunk"))
                .isNotEmpty()
                .allSatisfy(event -> assertThat(made).contains(event.getLong("base_addr")));
    }
}
