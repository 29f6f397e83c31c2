package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneType;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.SlabFlags;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProcTreeTest {
    private static final long BYTES = 64L << 20;

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(BYTES));
    private final ProcTree proc = kernel.proc();

    @AfterEach
    void close() {
        kernel.close();
    }

    private long number(String path, String name) {
        return Pattern.compile("(?m)^" + Pattern.quote(name) + " +(\\d+)")
                .matcher(proc.read(path))
                .results()
                .mapToLong(line -> Long.parseLong(line.group(1)))
                .sum();
    }

    @Test
    void textsAreThoseOfTheKernel() {
        kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);

        assertThat(proc.read("buddyinfo"))
                .isEqualTo(proc.read("/proc/buddyinfo"))
                .isEqualTo(proc.read("//proc/./buddyinfo"))
                .isEqualTo(kernel.buddyinfo());
        assertThat(proc.read("slabinfo")).isEqualTo(kernel.slabinfo());
        assertThat(proc.read("/sys/kernel/debug/percpu_stats")).isEqualTo(kernel.percpuStats());
        assertThat(proc.read("/sys/kernel/slab/kmalloc-128/objects"))
                .isEqualTo(kernel.slabAttributes("kmalloc-128").get("objects"))
                .startsWith("32 N0=");
    }

    @Test
    void directoriesSayWhatTheyHold() {
        kernel.slab().kmemCacheCreate("first", 600, KmemCacheArgs.NONE);
        kernel.slab().kmemCacheCreate("second", 600, KmemCacheArgs.NONE);

        assertThat(proc.list("/")).containsExactly("proc/", "sys/");
        assertThat(proc.list("/proc"))
                .containsExactly(
                        "buddyinfo",
                        "meminfo",
                        "pagetypeinfo",
                        "slabinfo",
                        "sys/",
                        "vmallocinfo",
                        "vmstat",
                        "zoneinfo");
        assertThat(proc.list("")).isEqualTo(proc.list("/proc/"));
        assertThat(proc.list("/sys/kernel/slab"))
                .as("also those that were merged into others")
                .contains("first/", "second/", "kmalloc-64/")
                .isSorted();
        assertThat(proc.list("/sys/kernel/slab/second")).isEqualTo(proc.list("/sys/kernel/slab/first"));
    }

    @Test
    void everyFileThatIsListedCanBeRead() {
        assertThat(readAll("/")).isGreaterThan(300);
    }

    private int readAll(String folder) {
        int files = 0;
        for (String name : proc.list(folder)) {
            String path = folder + (folder.endsWith("/") ? "" : "/") + name;
            if (name.endsWith("/")) {
                files += readAll(path);
            } else {
                assertThat(proc.read(path)).as(path).matches(Pattern.compile("(?s)|.*\n"));
                files++;
            }
        }
        return files;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            budyinfo                        | there is no /proc/budyinfo; near it is buddyinfo
            /proc/SlabInfo                  | there is no /proc/SlabInfo; near it is slabinfo
            info                            | there is no /proc/info; near it are meminfo, slabinfo and zoneinfo
            /proc/cpu                       | there is no /proc/cpu; /proc has buddyinfo, meminfo, pagetypeinfo, slabinfo, sys/, vmallocinfo, vmstat and zoneinfo
            /etc/passwd                     | there is no /etc; / has proc/ and sys/
            /proc/buddyinfo/0               | /proc/buddyinfo is a file, so there is no /proc/buddyinfo/0
            /sys/kernel/slab/kmalloc-63/objects | there is no /sys/kernel/slab/kmalloc-63; near it are kmalloc-64, kmalloc-16 and kmalloc-1k
            /sys/kernel/slab/kmalloc-64/object  | there is no /sys/kernel/slab/kmalloc-64/object; near it are objects, object_size and total_objects
            /proc/sys/vm/../meminfo         | there is no /proc/sys/vm/..; /proc/sys/vm has compaction_proactiveness, lowmem_reserve_ratio, min_free_kbytes, percpu_pagelist_high_fraction, watermark_boost_factor and watermark_scale_factor
            /proc/sys                       | /proc/sys is a directory; it has vm/
            """)
    void aBadPathIsToldWithWhatIsNear(String path, String sentence) {
        assertThatThrownBy(() -> proc.read(path))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
    }

    @Test
    void aFileIsNoDirectory() {
        assertThatThrownBy(() -> proc.list("meminfo")).hasMessage("/proc/meminfo is a file");
        assertThatThrownBy(() -> proc.list("/sys/kernel/slab/x"))
                .hasMessageStartingWith("there is no /sys/kernel/slab/x; /sys/kernel/slab has ")
                .hasMessageEndingWith(" more");
    }

    @Test
    void aClosedKernelShowsNothing() {
        kernel.close();

        assertThatThrownBy(() -> proc.read("meminfo")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> proc.read("/sys/kernel/slab/kmalloc-64/objects"))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(kernel::proc).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void meminfoAddsUp() {
        long managed = 4L
                * kernel.nodes().getFirst().zones().stream()
                        .mapToLong(zone -> zone.pagesManaged())
                        .sum();
        assertThat(number("meminfo", "MemTotal:")).isEqualTo(managed);
        assertThat(number("meminfo", "VmallocTotal:")).isEqualTo(1L << 30);
        assertThat(number("meminfo", "DirectMap4k:")).isEqualTo(BYTES >> 10);
        assertThat(kernel.pagesInUse()).as("nothing was reserved by looking").isZero();

        kernel.kmalloc().kmalloc(100_000, Gfp.GFP_KERNEL);
        kernel.kmalloc().kmalloc(8, Gfp.GFP_KERNEL | Gfp.__GFP_RECLAIMABLE);
        kernel.vmalloc().vmalloc(100_000);
        kernel.percpu().allocPercpu(64, 8, Gfp.GFP_KERNEL);

        assertThat(number("meminfo", "SReclaimable:")).isEqualTo(4);
        assertThat(number("meminfo", "SUnreclaim:")).isEqualTo(128);
        assertThat(number("meminfo", "Slab:")).isEqualTo(132);
        assertThat(number("meminfo", "VmallocUsed:")).isEqualTo(100);
        assertThat(number("meminfo", "Percpu:"))
                .isPositive()
                .isEqualTo(4 * kernel.percpu().stats().pagesPopulated());
        assertThat(number("meminfo", "MemFree:"))
                .isEqualTo(4 * number("vmstat", "nr_free_pages"))
                .isLessThan(managed);
    }

    /** si_mem_available() and calculate_totalreserve_pages(), with the figures of one zone. */
    @Test
    void whatIsAvailableIsWhatLinuxGuesses() {
        TestNodes nodes = new TestNodes();
        nodes.zone(0, ZoneType.NORMAL)
                .sizes(64, 10_000, 10_000, 10_000)
                .watermarks(new Watermarks(100, 200, 300, 400), 0)
                .freePages(5000, 0, 0);
        VmStats stats = new VmStats() {
            @Override
            public long node(int nid, NodeStat stat) {
                return switch (stat) {
                    case NR_ACTIVE_FILE -> 900;
                    case NR_INACTIVE_FILE -> 100;
                    case NR_SLAB_RECLAIMABLE -> 50;
                    default -> 0;
                };
            }
        };
        long pages = 5000 - 300 + 1000 - 200 + 50 - 25;
        assertThat(MemInfoText.of(nodes.snapshots(), stats, new MemInfoText.Others(0, 0, 0, 0)))
                .contains("\nMemAvailable:   " + String.format("%8d", 4 * pages) + " kB\n");
    }

    @Test
    void vmstatSumsZonesAndNodes() {
        kernel.kmalloc().kmalloc(100_000, Gfp.GFP_KERNEL);

        assertThat(number("vmstat", "nr_slab_unreclaimable")).isEqualTo(32);
        assertThat(number("vmstat", "numa_hit")).isPositive();
        assertThat(List.of(proc.read("vmstat").split("\n"))).endsWith("nr_unstable 0");
    }

    @Test
    void sysctlsAreWhatTheKernelWasBootedWith() {
        assertThat(proc.read("sys/vm/min_free_kbytes"))
                .isEqualTo("1023\n"); // the root of 16 times 64 MiB in KiB, less frame 0
        assertThat(proc.read("sys/vm/lowmem_reserve_ratio")).isEqualTo("256\t256\t32\t0\t0\n");
        KernelConfig config = KernelConfig.ofBytes(BYTES);
        try (Kernel other = Kernel.boot(config.withSettings(config.settings().withMinFreeKbytes(2048)))) {
            assertThat(other.proc().read("sys/vm/min_free_kbytes")).isEqualTo("2048\n");
        }
    }

    @Test
    void aCacheThatIsGoneIsToldAsAnyOther() {
        kernel.slab()
                .kmemCacheCreate("short_lived", 600, KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_NO_MERGE))
                .destroy();
        assertThatThrownBy(() -> proc.read("/sys/kernel/slab/short_lived/objects"))
                .hasMessageStartingWith("there is no /sys/kernel/slab/short_lived; ");
    }
}
