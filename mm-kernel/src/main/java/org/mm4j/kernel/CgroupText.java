package org.mm4j.kernel;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.memcg.CgroupEvents;
import org.mm4j.kernel.memcg.CgroupLimits;
import org.mm4j.kernel.memcg.CgroupStat;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * The files of a memory cgroup, their texts, and what a write to them does.
 *
 * <p>In Linux 6.18: mm/memcontrol.c, memory_files[]; mm/vmscan.c, user_proactive_reclaim(). Differs: lines of memory.stat of
 * what a kernel of this kind never has are left out. There is no swap, so there are no files memory.swap.* and
 * memory.zswap.*, and memory.reclaim takes no swappiness.
 */
final class CgroupText {
    private CgroupText() {}

    /** The files by name. The root has fewer, as in the kernel. */
    static SortedMap<String, TextFile> files(MemoryCgroup cgroup) {
        SortedMap<String, TextFile> files = new TreeMap<>();
        files.put("memory.stat", TextFile.of(() -> stat(cgroup.stat())));
        files.put("memory.reclaim", TextFile.ofWrites(text -> reclaim(cgroup, text)));
        if (cgroup.parent() != null) {
            files.put("memory.current", TextFile.of(() -> pages(cgroup.bytesCharged())));
            files.put("memory.peak", TextFile.of(() -> pages(cgroup.bytesPeak())));
            files.put("memory.events", TextFile.of(() -> events(cgroup.events())));
            files.put("memory.events.local", TextFile.of(() -> events(cgroup.eventsLocal())));
            files.put(
                    "memory.oom.group",
                    TextFile.of(
                            () -> cgroup.isOomGroup() ? "1\n" : "0\n",
                            text -> cgroup.setOomGroup(CgroupNumbers.flag(text))));
            files.put("memory.min", limit(cgroup, CgroupLimits::minBytes, CgroupLimits::withMin));
            files.put("memory.low", limit(cgroup, CgroupLimits::lowBytes, CgroupLimits::withLow));
            files.put("memory.high", limit(cgroup, CgroupLimits::highBytes, CgroupLimits::withHigh));
            files.put("memory.max", limit(cgroup, CgroupLimits::maxBytes, CgroupLimits::withMax));
        }
        return files;
    }

    /** What a limit is changed by. */
    private interface Change {
        CgroupLimits to(CgroupLimits limits, long bytes);
    }

    private static TextFile limit(MemoryCgroup cgroup, ToLongFunction<CgroupLimits> bytes, Change change) {
        return TextFile.of(() -> CgroupNumbers.text(bytes.applyAsLong(cgroup.limits())), text -> {
            long next = CgroupNumbers.limit(text);
            cgroup.changeLimits(limits -> change.to(limits, next));
        });
    }

    private static void reclaim(MemoryCgroup cgroup, String text) {
        long wanted = PageFrame.pagesFor(CgroupNumbers.bytes(text));
        long freed = cgroup.reclaim(wanted << PageFrame.PAGE_SHIFT);
        if (freed < wanted) {
            throw new IllegalStateException(
                    "of " + wanted + " pages of " + cgroup + " only " + freed + " could be reclaimed (EAGAIN)");
        }
    }

    /** The kernel charges whole pages. */
    private static String pages(long bytes) {
        return (PageFrame.pagesFor(bytes) << PageFrame.PAGE_SHIFT) + "\n";
    }

    private static String events(CgroupEvents events) {
        return """
                low %d
                high %d
                max %d
                oom %d
                oom_kill %d
                oom_group_kill %d
                """.formatted(
                events.low(), events.high(), events.max(), events.oom(), events.oomKills(), events.oomGroupKills());
    }

    private static String stat(CgroupStat stat) {
        return """
                anon 0
                file %d
                kernel %d
                kernel_stack 0
                pagetables 0
                sec_pagetables 0
                percpu %d
                sock 0
                vmalloc %d
                shmem 0
                slab_reclaimable %d
                slab_unreclaimable %d
                slab %d
                """.formatted(
                        stat.file(),
                        stat.kernel(),
                        stat.percpu(),
                        stat.vmalloc(),
                        stat.slabReclaimable(),
                        stat.slabUnreclaimable(),
                        stat.slab());
    }
}
