package org.mm4j.vmalloc;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.VirtualAreaSnapshot;

/**
 * Areas as records.
 *
 * <p>Any thread may call any method. In Linux 6.18: mm/vmalloc.c, vmalloc_info_show(), show_numa_info().
 */
final class AreaSnapshots {
    private final VmapAreas areas;
    private final PageAllocator pages;

    AreaSnapshots(VmapAreas areas, PageAllocator pages) {
        this.areas = areas;
        this.pages = pages;
    }

    /** All areas in use, node by node, and then all that are unpurged. */
    List<VirtualAreaSnapshot> all() {
        List<VmapArea> busy = new ArrayList<>();
        List<VmapArea> lazy = new ArrayList<>();
        areas.forEachBusy(area -> {
            if (area.isPublished()) {
                busy.add(area);
            }
        });
        areas.forEachLazy(lazy::add);
        List<VirtualAreaSnapshot> snapshots = new ArrayList<>();
        busy.forEach(area -> snapshots.add(of(area)));
        lazy.forEach(area -> snapshots.add(
                new VirtualAreaSnapshot(area.start(), area.bytes(), "", 0, List.of("unpurged vm_area"), List.of())));
        return snapshots;
    }

    /** The area to which a frame belongs, or null. */
    @Nullable
    VirtualAreaSnapshot ownerOf(long pfn) {
        List<VmapArea> owners = new ArrayList<>();
        areas.forEachBusy(area -> {
            VmStruct vm = area.isPublished() ? area.vm() : null;
            if (vm != null && vm.ownsFrames() && LongStream.of(vm.pfns()).anyMatch(each -> each == pfn)) {
                owners.add(area);
            }
        });
        return owners.isEmpty() ? null : of(owners.getFirst());
    }

    /** An area in use. */
    VirtualAreaSnapshot of(VmapArea area) {
        VmStruct vm = area.vm();
        if (vm == null) {
            return new VirtualAreaSnapshot(area.start(), area.bytes(), "", 0, List.of("vm_map_ram"), List.of());
        }
        long[] pfns = vm.ownsFrames() ? vm.pfns() : new long[0];
        return new VirtualAreaSnapshot(
                area.start(), area.bytes(), area.caller(), pfns.length, words(area), byNode(pfns));
    }

    private static List<String> words(VmapArea area) {
        List<String> words = new ArrayList<>();
        add(words, area, VmFlags.VM_IOREMAP, "ioremap");
        add(words, area, VmFlags.VM_SPARSE, "sparse");
        add(words, area, VmFlags.VM_ALLOC, "vmalloc");
        add(words, area, VmFlags.VM_MAP, "vmap");
        add(words, area, VmFlags.VM_USERMAP, "user");
        add(words, area, VmFlags.VM_DMA_COHERENT, "dma-coherent");
        return words;
    }

    private static void add(List<String> words, VmapArea area, int flag, String word) {
        if (area.has(flag)) {
            words.add(word);
        }
    }

    private List<Long> byNode(long[] pfns) {
        List<Long> counts = new ArrayList<>();
        for (long pfn : pfns) {
            int nid = pages.nodeOf(pfn);
            while (counts.size() <= nid) {
                counts.add(0L);
            }
            counts.set(nid, counts.get(nid) + 1);
        }
        return counts;
    }
}
