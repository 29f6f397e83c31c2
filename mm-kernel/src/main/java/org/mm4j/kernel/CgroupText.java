package org.mm4j.kernel;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.memcg.CgroupEvents;
import org.mm4j.kernel.memcg.CgroupLimits;
import org.mm4j.kernel.memcg.CgroupStat;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * The files of a memory cgroup and their texts.
 *
 * <p>In Linux 6.18: mm/memcontrol.c, memory_files[]. Differs: lines of memory.stat of what a kernel of this kind never has
 * are left out; memory.min and memory.low are not there, and so their event is 0.
 */
final class CgroupText {
    private CgroupText() {}

    /** The files by name. The root has fewer, as in the kernel. */
    static SortedMap<String, Supplier<String>> files(MemoryCgroup cgroup) {
        SortedMap<String, Supplier<String>> files = new TreeMap<>();
        files.put("memory.stat", () -> stat(cgroup.stat()));
        if (cgroup.parent() != null) {
            files.putAll(Map.of(
                    "memory.current", () -> pages(cgroup.bytesCharged()),
                    "memory.events", () -> events(cgroup.events()),
                    "memory.high", () -> limit(cgroup.limits().highBytes()),
                    "memory.max", () -> limit(cgroup.limits().maxBytes()),
                    "memory.peak", () -> pages(cgroup.bytesPeak())));
        }
        return files;
    }

    private static String limit(long bytes) {
        return bytes == CgroupLimits.UNLIMITED ? "max\n" : bytes + "\n";
    }

    /** The kernel charges whole pages. */
    private static String pages(long bytes) {
        return (PageFrame.pagesFor(bytes) << PageFrame.PAGE_SHIFT) + "\n";
    }

    private static String events(CgroupEvents events) {
        return "low 0\nhigh " + events.high() + "\nmax " + events.max() + "\noom " + events.oom() + "\noom_kill "
                + events.oomKills() + "\noom_group_kill 0\n";
    }

    private static String stat(CgroupStat stat) {
        return """
                anon 0
                file 0
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
                        stat.kernel(),
                        stat.percpu(),
                        stat.vmalloc(),
                        stat.slabReclaimable(),
                        stat.slabUnreclaimable(),
                        stat.slab());
    }
}
