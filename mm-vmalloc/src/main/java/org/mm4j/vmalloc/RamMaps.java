package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;
import static org.mm4j.api.VirtualAllocator.NONE;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadAddressException;
import org.mm4j.api.Gfp;
import org.mm4j.memory.HostMemoryException;
import org.mm4j.memory.VirtualRange;

/**
 * Short mappings: up to 64 frames in shared blocks of addresses, more in an area.
 *
 * <p>Any thread may call any method. In Linux 6.18: mm/vmalloc.c, vm_map_ram(), vm_unmap_ram(). Differs: what is mapped
 * where is noted, so that a wrong address or count is refused where the kernel stops.
 */
final class RamMaps {
    private final VmapAreas areas;
    private final VmapBlocks blocks;
    private final AreaMappings mappings;

    /** By the first address. Whoever takes a mapping out ends it. */
    private final ConcurrentHashMap<Long, RamMap> maps = new ConcurrentHashMap<>();

    /** One mapping, and its area if it has one of its own. Equal to itself only. */
    private static final class RamMap {
        final VirtualRange range;
        final long[] pfns;
        final @Nullable VmapArea area;

        RamMap(VirtualRange range, long[] pfns, @Nullable VmapArea area) {
            this.range = range;
            this.pfns = pfns;
            this.area = area;
        }
    }

    RamMaps(VmapAreas areas, VmapBlocks blocks, AreaMappings mappings) {
        this.areas = areas;
        this.blocks = blocks;
        this.mappings = mappings;
    }

    /** Maps frames, or gives NONE. */
    long map(long[] pfns) {
        VmapArea area = null;
        long address = NONE;
        if (pfns.length <= VmapBlocks.PAGES_MAX) {
            address = blocks.alloc(pfns.length);
        } else {
            area = areas.alloc((long) pfns.length << PAGE_SHIFT, PAGE_SIZE, VmFlags.VMAP_RAM);
            address = area == null ? NONE : area.start();
        }
        if (address == NONE || address == FreeRanges.NONE) {
            return NONE;
        }
        boolean done = false;
        try {
            done = map(address, pfns.clone(), area);
        } catch (HostMemoryException e) {
            return NONE;
        } finally {
            if (!done && !maps.containsKey(address)) {
                freeAddresses(address, pfns.length, area);
            }
        }
        return done ? address : NONE;
    }

    private boolean map(long address, long[] pfns, @Nullable VmapArea area) {
        RamMap map = new RamMap(mappings.range(address, (long) pfns.length << PAGE_SHIFT), pfns, area);
        maps.put(address, map); // before there is something that could be lost
        boolean done = false;
        try {
            done = mappings.map(map.range, pfns, pfns.length, Gfp.GFP_KERNEL);
        } finally {
            if (!done && !map.range.isMapped()) { // otherwise the host could not undo it: it stays until close
                maps.remove(address);
            }
        }
        if (done && area != null) {
            area.publish();
        }
        return done;
    }

    private void freeAddresses(long address, int count, @Nullable VmapArea area) {
        if (area != null) {
            areas.unlink(area);
            areas.freeLazily(area);
        } else {
            blocks.unlink(address, count);
            blocks.freeLazily(address, count);
        }
    }

    /** Ends a mapping of just so many frames. */
    void unmap(long address, int count) {
        RamMap map = maps.get(address);
        if (map == null || map.pfns.length != count || !maps.remove(address, map)) {
            throw new BadAddressException(
                    address,
                    "Trying to vm_unmap_ram() " + count + " pages at 0x" + Long.toHexString(address)
                            + ", where vm_map_ram() has mapped "
                            + (map == null ? "nothing" : map.pfns.length + " pages"));
        }
        boolean done = false;
        try {
            mappings.unmap(map.range);
            done = true;
        } finally {
            if (!done) {
                maps.put(address, map);
            }
        }
        freeAddresses(address, count, map.area);
    }

    /** The range that is mapped at an address, or null. */
    @Nullable
    VirtualRange find(long address) {
        RamMap map = maps.get(address);
        return map == null ? null : map.range;
    }

    int count() {
        return maps.size();
    }

    /** What they cost the host. */
    long mappings() {
        return maps.values().stream().mapToLong(map -> map.range.mappings()).sum();
    }

    /** Ends all mappings. */
    void close() {
        maps.forEach((address, map) -> unmap(address, map.pfns.length));
    }

    /** Adds what is broken, and returns how many frames are mapped. Nothing else may run. */
    long validate(List<String> findings) {
        long pages = 0;
        for (RamMap map : new ArrayList<>(maps.values())) {
            pages += map.pfns.length;
            VmallocCheck.checkPages(mappings, map.range, map.pfns, findings);
        }
        return pages;
    }
}
