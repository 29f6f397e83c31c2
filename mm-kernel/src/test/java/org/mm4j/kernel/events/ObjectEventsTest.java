package org.mm4j.kernel.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.kernel.events.EventRecording.CONFIG;
import static org.mm4j.kernel.events.EventRecording.name;
import static org.mm4j.kernel.events.EventRecording.only;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.kernel.Kernel;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.SlabFlags;

/** What is recorded of objects is what was done. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ObjectEventsTest {
    private static KmemCache cache(Kernel kernel, String name, int bytes, int flags) {
        return Objects.requireNonNull(kernel.slab().kmemCacheCreate(name, bytes, 0, SlabFlags.SLAB_NO_MERGE | flags));
    }

    @Test
    void kmallocAndKfree() throws Exception {
        List<Long> objects = new ArrayList<>();
        List<RecordedEvent> events = EventRecording.of(
                CONFIG,
                kernel -> {
                    Kmalloc kmalloc = kernel.kmalloc();
                    objects.add(kmalloc.kmalloc(100, GFP_ATOMIC));
                    objects.add(kmalloc.kmallocNode(9000, GFP_KERNEL, 0));
                    objects.add(kmalloc.kmalloc(5L << 20, GFP_KERNEL | __GFP_NOWARN));
                    objects.add(kmalloc.krealloc(objects.getFirst(), 500, GFP_KERNEL));
                    kmalloc.kfree(objects.get(1));
                    kmalloc.kfree(0);
                    kmalloc.kfreeBulk(new long[] {objects.get(3)}, 1);
                },
                "kmalloc",
                "kfree",
                "kmem_cache_alloc",
                "kmem_cache_free");
        assertThat(events)
                .extracting(EventRecording::name)
                .containsExactly("kmalloc", "kmalloc", "kmalloc", "kmalloc", "kfree", "kfree", "kfree", "kfree");
        assertThat(only(events, "kmalloc"))
                .extracting(EventRecording::values)
                .containsExactly(
                        List.of(objects.get(0), 100L, 128L, "GFP_ATOMIC", -1, false),
                        List.of(objects.get(1), 9000L, 16_384L, "GFP_KERNEL", 0, false),
                        List.of(0L, 5L << 20, 0L, "GFP_KERNEL|__GFP_NOWARN", -1, false),
                        List.of(objects.get(3), 500L, 512L, "GFP_KERNEL", -1, false));
        assertThat(only(events, "kfree"))
                .extracting(EventRecording::values)
                .containsExactly(
                        List.of(objects.get(0)), List.of(objects.get(1)), List.of(0L), List.of(objects.get(3)));
        assertThat(events.getFirst().getStackTrace().getFrames())
                .anySatisfy(frame ->
                        assertThat(frame.getMethod().getType().getName()).startsWith(ObjectEventsTest.class.getName()));
    }

    @Test
    void objectsOfCaches() throws Exception {
        long[] objects = new long[3];
        List<RecordedEvent> events = EventRecording.of(
                CONFIG,
                kernel -> {
                    KmemCache cache = cache(kernel, "inode", 300, 0);
                    objects[0] = cache.zalloc(GFP_KERNEL);
                    objects[1] = cache.allocNode(GFP_KERNEL_ACCOUNT, 0);
                    cache.free(objects[0]);
                    kernel.kmalloc().kfree(objects[1]);
                    long[] bulk = new long[1];
                    cache.allocBulk(GFP_KERNEL, bulk);
                    objects[2] = bulk[0];
                    cache.freeBulk(bulk);
                },
                "kmem_cache_alloc",
                "kmem_cache_free",
                "kfree");
        assertThat(events)
                .extracting(EventRecording::name)
                .containsExactly(
                        "kmem_cache_alloc",
                        "kmem_cache_alloc",
                        "kmem_cache_free",
                        "kfree",
                        "kmem_cache_alloc",
                        "kmem_cache_free");
        assertThat(only(events, "kmem_cache_alloc"))
                .extracting(EventRecording::values)
                .containsExactly(
                        List.of(objects[0], "inode", 300L, 304L, "GFP_KERNEL|__GFP_ZERO", -1, false),
                        List.of(objects[1], "inode", 300L, 304L, "GFP_KERNEL_ACCOUNT", 0, false),
                        List.of(objects[2], "inode", 300L, 304L, "GFP_KERNEL", -1, false));
        assertThat(EventRecording.values(events.getLast())).containsExactly(objects[2], "inode");
    }

    @Test
    @DisplayName("accounted: there are cgroups, and the request or the cache says so")
    void charged() throws Exception {
        List<RecordedEvent> events = EventRecording.of(
                CONFIG.withCgroups(true),
                kernel -> {
                    kernel.kmalloc().kfree(kernel.kmalloc().kmalloc(100, GFP_KERNEL));
                    kernel.kmalloc().kfree(kernel.kmalloc().kmalloc(100, GFP_KERNEL_ACCOUNT));
                    for (int flags : new int[] {0, SlabFlags.SLAB_ACCOUNT}) {
                        KmemCache cache = cache(kernel, "cache" + flags, 300, flags);
                        cache.free(cache.alloc(GFP_KERNEL));
                        cache.free(cache.alloc(GFP_KERNEL_ACCOUNT));
                    }
                },
                "kmalloc",
                "kmem_cache_alloc");
        assertThat(events)
                .extracting(event -> event.getBoolean("accounted"))
                .containsExactly(false, true, false, true, true, true);
    }

    /** What was recorded, carried out over a model, has no free of what is not live: it can be replayed. */
    @Test
    void whatIsRecordedIsWhatWasDone() throws Exception {
        long seed = System.nanoTime();
        List<String> done = new ArrayList<>();
        List<RecordedEvent> events = EventRecording.of(CONFIG, kernel -> work(kernel, seed, done), "kmalloc", "kfree");
        assertThat(events.stream()
                        .map(event -> name(event) + " " + event.getLong("ptr")
                                + (event.hasField("bytes_req") ? " " + event.getLong("bytes_req") : "")))
                .as("seed %d", seed)
                .containsExactlyElementsOf(done);
    }

    private static void work(Kernel kernel, long seed, List<String> done) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Long> live = new ArrayList<>();
        for (int step = 0; step < 2000; step++) {
            if (live.isEmpty() || random.nextInt(5) < 3) {
                long bytes = random.nextLong(1, 10_000);
                long object = kernel.kmalloc().kmalloc(bytes, GFP_KERNEL);
                live.add(object);
                done.add("kmalloc " + object + " " + bytes);
            } else {
                long object = live.remove(random.nextInt(live.size()));
                kernel.kmalloc().kfree(object);
                done.add("kfree " + object);
            }
        }
        live.forEach(kernel.kmalloc()::kfree);
        live.forEach(object -> done.add("kfree " + object));
    }
}
