package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.NR_PAGE_ORDERS;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MigrateType;

/**
 * What a failed request leaves in the log: a line of its own, and two for each zone, at most ten times in five seconds.
 *
 * <pre>
 *   main: page allocation failure: order:2, mode:0xcc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0
 *   Node 0 Normal free:40kB boost:0kB min:44kB low:55kB high:66kB reserved_highatomic:0KB managed:16380kB free_cma:0kB
 *   Node 0 Normal: 10*4kB (M) 0*8kB 0*16kB 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB = 40kB
 * </pre>
 *
 * <p>In Linux 6.18: mm/page_alloc.c, warn_alloc(); mm/show_mem.c, show_free_areas().
 * Differs: no stack; the figures of a zone are those that this allocator has.
 */
final class FailureReport {
    private static final int KB_SHIFT = PAGE_SHIFT - 10;
    private static final String LETTERS = "UMEHCI";

    private final KernelLog log;
    private final List<Zone> zones;
    private final RateLimit limit;

    FailureReport(KernelLog log, List<Zone> zones, LongSupplier nanoTime) {
        this.log = log;
        this.zones = zones;
        limit = new RateLimit(nanoTime);
    }

    void write(int gfp, int order) {
        if (limit.passes()) {
            List<String> lines = new ArrayList<>();
            lines.add(Thread.currentThread().getName() + ": page allocation failure: order:" + order + ", mode:0x"
                    + Integer.toHexString(gfp) + "(" + Gfp.format(gfp) + "), nodemask=(null),cpuset=/,mems_allowed="
                    + nodes());
            for (Zone zone : zones) {
                lines.add(state(zone));
                lines.add(blocks(zone));
            }
            log.warn(lines);
        }
    }

    /** All of them, as there are no cpusets. */
    private String nodes() {
        int last = zones.isEmpty() ? 0 : zones.getLast().nid();
        return last == 0 ? "0" : "0-" + last;
    }

    private static String name(Zone zone) {
        return "Node " + zone.nid() + " " + zone.extent().type().kernelName();
    }

    private static String state(Zone zone) {
        ZoneCounters counters = zone.counters();
        ZoneMarks marks = zone.marks();
        return name(zone) + " free:" + kb(counters.pagesFree()) + "kB boost:" + kb(marks.boostOpaque()) + "kB min:"
                + kb(marks.mark(AllocFlags.WMARK_MIN)) + "kB low:" + kb(marks.mark(AllocFlags.WMARK_LOW)) + "kB high:"
                + kb(marks.mark(AllocFlags.WMARK_HIGH)) + "kB reserved_highatomic:"
                + kb(counters.pagesReservedHighAtomic()) + "KB managed:"
                + kb(zone.sizes().pagesManaged()) + "kB free_cma:" + kb(counters.pagesFreeCma()) + "kB";
    }

    /** Free blocks by order, with the letters of the mobilities that have some. Racy. */
    private static String blocks(Zone zone) {
        StringBuilder line = new StringBuilder(name(zone)).append(": ");
        long pages = 0;
        for (int order = 0; order < NR_PAGE_ORDERS; order++) {
            long blocks = 0;
            StringBuilder letters = new StringBuilder();
            for (int type = 0; type < MigrateType.COUNT; type++) {
                int ofType = zone.areas().blocks(order, type);
                blocks += ofType;
                letters.append(ofType > 0 ? LETTERS.substring(type, type + 1) : "");
            }
            pages += blocks << order;
            line.append(blocks).append('*').append(kb(1L << order)).append("kB ");
            line.append(letters.isEmpty() ? "" : "(" + letters + ") ");
        }
        return line.append("= ").append(kb(pages)).append("kB").toString();
    }

    private static long kb(long pages) {
        return pages << KB_SHIFT;
    }
}
