package org.mm4j.slab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The caches of the kernel that runs this test, where it is a 6.18 and shows them. */
class ThisMachineTest {
    private static final Path SYSFS = Path.of("/sys/kernel/slab");
    private static final Map<String, Integer> FLAGS = Map.of(
            "sanity_checks", SlabFlags.SLAB_CONSISTENCY_CHECKS,
            "red_zone", SlabFlags.SLAB_RED_ZONE,
            "poison", SlabFlags.SLAB_POISON,
            "store_user", SlabFlags.SLAB_STORE_USER,
            "trace", SlabFlags.SLAB_TRACE,
            "hwcache_align", SlabFlags.SLAB_HWCACHE_ALIGN,
            "cache_dma", SlabFlags.SLAB_CACHE_DMA,
            "reclaim_account", SlabFlags.SLAB_RECLAIM_ACCOUNT,
            "destroy_by_rcu", SlabFlags.SLAB_TYPESAFE_BY_RCU);

    @Test
    void everyCacheHasItsLayout() throws IOException {
        SlabSettings settings = SlabSettings.ofCpus(cpus());
        List<String> wrong = new ArrayList<>();
        int caches = 0;
        for (Path cache : caches()) {
            caches++;
            String linux = figures(cache);
            if (candidates(cache, settings).map(ThisMachineTest::figures).noneMatch(linux::equals)) {
                wrong.add(cache.getFileName() + ": " + linux);
            }
        }
        assertThat(caches).isPositive();
        assertThat(wrong).as("of %d caches", caches).isEmpty();
    }

    /** Whether a cache gives its free pointer a place of its own is the one thing that sysfs does not tell. */
    private static Stream<SlabLayout> candidates(Path cache, SlabSettings settings) throws IOException {
        int flags = cache.getFileName().toString().contains("kmalloc-") ? SlabFlags.SLAB_KMALLOC : 0;
        for (Map.Entry<String, Integer> flag : FLAGS.entrySet()) {
            flags |= value(cache, flag.getKey()) == 1 ? flag.getValue() : 0;
        }
        SlabRequest request = SlabRequest.of(value(cache, "object_size"), settings)
                .withAlign(value(cache, "align"))
                .withFlags(flags)
                .withCtor(!text(cache.resolve("ctor")).isEmpty());
        return SlabFlags.has(flags, SlabFlags.SLAB_TYPESAFE_BY_RCU) && !request.hasCtor()
                ? Stream.of(request, request.withFreePointerOffset(0)).map(SlabLayout::of)
                : Stream.of(SlabLayout.of(request));
    }

    private static String figures(Path cache) throws IOException {
        return "align " + value(cache, "align") + " slab_size " + value(cache, "slab_size") + " order "
                + value(cache, "order") + " objs_per_slab " + value(cache, "objs_per_slab") + " cpu_partial "
                + value(cache, "cpu_partial") + " min_partial " + value(cache, "min_partial");
    }

    private static String figures(SlabLayout layout) {
        return "align " + layout.align() + " slab_size " + layout.size() + " order " + layout.order()
                + " objs_per_slab " + layout.objectsPerSlab() + " cpu_partial " + layout.cpuPartialObjects()
                + " min_partial " + layout.minPartial();
    }

    private static List<Path> caches() throws IOException {
        assumeTrue(System.getProperty("os.version").startsWith("6.18"), "another kernel");
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "another machine");
        assumeTrue(Files.isReadable(SYSFS.resolve("kmalloc-64/order")), "the caches are not shown to us");
        String commandLine = text(Path.of("/proc/cmdline"));
        assumeTrue(!commandLine.contains("slab_") && !commandLine.contains("slub_"), "the kernel was given settings");
        try (Stream<Path> caches = Files.list(SYSFS)) {
            return caches.filter(cache -> !Files.isSymbolicLink(cache)).toList();
        }
    }

    /** {@code 0-1} or {@code 0}; with gaps we do not count. */
    private static int cpus() throws IOException {
        Path present = Path.of("/sys/devices/system/cpu/present");
        assumeTrue(Files.isReadable(present), "the CPUs are not shown to us");
        String text = text(present);
        assumeTrue(text.matches("0-\\d+"), "CPUs " + text);
        return Integer.parseInt(text.substring(2)) + 1;
    }

    private static int value(Path cache, String name) throws IOException {
        return Integer.parseInt(text(cache.resolve(name)));
    }

    /** The size of a file in sysfs is a lie; a stream does not ask for it. */
    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readAllBytes(), UTF_8).strip();
        }
    }
}
