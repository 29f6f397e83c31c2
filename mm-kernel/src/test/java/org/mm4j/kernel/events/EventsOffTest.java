package org.mm4j.kernel.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.OwnerTracking;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.SlabFlags;

/** What events cost that nobody records. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventsOffTest {
    private static final int WARM_UP = 60_000;
    private static final String[] ALL = {
        "kmalloc",
        "kfree",
        "mm_page_alloc",
        "mm_page_free",
        "mm_page_alloc_zone_locked",
        "mm_page_pcpu_refill",
        "percpu_alloc_percpu",
        "percpu_free_percpu"
    };
    private static final int ROUNDS = 20_000;

    private static KmemCache cache(Kernel kernel) {
        return Objects.requireNonNull(kernel.slab().kmemCacheCreate("plain", 100, 0, SlabFlags.SLAB_NO_MERGE));
    }

    /** A kernel without events has none of the classes that tell. */
    @Test
    void aKernelWithoutEventsHasNothingInTheWay() {
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20).withOwners(OwnerTracking.OFF))) {
            assertThat(kernel.pages()).isSameAs(kernel.buddy());
            assertThat(kernel.kmalloc()).isExactlyInstanceOf(Kmalloc.class);
            assertThat(cache(kernel)).isExactlyInstanceOf(KmemCache.class);
        }
        try (Kernel kernel = Kernel.boot(EventRecording.CONFIG)) {
            assertThat(kernel.kmalloc()).isNotExactlyInstanceOf(Kmalloc.class);
            assertThat(cache(kernel)).isNotExactlyInstanceOf(KmemCache.class);
        }
    }

    /** With events, while nobody records: not a byte more of Java heap, also after somebody did. */
    @TestFactory
    Stream<DynamicTest> nobodyRecordsAndNoEventIsMade() {
        return Stream.of(
                pair("page", kernel -> kernel.pages().freePages(kernel.pages().allocPages(GFP_KERNEL, 0), 0)),
                pair("block", kernel -> kernel.pages().freePages(kernel.pages().allocPages(GFP_KERNEL, 5), 5)),
                pair(
                        "kmalloc",
                        kernel -> kernel.kmalloc().kfree(kernel.kmalloc().kmalloc(100, GFP_KERNEL))),
                pair(
                        "percpu",
                        kernel -> kernel.percpu().freePercpu(kernel.percpu().allocPercpu(64, 8, GFP_KERNEL))));
    }

    private static DynamicTest pair(String name, EventRecording.Work pair) {
        return dynamicTest(name, () -> {
            EventRecording.of(EventRecording.CONFIG, kernel -> repeat(pair, kernel, 1000), ALL);
            long without = bytes(EventRecording.CONFIG.withEvents(false), pair);
            long with = bytes(EventRecording.CONFIG, pair);
            assertThat(with)
                    .as("bytes of %d pairs; %d without events", ROUNDS, without)
                    .isLessThanOrEqualTo(without + ROUNDS / 10);
        });
    }

    private static long bytes(KernelConfig config, EventRecording.Work pair) throws Exception {
        try (Kernel kernel = Kernel.boot(config)) {
            repeat(pair, kernel, WARM_UP);
            long least = Long.MAX_VALUE;
            for (int attempt = 0; attempt < 10; attempt++) { // until the compiler is done with it
                long before = allocatedBytes();
                repeat(pair, kernel, ROUNDS);
                least = Math.min(least, allocatedBytes() - before);
            }
            return least;
        }
    }

    private static void repeat(EventRecording.Work pair, Kernel kernel, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            pair.on(kernel);
        }
    }

    /** Of this thread; by reflection, as the module does not read jdk.management. */
    private static long allocatedBytes() throws ReflectiveOperationException {
        Method bytes = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
        return (long) bytes.invoke(ManagementFactory.getThreadMXBean());
    }
}
