package org.mm4j.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.slab.KmemCacheArgs;

/**
 * What our tree shows looks as what a Linux 6.18 showed that was recorded, and as what this machine shows, where it is a Linux
 * that lets itself be read. The layouts themselves are checked by the same files.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProcLayoutTest {
    /** Lines of hardware and options that a kernel may have or not. */
    private static final Set<String> OPTIONAL = Set.of(
            "Zswap", "Zswapped", "HardwareCorrupted", "CmaTotal", "CmaFree", "Unaccepted", "Balloon", "DirectMap1G");

    private final Kernel kernel = busyKernel();

    private static Kernel busyKernel() {
        Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20));
        for (int bytes = 8; bytes <= 100_000; bytes = bytes * 3 / 2 + 1) {
            kernel.kmalloc().kmalloc(bytes, Gfp.GFP_KERNEL);
        }
        kernel.slab().kmemCacheCreate("a_cache_with_a_long_name", 600, KmemCacheArgs.NONE);
        kernel.vmalloc().vmalloc(100_000);
        kernel.vmalloc().vfree(kernel.vmalloc().vmalloc(8192));
        kernel.percpu().allocPercpu(64, 8, Gfp.GFP_KERNEL);
        kernel.pages().allocPages(Gfp.GFP_KERNEL, 0);
        return kernel;
    }

    @AfterEach
    void close() {
        kernel.close();
    }

    private static List<String> paths() {
        return ProcLayout.paths().toList();
    }

    private static boolean isLive618() {
        return System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.version").startsWith("6.18");
    }

    /** The text of this machine's file; empty where there is none that we may read. Read at once, as sysctls want it. */
    private static String live(String path) {
        if (!isLive618() || !Files.isReadable(Path.of(path))) {
            return "";
        }
        try (InputStream in = new BufferedInputStream(new FileInputStream(path), 1 << 16)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    @ParameterizedTest
    @MethodSource("paths")
    void everyLineHasTheKernelsLayout(String path) {
        String ours = kernel.proc().read(path);

        assertThat(ours).isNotEmpty().endsWith("\n");
        assertThat(ProcLayout.wrongLines(path, ours)).as("ours").isEmpty();
        assertThat(ProcLayout.wrongLines(path, live(path))).as("this machine's").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddyinfo", "pagetypeinfo", "zoneinfo", "slabinfo", "vmallocinfo", "meminfo", "vmstat"})
    void theRecordedFilesHaveTheLayout(String name) {
        assertThat(ProcLayout.wrongLines("/proc/" + name, Recorded.text(name))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /proc/buddyinfo  | 'Node 0, zone      DMA      0      0      0      0      0      0      0      0      1      1      3'
            /proc/buddyinfo  | 'Node 0, zone     DMA      0      0      0      0      0      0      0      0      1      1      3 '
            /proc/meminfo    | 'MemTotal:      24684096 kB'
            /proc/meminfo    | 'MemTotal:       24684096 KB'
            /proc/slabinfo   | 'kmalloc-64          3173   4608     64   64    1 : tunables    0    0    0 : slabdata     72    72      0'
            /proc/vmstat     | 'nr_free_pages  1'
            /proc/zoneinfo   | '      nr_mlock  0'
            /proc/vmallocinfo | '0x00000000d66189cf-0x00000000ce2d4c03  20480 vmap'
            """)
    void aWrongLineIsFound(String path, String line) {
        assertThat(ProcLayout.wrongLines(path, line)).containsExactly(line);
    }

    private static List<String> withoutOptions(String text) {
        return ProcLayout.names(text).stream()
                .filter(name -> !OPTIONAL.contains(name))
                .toList();
    }

    @Test
    void meminfoHasTheKernelsLinesInItsOrder() {
        List<String> ours = withoutOptions(kernel.proc().read("meminfo"));

        assertThat(ours).isEqualTo(withoutOptions(Recorded.text("meminfo")));
        String live = live("/proc/meminfo");
        assertThat(live.isEmpty() ? ours : withoutOptions(live)).isEqualTo(ours);
    }

    @Test
    void vmstatHasTheKernelsCountersInItsOrder() {
        List<String> ours = ProcLayout.names(kernel.proc().read("vmstat"));
        int stats = ZoneStat.values().length + NodeStat.values().length;
        String live = live("/proc/vmstat");
        for (String linux : List.of(Recorded.text("vmstat"), live.isEmpty() ? Recorded.text("vmstat") : live)) {
            List<String> theirs = ProcLayout.names(linux);
            assertThat(theirs).startsWith(ours.subList(0, stats).toArray(String[]::new));
            assertThat(theirs).containsSubsequence(ours).endsWith(ours.getLast());
        }
    }

    @Test
    void zoneinfoHasTheKernelsLinesInItsOrder() {
        for (String linux : List.of(Recorded.text("zoneinfo"), live("/proc/zoneinfo"))) {
            assertThat(firstPopulatedZone(linux.isEmpty() ? Recorded.text("zoneinfo") : linux))
                    .isEqualTo(firstPopulatedZone(kernel.zoneinfo()));
        }
    }

    private static List<String> firstPopulatedZone(String zoneinfo) {
        return ProcLayout.names(zoneinfo).stream()
                .takeWhile(name -> !name.equals("start_pfn"))
                .distinct() // CPUs
                .toList();
    }

    @Test
    void percpuStatsHaveTheKernelsLinesInTheirOrder() {
        String live = live("/sys/kernel/debug/percpu_stats");
        List<String> ours = upToChunks(kernel.proc().read("/sys/kernel/debug/percpu_stats"));

        assertThat(ours).contains("unit_size", "empty_pop_pages");
        assertThat(live.isEmpty() ? ours : upToChunks(live)).isEqualTo(ours);
    }

    private static List<String> upToChunks(String stats) {
        return ProcLayout.names(stats).stream()
                .takeWhile(name -> !name.equals("Chunk"))
                .toList();
    }

    @Test
    void aCacheHasTheKernelsFiles() throws IOException {
        Path linux = Path.of("/sys/kernel/slab/kmalloc-64");
        Set<String> ours = new TreeSet<>(kernel.proc().list("/sys/kernel/slab/kmalloc-64"));
        Set<String> theirs = new TreeSet<>(ours);
        if (isLive618() && Files.isDirectory(linux)) {
            try (Stream<Path> files = Files.list(linux)) {
                theirs = new TreeSet<>(
                        files.map(file -> file.getFileName().toString()).toList());
            }
        }
        assertThat(ours).hasSizeGreaterThan(28).containsAll(theirs);
        for (String file : theirs) {
            String path = linux.resolve(file).toString();
            assertThat(shape(kernel.proc().read(path)))
                    .as(file)
                    .isEqualTo(shape(live(path).isEmpty() ? kernel.proc().read(path) : live(path)));
        }
    }

    /** A number, with or without parts by node or CPU. */
    private static String shape(String text) {
        Pattern parts = Pattern.compile("( [NC]\\d+=[\\d()]+)+\n");
        return parts.matcher(text).replaceAll("\n").replaceAll("\\d+", "1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lowmem_reserve_ratio",
                "percpu_pagelist_high_fraction",
                "watermark_boost_factor",
                "watermark_scale_factor"
            })
    void settingsAreTheKernelsDefaultsAsItPrintsThem(String name) {
        String path = "/proc/sys/vm/" + name;
        String ours = kernel.proc().read(path);

        assertThat(ours).matches("\\d+(\t\\d+)*\n");
        String live = live(path);
        assertThat(shape(live.isEmpty() ? ours : live)).isEqualTo(shape(ours));
    }
}
