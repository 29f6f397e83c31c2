package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import org.mm4j.api.FaultyLock;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.memory.AddressReserve;
import org.mm4j.memory.FaultyReserve;
import org.mm4j.memory.HostMemory;

/**
 * What a {@link Vmalloc} is made of, in the order in which it is made: each part knows only those above it. What the parts
 * are for, the drawing there says.
 */
final class VmallocParts {
    final KernelLog log;
    final GfpContext context;
    final AddressReserve reserve;
    final PageTable table;
    final VmapAreas areas;
    final VmapBlocks blocks;
    final AreaMappings mappings;
    final FrameSupply frames;
    final FreePath freePath;
    final CallGate gate;
    final Requests requests;
    final FrameMaps frameMaps;
    final RamMaps ramMaps;
    final AreaSegments segments;
    final VirtualReader reader;
    final AreaSnapshots snapshots;

    /** With addresses of the host. */
    static VmallocParts of(VmallocConfig config, PageAllocator pages, PhysicalMemory memory) {
        return new VmallocParts(config, pages, memory, reserve(config, memory));
    }

    private static AddressReserve reserve(VmallocConfig config, PhysicalMemory memory) {
        AddressReserve reserve = HostMemory.reserveAddresses(memory, config.bytes(), config.mappingsMax());
        VmallocFaults faults = config.faults();
        return faults == null ? reserve : new FaultyReserve(reserve, faults.map(), faults.unmap());
    }

    /** Over a given reserve, which is closed with it, and at once when this throws. */
    VmallocParts(VmallocConfig config, PageAllocator pages, PhysicalMemory memory, AddressReserve reserve) {
        this.reserve = reserve;
        log = config.log();
        context = config.context();
        table = tableOrClose(pages, memory, reserve);
        boolean made = false;
        try {
            long end = reserve.address() + reserve.bytes();
            long pagesTotal = memory.bytes() >>> PAGE_SHIFT;
            areas = new VmapAreas(
                    reserve.address(),
                    end,
                    config.cpus(),
                    config.cpu(),
                    (_, _) -> {},
                    FaultyLock.of(config.trylock()),
                    config.trace());
            blocks = new VmapBlocks(areas, config.cpus(), config.cpu());
            mappings = new AreaMappings(reserve, table);
            frames = new FrameSupply(pages, memory, log, config.blockOrderMax());
            freePath = new FreePath(areas, mappings, frames, log, FaultyLock.of(config.trylock()));
            AllocPath allocPath = new AllocPath(
                    areas,
                    mappings,
                    frames,
                    freePath,
                    log,
                    config.namesCallers() ? new CallerNames() : () -> "",
                    pagesTotal);
            frameMaps = new FrameMaps(allocPath, freePath, frames, log, pagesTotal);
            ramMaps = new RamMaps(areas, blocks, mappings);
            Resizing resizing = new Resizing(allocPath, freePath, frames, memory, log);
            gate = new CallGate(freePath, config.trylock());
            requests = new Requests(gate, allocPath, resizing, log, pagesTotal, config.context());
            segments = new AreaSegments(freePath, ramMaps);
            reader = new VirtualReader(areas, table, memory.directMap());
            snapshots = new AreaSnapshots(areas, pages);
            made = true;
        } finally {
            if (!made) {
                reserve.close();
                table.close();
            }
        }
    }

    private static PageTable tableOrClose(PageAllocator pages, PhysicalMemory memory, AddressReserve reserve) {
        boolean made = false;
        try {
            PageTable table = new PageTable(memory.directMap(), pages);
            made = true;
            return table;
        } finally {
            if (!made) {
                reserve.close();
            }
        }
    }
}
