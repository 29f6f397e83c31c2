package org.mm4j.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class CatCommandTest {
    private static final String TRACE = """
            task-1 [000] ..... 1.000001: mm_page_alloc: page=1 pfn=0x40 order=2 migratetype=0 gfp_flags=GFP_KERNEL
            task-1 [000] ..... 1.000002: kmalloc: call_site=a ptr=01 bytes_req=100 bytes_alloc=128 gfp_flags=GFP_KERNEL node=-1 accounted=false
            task-1 [000] ..... 1.000003: kmem_cache_alloc: call_site=a ptr=02 name=things bytes_req=600 bytes_alloc=600 gfp_flags=GFP_KERNEL node=-1 accounted=false
            task-1 [000] ..... 1.000004: kmem_cache_alloc: call_site=a ptr=03 name=things bytes_req=600 bytes_alloc=600 gfp_flags=GFP_KERNEL node=-1 accounted=false
            task-1 [000] ..... 1.000005: alloc_vmap_area: va_start: 18446683600660643840 size=20480 align=16384 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0
            task-1 [000] ..... 1.000006: kmem_cache_free: call_site=a ptr=03 name=things
            """;

    @Test
    void catShowsTheKernelAfterTheLastEvent() {
        CommandRun run = CommandRun.of(
                TRACE, "cat", "slabinfo", "/sys/kernel/slab/things/object_size", "vmallocinfo", "--trace", "-");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines().toList())
                .startsWith("slabinfo - version: 2.1")
                .anyMatch(line -> line.matches("things +\\d+ +\\d+ +600 .*"))
                .contains("600")
                .last()
                .asString()
                .matches("0x[0-9a-f]{16}-0x[0-9a-f]{16}   20480 vmap");
    }

    @Test
    void aDirectoryIsListed() {
        assertThat(CommandRun.of("", "cat", "/", "/proc/sys/vm", "--boot").out().lines())
                .containsExactly(
                        "proc/",
                        "sys/",
                        "compaction_proactiveness",
                        "lowmem_reserve_ratio",
                        "min_free_kbytes",
                        "percpu_pagelist_high_fraction",
                        "watermark_boost_factor",
                        "watermark_scale_factor");
    }

    @Test
    void jsonHasTheTextsByPath() {
        JsonObject json = CommandRun.of(
                        TRACE, "cat", "slabinfo", "/proc/sys/vm/watermark_scale_factor", "--json", "--trace", "-")
                .json();

        assertThat(json.keySet()).containsExactly("slabinfo", "/proc/sys/vm/watermark_scale_factor");
        assertThat(json.get("/proc/sys/vm/watermark_scale_factor").getAsString())
                .isEqualTo("10\n");
    }

    @Test
    void theShortCommandsAreTheSame() {
        assertThat(CommandRun.of(TRACE, "slabinfo", "-", "--threads", "1"))
                .isEqualTo(CommandRun.of(TRACE, "cat", "slabinfo", "--trace", "-", "--threads", "1"));
        assertThat(CommandRun.of(TRACE, "vmallocinfo", "-").out().lines()).hasSize(1);
        assertThat(CommandRun.of("", "vmallocinfo", "--boot")).isEqualTo(new CommandRun(0, "", ""));
        assertThat(CommandRun.of("", "buddyinfo", "--boot"))
                .isEqualTo(CommandRun.of("", "cat", "/proc/buddyinfo", "--boot"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cat                          | Missing required parameter: 'PATH'; see mm cat --help
            cat slabinf --boot           | there is no /proc/slabinf; near it is slabinfo
            cat /proc/buddyinfo/1 --boot | /proc/buddyinfo is a file, so there is no /proc/buddyinfo/1
            cat slabinfo - --trace x     | x: there is no such file
            cat slabinfo --boot --trace - | --boot replays nothing, so it takes no trace
            slabinfo no/such             | no/such: there is no such file
            slabtop - --sort k           | --sort is one of a, b, c, l, v, n, o, p, s, u, not "k"
            slabtop - --every never      | Invalid value for option '--every': 'never' is no span of time like 500ms, 2s or 1m; see mm slabtop --help
            """)
    void whatIsWrongIsSaidInOneLine(String arguments, String message) {
        assertThat(CommandRun.of(TRACE, arguments.split(" ")))
                .isEqualTo(new CommandRun(2, "", "mm: " + message + "\n"));
    }

    @Test
    void slabtopSortsWhatSlabinfoSays() {
        CommandRun run = CommandRun.of(TRACE, "slabtop", "-", "--sort", "s", "--json");

        JsonArray caches = run.json().getAsJsonArray("caches");
        List<Long> sizes = caches.asList().stream()
                .map(row -> row.getAsJsonObject().get("objectBytes").getAsLong())
                .toList();
        assertThat(sizes).contains(600L, 8192L).isSortedAccordingTo((a, b) -> Long.compare(b, a));
        assertThat(CommandRun.of(TRACE, "slabtop", "-", "--sort", "c").out().lines())
                .anyMatch(line -> line.startsWith(" Active / Total Caches (% used)     : "))
                .contains("  OBJS ACTIVE  USE OBJ SIZE  SLABS OBJ/SLAB CACHE SIZE NAME                   ");
    }
}
