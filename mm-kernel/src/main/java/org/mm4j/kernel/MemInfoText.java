package org.mm4j.kernel;

import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;

/**
 * The text of /proc/meminfo. {@code free}, {@code vmstat -s} and {@code top} read it.
 *
 * <p>In Linux 6.18: fs/proc/meminfo.c, meminfo_proc_show(); mm/show_mem.c, si_mem_available(). Differs: what does not exist
 * here, as swap, is 0; lines of special hardware are left out.
 */
final class MemInfoText {
    private static final int KIB_PER_PAGE = PageFrame.PAGE_SIZE / 1024;
    private static final long HUGE_PAGE_KIB = (long) PageFrame.PAGEBLOCK_NR_PAGES * KIB_PER_PAGE;

    private final StringBuilder text = new StringBuilder();
    private final List<NodeSnapshot> nodes;
    private final VmStats stats;
    private final Others others;

    /**
     * What neither zones nor counters tell.
     *
     * @param vmallocBytes addresses of vmalloc
     * @param vmallocPages frames of its areas
     * @param percpuPages frames of the percpu allocator
     * @param directMapBytes all of the memory
     */
    record Others(long vmallocBytes, long vmallocPages, long percpuPages, long directMapBytes) {}

    private MemInfoText(List<NodeSnapshot> nodes, VmStats stats, Others others) {
        this.nodes = nodes;
        this.stats = stats;
        this.others = others;
    }

    /** A line for each figure, in the kernel's order. */
    static String of(List<NodeSnapshot> nodes, VmStats stats, Others others) {
        MemInfoText info = new MemInfoText(nodes, stats, others);
        info.total();
        info.lists();
        info.files();
        info.kernel();
        info.vmalloc();
        info.hugePages();
        return info.text.toString();
    }

    private void total() {
        pages("MemTotal", zones(ZoneSnapshot::pagesManaged));
        pages("MemFree", sum(ZoneStat.NR_FREE_PAGES));
        pages("MemAvailable", available());
        pages("Buffers", 0);
        pages("Cached", sum(NodeStat.NR_FILE_PAGES) - sum(NodeStat.NR_SWAPCACHED));
        pages("SwapCached", sum(NodeStat.NR_SWAPCACHED));
    }

    private void lists() {
        pages("Active", sum(NodeStat.NR_ACTIVE_ANON) + sum(NodeStat.NR_ACTIVE_FILE));
        pages("Inactive", sum(NodeStat.NR_INACTIVE_ANON) + sum(NodeStat.NR_INACTIVE_FILE));
        pages("Active(anon)", sum(NodeStat.NR_ACTIVE_ANON));
        pages("Inactive(anon)", sum(NodeStat.NR_INACTIVE_ANON));
        pages("Active(file)", sum(NodeStat.NR_ACTIVE_FILE));
        pages("Inactive(file)", sum(NodeStat.NR_INACTIVE_FILE));
        pages("Unevictable", sum(NodeStat.NR_UNEVICTABLE));
        pages("Mlocked", sum(ZoneStat.NR_MLOCK));
        pages("SwapTotal", 0);
        pages("SwapFree", 0);
    }

    private void files() {
        pages("Dirty", sum(NodeStat.NR_DIRTY));
        pages("Writeback", sum(NodeStat.NR_WRITEBACK));
        pages("AnonPages", sum(NodeStat.NR_ANON_PAGES));
        pages("Mapped", sum(NodeStat.NR_MAPPED));
        pages("Shmem", sum(NodeStat.NR_SHMEM));
    }

    private void kernel() {
        long reclaimable = sum(NodeStat.NR_SLAB_RECLAIMABLE);
        pages("KReclaimable", reclaimable + sum(NodeStat.NR_KERNEL_MISC_RECLAIMABLE));
        pages("Slab", reclaimable + sum(NodeStat.NR_SLAB_UNRECLAIMABLE));
        pages("SReclaimable", reclaimable);
        pages("SUnreclaim", sum(NodeStat.NR_SLAB_UNRECLAIMABLE));
        kib("KernelStack", sum(NodeStat.NR_KERNEL_STACK));
        pages("PageTables", sum(NodeStat.NR_PAGE_TABLE_PAGES));
        pages("SecPageTables", sum(NodeStat.NR_SEC_PAGE_TABLE_PAGES));
        pages("NFS_Unstable", 0);
        pages("Bounce", 0);
        pages("WritebackTmp", 0);
        pages("CommitLimit", zones(ZoneSnapshot::pagesManaged) / 2); // vm.overcommit_ratio is 50
        pages("Committed_AS", 0);
    }

    private void vmalloc() {
        kib("VmallocTotal", others.vmallocBytes() >> 10);
        pages("VmallocUsed", others.vmallocPages());
        pages("VmallocChunk", 0);
        pages("Percpu", others.percpuPages());
    }

    private void hugePages() {
        long thp = HUGE_PAGE_KIB / KIB_PER_PAGE;
        pages("AnonHugePages", sum(NodeStat.NR_ANON_TRANSPARENT_HUGEPAGES) * thp);
        pages("ShmemHugePages", sum(NodeStat.NR_SHMEM_HUGEPAGES) * thp);
        pages("ShmemPmdMapped", sum(NodeStat.NR_SHMEM_PMDMAPPED) * thp);
        pages("FileHugePages", sum(NodeStat.NR_FILE_HUGEPAGES) * thp);
        pages("FilePmdMapped", sum(NodeStat.NR_FILE_PMDMAPPED) * thp);
        for (String name : List.of("Total", "Free", "Rsvd", "Surp")) {
            line("HugePages_" + name, 0, "");
        }
        kib("Hugepagesize", HUGE_PAGE_KIB);
        kib("Hugetlb", 0);
        kib("DirectMap4k", others.directMapBytes() >> 10);
        kib("DirectMap2M", 0);
        kib("DirectMap1G", 0);
    }

    /** What a program could get before anything has to be swapped: a guess, as in the kernel. */
    private long available() {
        long low = zones(zone -> zone.watermarks().low() + zone.boost());
        long cache = sum(NodeStat.NR_ACTIVE_FILE) + sum(NodeStat.NR_INACTIVE_FILE);
        long reclaimable = sum(NodeStat.NR_SLAB_RECLAIMABLE) + sum(NodeStat.NR_KERNEL_MISC_RECLAIMABLE);
        long pages = sum(ZoneStat.NR_FREE_PAGES)
                - zones(MemInfoText::reserve)
                + cache
                - Math.min(cache / 2, low)
                + reclaimable
                - Math.min(reclaimable / 2, low);
        return Math.max(pages, 0);
    }

    /** Pages of a zone that ordinary requests do not get. In Linux: calculate_totalreserve_pages(). */
    private static long reserve(ZoneSnapshot zone) {
        long lowmem = zone
                .lowmemReserve()
                .subList(zone.type().ordinal(), zone.lowmemReserve().size())
                .stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
        return Math.min(lowmem + zone.watermarks().high(), zone.pagesManaged());
    }

    private long zones(ToLongFunction<ZoneSnapshot> value) {
        return nodes.stream()
                .flatMap(node -> node.zones().stream())
                .mapToLong(value)
                .sum();
    }

    private long sum(ZoneStat stat) {
        return VmStatText.ofZones(nodes, stats, stat);
    }

    private long sum(NodeStat stat) {
        return VmStatText.ofNodes(nodes, stats, stat);
    }

    private void pages(String name, long pages) {
        kib(name, pages * KIB_PER_PAGE);
    }

    private void kib(String name, long kib) {
        line(name, kib, " kB");
    }

    private void line(String name, long value, String unit) {
        text.append(String.format(Locale.ROOT, "%-16s%8d%s\n", name + ':', value, unit));
    }
}
