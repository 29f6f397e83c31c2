package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.VirtualAllocator;
import org.mm4j.api.VirtualAreaSnapshot;
import org.mm4j.memory.AddressReserve;

/**
 * vmalloc: virtually contiguous memory from scattered frames.
 *
 * <pre>
 *    VmapAreas, VmapBlocks     which addresses are whose
 *    FrameSupply               frames, from the page allocator
 *    PageTable                 which frame lies behind which address: our own
 *    AddressReserve            the same for the processor: the host's, or none where there is no memfd
 * </pre>
 *
 * <p>Any thread may call any method. Calls that change something exclude {@link #validate}, {@link #vread} and {@link
 * #close}, and nothing else but what they have to; one whose flags forbid waiting fails instead of waiting for those
 * three.
 *
 * <p>In Linux 6.18: mm/vmalloc.c. Differs: see the parts; what the kernel warns about and ignores is refused.
 */
public final class Vmalloc implements VirtualAllocator, AutoCloseable {
    private final KernelLog log;
    private final GfpContext context;
    private final VmallocParts parts;
    private final CallGate gate;
    private final Requests requests;

    /**
     * Reserves addresses, real ones where the memory is a memfd.
     *
     * @param pages whose frame n is byte n · 4096 of {@code memory}
     * @throws org.mm4j.memory.HostMemoryException when the host has not so many addresses
     * @throws org.mm4j.api.AllocationFailure when there is no frame for a page table
     */
    public Vmalloc(VmallocConfig config, PageAllocator pages, PhysicalMemory memory) {
        this(VmallocParts.of(config, pages, memory));
    }

    /** Over a given reserve, which is closed with it, and at once when this throws. */
    Vmalloc(VmallocConfig config, PageAllocator pages, PhysicalMemory memory, AddressReserve reserve) {
        this(new VmallocParts(config, pages, memory, reserve));
    }

    private Vmalloc(VmallocParts parts) {
        this.parts = parts;
        log = parts.log;
        context = parts.context;
        gate = parts.gate;
        requests = parts.requests;
    }

    @Override
    public boolean hasRealAddresses() {
        return parts.reserve.isReal();
    }

    // Taking and giving back.

    @Override
    public long vmallocAligned(long bytes, long align, int gfp, int nid) {
        return requests.alloc(new AreaRequest(bytes, align, requests.supported(gfp), nid, VmFlags.VM_ALLOC));
    }

    @Override
    public long vmallocUser(long bytes) {
        int gfp = requests.supported(Gfp.GFP_KERNEL | Gfp.__GFP_ZERO);
        int flags = VmFlags.VM_ALLOC | VmFlags.VM_USERMAP;
        return requests.alloc(new AreaRequest(bytes, PAGE_SIZE, gfp, PageAllocator.NO_NODE, flags));
    }

    @Override
    public long vmallocHuge(long bytes, int gfp) {
        int flags = VmFlags.VM_ALLOC | VmFlags.VM_ALLOW_HUGE_VMAP;
        return requests.alloc(new AreaRequest(bytes, PAGE_SIZE, requests.supported(gfp), PageAllocator.NO_NODE, flags));
    }

    @Override
    public long vreallocAligned(long address, long bytes, long align, int gfp, int nid) {
        if (bytes == 0) {
            vfree(address);
            return NONE;
        }
        if (address == NONE) {
            return vmallocAligned(bytes, align, gfp, nid);
        }
        AreaRequest request = new AreaRequest(bytes, align, requests.supported(gfp), nid, VmFlags.VM_ALLOC);
        return requests.resize(address, request);
    }

    /**
     * Gives an area back; {@link #NONE} does nothing. In an interrupt it is noted, as by {@link #vfreeAtomic}.
     *
     * @throws IllegalStateException in an interrupt that nothing masks: whoever it interrupts may hold any lock
     */
    @Override
    public void vfree(long address) {
        if (address == NONE) {
            return;
        }
        refuse(context.isInNmi(), "vfree() in a non-maskable interrupt");
        if (context.isInInterrupt()) {
            vfreeAtomic(address);
        } else {
            free(address, FreePath.Call.VFREE);
        }
    }

    private static void refuse(boolean isBad, String what) {
        if (isBad) {
            throw new IllegalStateException(what + " is refused");
        }
    }

    @Override
    public void vfreeAtomic(long address) {
        if (address != NONE) {
            gate.checkOpen();
            parts.freePath.defer(address);
        }
    }

    private void free(long address, FreePath.Call call) {
        gate.begin();
        try {
            parts.freePath.free(address, call);
        } finally {
            gate.end();
        }
    }

    /** Gives back what {@link #vfreeAtomic} noted, as every call does that may wait. */
    public void drainDeferred() {
        gate.begin();
        gate.end();
    }

    // Mapping frames of the caller.

    @Override
    public long vmap(long[] pfns) {
        return vmap(pfns, 0);
    }

    /** {@link #vmap(long[])} with flags of {@link VmFlags}. With VM_MAP_PUT_PAGES, vfree gives the frames back. */
    public long vmap(long[] pfns, int flags) {
        gate.begin();
        try {
            return parts.frameMaps.vmap(pfns, flags);
        } finally {
            gate.end();
        }
    }

    /**
     * Ends a mapping; {@link #NONE} does nothing.
     *
     * @throws IllegalStateException in an interrupt, which may not wait
     */
    @Override
    public void vunmap(long address) {
        refuse(context.isInInterrupt(), "vunmap() in an interrupt");
        if (address != NONE) {
            free(address, FreePath.Call.VUNMAP);
        }
    }

    /** Takes addresses with nothing mapped, or {@link #NONE}; {@link #vunmap} gives them back. In Linux: get_vm_area(). */
    public long getVmArea(long bytes, int flags) {
        return getVmArea(bytes, PAGE_SIZE, flags);
    }

    /**
     * {@link #getVmArea(long, int)} at a multiple of {@code align} bytes, a power of two; {@link #NONE} when it is none. In
     * Linux: __get_vm_area_node().
     */
    public long getVmArea(long bytes, long align, int flags) {
        gate.begin();
        try {
            return parts.frameMaps.getVmArea(bytes, align, flags);
        } finally {
            gate.end();
        }
    }

    @Override
    public long vmMapRam(long[] pfns, int nid) {
        gate.begin();
        try {
            parts.frameMaps.check(pfns);
            return pfns.length == 0 ? NONE : parts.ramMaps.map(pfns);
        } finally {
            gate.end();
        }
    }

    @Override
    public void vmUnmapRam(long address, int count) {
        gate.begin();
        try {
            parts.ramMaps.unmap(address, count);
        } finally {
            gate.end();
        }
    }

    @Override
    public void vmUnmapAliases() {
        gate.begin();
        try {
            parts.blocks.unmapAliases();
        } finally {
            gate.end();
        }
    }

    // Looking.

    @Override
    public boolean isVmallocAddr(long address) {
        return address >= parts.areas.start() && address < parts.areas.end();
    }

    @Override
    public long vmallocToPfn(long address) {
        gate.checkOpen();
        return isVmallocAddr(address) ? parts.table.walk(address) : NONE;
    }

    @Override
    public @Nullable VirtualAreaSnapshot findVmArea(long address) {
        gate.checkOpen();
        VmapArea area = isVmallocAddr(address) ? parts.areas.find(address) : null;
        VmStruct vm = area == null ? null : area.vm();
        return area == null || (vm != null && !vm.isLive()) ? null : parts.snapshots.of(area);
    }

    @Override
    public List<MemorySegment> segments(long address) {
        gate.checkOpen();
        return parts.segments.all(address);
    }

    @Override
    public MemorySegment segment(long address) {
        gate.checkOpen();
        return parts.segments.only(address);
    }

    @Override
    public long vread(long address, MemorySegment destination) {
        gate.beginAlone();
        try {
            gate.checkOpen();
            return parts.reader.read(address, destination);
        } finally {
            gate.endAlone();
        }
    }

    @Override
    public List<VirtualAreaSnapshot> areas() {
        gate.checkOpen();
        return parts.snapshots.all();
    }

    /** The area to which a frame belongs, or null. Racy; it walks all areas. */
    public @Nullable VirtualAreaSnapshot areaOfFrame(long pfn) {
        gate.checkOpen();
        return parts.snapshots.ownerOf(pfn);
    }

    /** Whether a frame holds a page table. Racy; it walks all tables. */
    public boolean isPageTable(long pfn) {
        gate.checkOpen();
        return parts.table.isTable(pfn);
    }

    /** Frames of all areas that have frames of their own. In Linux: VmallocUsed in /proc/meminfo. */
    public long pagesUsed() {
        return parts.frames.pagesTaken();
    }

    /** Frames that hold page tables. */
    public long pagesOfTables() {
        return parts.table.tables();
    }

    /** How many mappings of the host all areas cost at most. */
    public long mappings() {
        return parts.reserve.mappings();
    }

    /** Pages of addresses that are given back and not used again yet. */
    public long pagesLazy() {
        return parts.areas.lazyPages();
    }

    /** How many pages of addresses may be lazy before they are purged. In Linux: lazy_max_pages(). */
    public long pagesLazyMax() {
        return parts.areas.lazyMaxPages();
    }

    /** Walks the whole state, and says what is broken, one sentence each. Others wait. */
    public List<String> validate() {
        gate.beginAlone();
        try {
            gate.checkOpen();
            return new VmallocCheck(parts.areas, parts.blocks, parts.mappings, parts.frames, parts.ramMaps).findings();
        } finally {
            gate.endAlone();
        }
    }

    /**
     * Gives everything back. Areas that are still in use are told to the log. A call behind it throws {@link
     * IllegalStateException}; closing twice is allowed.
     *
     * @throws IllegalStateException while a native call or a channel uses a segment; close again later
     */
    @Override
    public void close() {
        gate.beginAlone();
        try {
            if (!gate.isClosed()) {
                parts.freePath.drain();
                tellLive();
                parts.freePath.releaseAll();
                parts.ramMaps.close();
                parts.reserve.close();
                parts.table.close();
                gate.setClosed();
            }
        } finally {
            gate.endAlone();
        }
    }

    private void tellLive() {
        long live = areas().stream()
                .filter(area -> !area.isUnpurged() && !area.words().contains("vm_map_ram"))
                .count();
        if (live + parts.ramMaps.count() > 0) {
            log.warn("vmalloc: closed with " + live + " areas in use, of " + parts.frames.pagesTaken() + " pages, and "
                    + parts.ramMaps.count() + " mappings of vm_map_ram()");
        }
    }
}
