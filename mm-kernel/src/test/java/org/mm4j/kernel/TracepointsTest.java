package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.api.Gfp.__GFP_RECLAIMABLE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageAllocator;
import org.mm4j.kernel.reclaim.ShrinkControl;
import org.mm4j.kernel.reclaim.ShrinkableObjects;
import org.mm4j.kernel.reclaim.ShrinkerConfig;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.SlabFlags;

/** What a recording of the flight recorder shows of every tracepoint is what was done. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TracepointsTest {
    private static final KernelConfig CONFIG = KernelConfig.ofBytes(32 << 20).withEvents(true);

    @TempDir
    private Path folder;

    private interface Work {
        void on(Kernel kernel) throws Exception;
    }

    /** The events of these names, without the common prefix, that the work made; in their order. */
    private List<RecordedEvent> record(KernelConfig config, Work work, String... names) throws Exception {
        Path file = Files.createTempFile(folder, "events", ".jfr");
        try (Kernel kernel = Kernel.boot(config);
                Recording recording = new Recording()) {
            for (String name : names) {
                recording.enable("org.mm4j." + name).withoutThreshold();
            }
            recording.start();
            work.on(kernel);
            recording.stop();
            recording.dump(file);
        }
        return read(file);
    }

    private static List<RecordedEvent> read(Path file) throws IOException {
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("org.mm4j."))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .toList();
    }

    private static String name(RecordedEvent event) {
        return event.getEventType().getName().replace("org.mm4j.", "");
    }

    private static List<RecordedEvent> only(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> name(event).equals(name)).toList();
    }

    private static KmemCache cache(Kernel kernel, String name, int bytes) {
        return Objects.requireNonNull(kernel.slab().kmemCacheCreate(name, bytes, 0, SlabFlags.SLAB_NO_MERGE));
    }

    @Test
    void kmallocAndKfree() throws Exception {
        List<Long> objects = new ArrayList<>();
        List<RecordedEvent> events = record(
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
                .extracting(TracepointsTest::name)
                .containsExactly("kmalloc", "kmalloc", "kmalloc", "kmalloc", "kfree", "kfree", "kfree", "kfree");
        List<RecordedEvent> taken = only(events, "kmalloc");
        assertThat(taken).extracting(event -> event.getLong("ptr")).isEqualTo(objects);
        assertThat(objects.get(2)).isZero();
        assertThat(taken).extracting(event -> event.getLong("bytes_req")).containsExactly(100L, 9000L, 5L << 20, 500L);
        assertThat(taken).extracting(event -> event.getLong("bytes_alloc")).containsExactly(128L, 16_384L, 0L, 512L);
        assertThat(taken).extracting(event -> event.getInt("node")).containsExactly(-1, 0, -1, -1);
        assertThat(taken.getFirst().getString("gfp_flags")).isEqualTo("GFP_ATOMIC");
        assertThat(only(events, "kfree"))
                .extracting(event -> event.getLong("ptr"))
                .containsExactly(objects.get(0), objects.get(1), 0L, objects.get(3));
        assertThat(taken.getFirst().getStackTrace().getFrames())
                .anySatisfy(frame ->
                        assertThat(frame.getMethod().getType().getName()).startsWith(TracepointsTest.class.getName()));
    }

    @Test
    void objectsOfCaches() throws Exception {
        long[] objects = new long[3];
        List<RecordedEvent> events = record(
                CONFIG,
                kernel -> {
                    KmemCache cache = cache(kernel, "inode", 300);
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
                .extracting(TracepointsTest::name)
                .containsExactly(
                        "kmem_cache_alloc",
                        "kmem_cache_alloc",
                        "kmem_cache_free",
                        "kfree",
                        "kmem_cache_alloc",
                        "kmem_cache_free");
        RecordedEvent first = events.getFirst();
        assertThat(first.getLong("ptr")).isEqualTo(objects[0]);
        assertThat(first.getString("name")).isEqualTo("inode");
        assertThat(first.getLong("bytes_req")).isEqualTo(300);
        assertThat(first.getLong("bytes_alloc")).isEqualTo(304);
        assertThat(first.getString("gfp_flags")).isEqualTo("GFP_KERNEL|__GFP_ZERO");
        assertThat(events.get(3).getLong("ptr")).isEqualTo(objects[1]);
        assertThat(events.getLast().getLong("ptr")).isEqualTo(objects[2]);
    }

    @Test
    void fieldsStandInTheKernelsOrder() throws Exception {
        List<RecordedEvent> events = record(
                CONFIG,
                kernel -> kernel.kmalloc().kfree(cache(kernel, "inode", 300).alloc(GFP_KERNEL)),
                "kmem_cache_alloc",
                "kfree");
        assertThat(events.getFirst().getFields().stream()
                        .map(field -> field.getName())
                        .filter(name -> !List.of("startTime", "duration", "eventThread", "stackTrace")
                                .contains(name)))
                .containsExactly("ptr", "name", "bytes_req", "bytes_alloc", "gfp_flags", "node");
    }

    /** What was recorded, carried out over a model, has no free of what is not live: it can be replayed. */
    @Test
    void whatIsRecordedIsWhatWasDone() throws Exception {
        long seed = System.nanoTime();
        List<String> done = new ArrayList<>();
        List<RecordedEvent> events = record(
                CONFIG,
                kernel -> {
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
                },
                "kmalloc",
                "kfree");
        assertThat(events.stream()
                        .map(event -> name(event) + " " + event.getLong("ptr")
                                + (event.hasField("bytes_req") ? " " + event.getLong("bytes_req") : "")))
                .as("seed %d", seed)
                .containsExactlyElementsOf(done);
    }

    @Test
    void pagesBetweenZonesAndTheirCaches() throws Exception {
        List<RecordedEvent> events = record(
                CONFIG,
                kernel -> {
                    long pfn = kernel.pages().allocPages(GFP_KERNEL, 0);
                    kernel.pages().freePages(pfn, 0);
                    kernel.drainAllPages();
                },
                "mm_page_alloc",
                "mm_page_free",
                "mm_page_alloc_zone_locked",
                "mm_page_pcpu_drain");
        long pfn = only(events, "mm_page_alloc").getFirst().getLong("pfn");
        RecordedEvent refilled = only(events, "mm_page_alloc_zone_locked").stream()
                .filter(event -> event.getLong("pfn") == pfn)
                .findFirst()
                .orElseThrow();
        assertThat(refilled.getInt("percpu_refill")).isEqualTo(1);
        assertThat(refilled.getInt("order")).isZero();
        assertThat(only(events, "mm_page_free"))
                .extracting(event -> event.getLong("pfn"))
                .containsExactly(pfn);
        assertThat(only(events, "mm_page_pcpu_drain"))
                .extracting(event -> event.getLong("pfn"))
                .contains(pfn)
                .containsAll(only(events, "mm_page_alloc_zone_locked").stream()
                        .map(event -> event.getLong("pfn"))
                        .toList());
    }

    @Test
    void pagesOfAnotherMigrateType() throws Exception {
        List<RecordedEvent> events = record(
                CONFIG,
                kernel -> kernel.pages().freePages(kernel.pages().allocPages(GFP_KERNEL | __GFP_RECLAIMABLE, 3), 3),
                "mm_page_alloc_extfrag");
        RecordedEvent event = events.getFirst(); // no pageblock is reclaimable at boot
        assertThat(event.getInt("alloc_order")).isIn(0, 3);
        assertThat(event.getInt("fallback_order")).isEqualTo(10);
        assertThat(event.getInt("pageblock_order")).isEqualTo(9);
        assertThat(event.getInt("alloc_migratetype")).isEqualTo(MigrateType.RECLAIMABLE.ordinal());
        assertThat(event.getInt("fallback_migratetype")).isEqualTo(MigrateType.MOVABLE.ordinal());
        assertThat(event.getBoolean("fragmenting")).isFalse();
        assertThat(event.getBoolean("change_ownership")).isTrue();
    }

    @Test
    void compactionOfEveryZone() throws Exception {
        List<RecordedEvent> events =
                record(CONFIG, kernel -> kernel.buddy().compactMemory(0), "mm_compaction_begin", "mm_compaction_end");
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
    void addressesOfVmalloc() throws Exception {
        long[] address = new long[1];
        List<RecordedEvent> events = record(
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
                .extracting(TracepointsTest::name)
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
        List<RecordedEvent> events = record(
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
        List<RecordedEvent> events = record(
                CONFIG,
                kernel -> {
                    Stock stock = new Stock(kernel.pages(), new ArrayList<>());
                    for (int i = 0; i < 500; i++) {
                        stock.pfns.add(kernel.pages().allocPages(GFP_KERNEL, 0));
                    }
                    var shrinker = kernel.reclaim()
                            .shrinkers()
                            .register(ShrinkerConfig.of("stock").ofPages(), stock);
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
                },
                Stream.of("wakeup_kswapd", "kswapd_wake", "kswapd_sleep", "direct_reclaim_begin", "direct_reclaim_end")
                        .map(name -> "mm_vmscan_" + name)
                        .collect(
                                () -> new ArrayList<>(
                                        List.of("mm_shrink_slab_start", "mm_shrink_slab_end", "mark_victim")),
                                List::add,
                                List::addAll)
                        .toArray(String[]::new));
        assertThat(only(events, "mm_vmscan_wakeup_kswapd"))
                .extracting(event -> event.getString("gfp_flags"))
                .contains("GFP_KERNEL");
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
    }

    /** The cost of what is off: a kernel without events has none of the classes that tell. */
    @Test
    void aKernelWithoutEventsHasNothingInTheWay() {
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20).withOwners(OwnerTracking.OFF))) {
            assertThat(kernel.pages()).isSameAs(kernel.buddy());
            assertThat(kernel.kmalloc()).isExactlyInstanceOf(Kmalloc.class);
            assertThat(cache(kernel, "plain", 100)).isExactlyInstanceOf(KmemCache.class);
        }
        try (Kernel kernel = Kernel.boot(CONFIG)) {
            assertThat(kernel.kmalloc()).isNotExactlyInstanceOf(Kmalloc.class);
            assertThat(cache(kernel, "told", 100)).isNotExactlyInstanceOf(KmemCache.class);
        }
    }
}
