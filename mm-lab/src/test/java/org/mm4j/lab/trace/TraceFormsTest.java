package org.mm4j.lab.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mm4j.api.Gfp;
import org.mm4j.lab.trace.TraceEvent.CacheAlloc;
import org.mm4j.lab.trace.TraceEvent.Kfree;
import org.mm4j.lab.trace.TraceEvent.Kmalloc;
import org.mm4j.lab.trace.TraceEvent.PageAlloc;
import org.mm4j.lab.trace.TraceEvent.PageFallback;
import org.mm4j.lab.trace.TraceEvent.PageFree;
import org.mm4j.lab.trace.TraceEvent.PageFreeBatched;
import org.mm4j.lab.trace.TraceEvent.PercpuAlloc;
import org.mm4j.lab.trace.TraceEvent.PercpuChunk;
import org.mm4j.lab.trace.TraceEvent.PercpuFailure;
import org.mm4j.lab.trace.TraceEvent.PercpuFree;
import org.mm4j.lab.trace.TraceEvent.VmapAlloc;
import org.mm4j.lab.trace.TraceEvent.VmapFree;
import org.mm4j.lab.trace.TraceEvent.VmapPurge;

/** The samples are a few lines of one recording of Linux 6.18, printed by ftrace and by trace-cmd, and of one by perf. */
class TraceFormsTest {
    @Test
    void ftraceAndTraceCmdPrintTheSameEvents() throws Exception {
        Recorded ftrace = Recorded.ofResource("ftrace.txt");
        Recorded traceCmd = Recorded.ofResource("trace-cmd.txt");

        assertThat(ftrace.lines()).hasSameSizeAs(traceCmd.lines()).hasSizeGreaterThan(12);
        for (int at = 0; at < ftrace.lines().size(); at++) {
            Recorded.Line one = ftrace.lines().get(at);
            Recorded.Line other = traceCmd.lines().get(at);
            assertThat(one.event()).hasSameClassAs(other.event());
            assertThat(List.of(one.cpu(), one.nanos())).isEqualTo(List.of(other.cpu(), other.nanos()));
        }
        assertThat(ftrace.events().stream().filter(TraceFormsTest::hasNoPointer).toList())
                .isEqualTo(traceCmd.events().stream()
                        .filter(TraceFormsTest::hasNoPointer)
                        .toList())
                .isNotEmpty();
    }

    /** Pointers are hashed by ftrace, and real in the other forms. */
    private static boolean hasNoPointer(TraceEvent event) {
        return switch (event) {
            case PageAlloc e -> e.pfn() > 0;
            case PageFree e -> e.pfn() > 0;
            case PageFreeBatched e -> e.pfn() > 0;
            case VmapAlloc e -> e.bytes() > 0;
            case VmapFree e -> e.start() != 0;
            default -> false;
        };
    }

    @Test
    void theTaskCalledLikeAHeadIsNoHead() throws Exception {
        Recorded ftrace = Recorded.ofResource("ftrace.txt");

        assertThat(ftrace.lines())
                .contains(new Recorded.Line(
                        new PageAlloc(0x12c0f6, 0, 1, Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_COMP, true),
                        1,
                        3587_805824_000L));
        assertThat(ftrace.summary().otherEvents())
                .containsOnlyKeys("rss_stat", "sched_switch", "mm_page_alloc_zone_locked");
    }

    @Test
    void lostEventsAreCountedInBothWordings() throws Exception {
        assertThat(Recorded.ofResource("ftrace.txt").summary().lostEvents()).isEqualTo(12);
        assertThat(Recorded.ofResource("trace-cmd.txt").summary().lostEvents()).isEqualTo(12);
        assertThat(Recorded.ofText("CPU:0 [EVENTS DROPPED]\n" + Recorded.line("kfree: ptr=1"))
                        .summary()
                        .lostEvents())
                .isEqualTo(1);
    }

    @Test
    void perfScriptIsRead() throws Exception {
        Recorded perf = Recorded.ofResource("perf-script.txt");

        assertThat(perf.events())
                .contains(
                        new Kmalloc(0xffff88810308ad60L, 32, 32, Gfp.GFP_KERNEL),
                        new Kfree(0),
                        new CacheAlloc("names_cache", 0xffff88810087a000L, 4096, 4096, Gfp.GFP_KERNEL),
                        new PageAlloc(0x172826, 0, 0, Gfp.GFP_HIGHUSER | Gfp.__GFP_ACCOUNT, true),
                        new PageFree(0x1385fa, 0),
                        new PageFreeBatched(0x1385fa),
                        new PageFallback(0x172c00, 2, 10, 2, 1),
                        new PercpuAlloc(
                                false, false, 16, 8, 0xffffe8ffffc00000L, 33296, 0x60795bb01210L, 64, Gfp.GFP_KERNEL),
                        new PercpuFree(0xffffe8ffffc00000L, 27976, 0x60795baffd48L),
                        new VmapAlloc(
                                Long.parseUnsignedLong("18446683600615391232"),
                                20480,
                                16384,
                                0xffffc90000000000L,
                                0xffffe8ffffffffffL,
                                false),
                        new VmapFree(0xffffc90003cb4000L, 11063, 16384));
        assertThat(perf.summary().otherEvents()).containsOnlyKeys("rss_stat", "mm_page_alloc_zone_locked");
        assertThat(perf.summary().nanos()).isEqualTo(293_314_000L);
    }

    @Test
    void rareEventsAreRead() throws Exception {
        String text = Recorded.line("purge_vmap_area_lazy: start=0x10 end=0x20 num_purged=3")
                + Recorded.line("percpu_alloc_percpu_fail: reserved=1 is_atomic=1 size=8 align=4")
                + Recorded.line("percpu_create_chunk: base_addr=00000000000000aa")
                + Recorded.line("percpu_destroy_chunk: base_addr=00000000000000aa")
                + Recorded.line("mm_page_alloc: page=(null) pfn=0 order=4 migratetype=0 gfp_flags=GFP_ATOMIC");

        assertThat(Recorded.ofText(text).events())
                .containsExactly(
                        new VmapPurge(0x10, 0x20, 3),
                        new PercpuFailure(true, true, 8, 4),
                        new PercpuChunk(0xaa, true),
                        new PercpuChunk(0xaa, false),
                        new PageAlloc(0, 4, 0, Gfp.GFP_ATOMIC, true));
    }

    @Test
    void olderKernelsPrintOtherNamesAndNumbers() throws Exception {
        String text = Recorded.line("mm_page_free: page=ffffea0000001040 pfn=65 order=0")
                + Recorded.line("kmem_cache_alloc: call_site=f ptr=aa bytes_req=8 bytes_alloc=8 gfp_flags=GFP_NOWAIT")
                + Recorded.line("kmalloc_node: call_site=f ptr=bb bytes_req=5 bytes_alloc=8 gfp_flags=0 node=0");

        assertThat(Recorded.ofText(text).events())
                .containsExactly(
                        new PageFree(65, 0),
                        new CacheAlloc("", 0xaa, 8, 8, Gfp.GFP_NOWAIT),
                        new Kmalloc(0xbb, 5, 8, 0));
    }

    @Test
    void flagsOfOtherKernelsAreCountedAndLeftOut() throws Exception {
        String flags = "GFP_KERNEL|__GFP_COLD|0x2000000";
        Recorded trace =
                Recorded.ofText(Recorded.line("mm_page_alloc: page=1 pfn=0x40 order=0 migratetype=0 gfp_flags=" + flags)
                        + Recorded.line("mm_page_alloc: page=1 pfn=0x41 order=0 migratetype=0 gfp_flags=" + flags));

        assertThat(trace.events())
                .containsExactly(
                        new PageAlloc(0x40, 0, 0, Gfp.GFP_KERNEL, false),
                        new PageAlloc(0x41, 0, 0, Gfp.GFP_KERNEL, false));
        assertThat(trace.summary().unknownGfp()).containsEntry("__GFP_COLD", 2L).containsEntry("0x2000000", 2L);
    }

    @Test
    void whatBelongsToATraceButIsNoEventIsPassedOver() throws Exception {
        String text = "version = 7\ncpus=8\nCPU 3 is empty\n\n   \r\n##### CPU 1 buffer started ####\n"
                + Recorded.line("kfree: ptr=1")
                + "\tffffffff811 kfree+0x1 ([kernel.kallsyms])\n => kfree\n <stack trace>\n"
                + "          task-1    [000]   487.205281: vfs_read <-ksys_read\r\n";

        Recorded trace = Recorded.ofText(text);

        assertThat(trace.events()).containsExactly(new Kfree(1));
        assertThat(trace.summary().lines()).isEqualTo(11);
        assertThat(trace.summary().otherEvents()).containsOnlyKeys("(without a name)");
    }
}
