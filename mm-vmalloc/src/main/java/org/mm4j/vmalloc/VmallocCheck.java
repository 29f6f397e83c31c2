package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.NONE;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.mm4j.memory.VirtualRange;

/**
 * Walks all of the state, while nothing else runs, and says what is broken:
 *
 * <ul>
 *   <li>V1 behind each page of an area lies the frame that it should, and behind its guard page none,
 *   <li>V2 nothing else is mapped: the page table has as many frames as all areas together,
 *   <li>V3 the frames of an area are in use, and there are as many as are counted,
 *   <li>V4 what is mapped costs as many mappings of the host as are counted,
 *   <li>and all that the areas and blocks say of themselves.
 * </ul>
 */
final class VmallocCheck {
    private final VmapAreas areas;
    private final VmapBlocks blocks;
    private final AreaMappings mappings;
    private final FrameSupply frames;
    private final RamMaps ramMaps;
    private final List<String> findings = new ArrayList<>();

    private long pagesMapped;
    private long pagesOwned;
    private long mappingsOfHost;

    VmallocCheck(VmapAreas areas, VmapBlocks blocks, AreaMappings mappings, FrameSupply frames, RamMaps ramMaps) {
        this.areas = areas;
        this.blocks = blocks;
        this.mappings = mappings;
        this.frames = frames;
        this.ramMaps = ramMaps;
    }

    List<String> findings() {
        findings.addAll(areas.validate());
        findings.addAll(blocks.validate());
        List<VmStruct> structs = new ArrayList<>();
        areas.forEachBusy(area -> {
            VmStruct vm = area.vm();
            if (vm != null) {
                structs.add(vm);
            }
        });
        structs.forEach(this::checkArea);
        pagesMapped += ramMaps.validate(findings);
        checkCounts();
        return findings;
    }

    private void checkArea(VmStruct vm) {
        String name = "the area at 0x" + Long.toHexString(vm.area().start());
        if (!vm.area().isPublished() || !(vm.isLive() || vm.isDeferred())) {
            findings.add("V1: " + name + " is neither live nor deferred");
        }
        mappingsOfHost += vm.range().mappings();
        if (vm.range().isMapped()) {
            pagesMapped += vm.pfns().length;
            checkPages(mappings, vm.range(), vm.pfns(), findings);
        }
        checkGuard(vm, name);
        if (vm.ownsFrames()) {
            pagesOwned += vm.pages();
            for (int page = 0; page < vm.pages(); page++) {
                if (frames.pages().pageCount(vm.pfns()[page]) == 0) {
                    findings.add("V3: " + name + " has pfn " + vm.pfns()[page] + ", which is free");
                }
            }
        }
    }

    /** Whether the page table says what the range does. */
    static void checkPages(AreaMappings mappings, VirtualRange range, long[] pfns, List<String> findings) {
        for (int page = 0; page < pfns.length; page++) {
            long address = range.address() + ((long) page << PAGE_SHIFT);
            long pfn = mappings.table().walk(address);
            if (pfn != pfns[page]) {
                findings.add(
                        "V1: behind 0x" + Long.toHexString(address) + " lies pfn " + pfn + " instead of " + pfns[page]);
            }
        }
    }

    private void checkGuard(VmStruct vm, String name) {
        long end = vm.range().address() + vm.range().bytes();
        if (end < vm.area().end() && mappings.table().walk(end) != NONE) {
            findings.add("V1: something is mapped to the guard page of " + name);
        }
    }

    private void checkCounts() {
        AtomicLong inTable = new AtomicLong();
        mappings.table().forEachMapped(inTable::addAndGet);
        if (inTable.get() != pagesMapped) {
            findings.add("V2: the page table maps " + inTable + " frames, and areas have " + pagesMapped);
        }
        if (frames.pagesTaken() != pagesOwned) {
            findings.add("V3: areas have " + pagesOwned + " frames, and " + frames.pagesTaken() + " are counted");
        }
        mappingsOfHost += ramMaps.mappings();
        if (mappings.reserve().mappings() != mappingsOfHost) {
            findings.add("V4: ranges cost " + mappingsOfHost + " mappings of the host, and "
                    + mappings.reserve().mappings() + " are counted");
        }
    }
}
