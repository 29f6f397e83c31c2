package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;
import static org.mm4j.api.VirtualAllocator.NONE;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.memory.HostMemoryException;

/**
 * From a request to an area with frames: addresses, frames, mapping, in this order. Whatever is missing, all that was
 * taken goes back.
 *
 * <pre>
 *   addresses + guard page --> frames --> zeroed --> page table --> host --> published
 *          |                     |                       |            |
 *          `-- vm_struct         `-- failed to allocate  `------------+-- failed to map pages
 *              allocation failed      pages
 * </pre>
 *
 * <p>Any thread may call it. In Linux 6.18: mm/vmalloc.c, __vmalloc_node_range(), __vmalloc_area_node(). Differs: frames
 * are zeroed before they are mapped, so that an area never shows what its frames held.
 */
final class AllocPath {
    private final VmapAreas areas;
    private final AreaMappings mappings;
    private final FrameSupply frames;
    private final FreePath freePath;
    private final KernelLog log;
    private final FailureReport report;
    private final Supplier<String> caller;
    private final long pagesTotal;

    AllocPath(
            VmapAreas areas,
            AreaMappings mappings,
            FrameSupply frames,
            FreePath freePath,
            KernelLog log,
            Supplier<String> caller,
            long pagesTotal) {
        this.areas = areas;
        this.mappings = mappings;
        this.frames = frames;
        this.freePath = freePath;
        this.log = log;
        this.caller = caller;
        this.pagesTotal = pagesTotal;
        report = new FailureReport(log, System::nanoTime);
    }

    /** The address of an area with frames of its own, or NONE. Tries once, whatever the flags say. */
    long alloc(AreaRequest request) {
        if (request.bytes() == 0) {
            log.warnOnce("vmalloc size", "vmalloc of 0 bytes");
            return NONE;
        }
        if (request.bytes() >>> PAGE_SHIFT > pagesTotal) { // unsigned
            report.write(request.bytes(), request.gfp(), "exceeds total pages");
            return NONE;
        }
        VmStruct vm = request.wantsHuge() ? attempt(request, true) : null;
        if (vm == null) {
            vm = attempt(request, false);
        }
        return vm == null ? NONE : vm.area().start();
    }

    private @Nullable VmStruct attempt(AreaRequest request, boolean isHuge) {
        long bytes = request.bytesMapped(isHuge);
        VmStruct vm =
                reserve(bytes, request.align(isHuge), request.flags(), request.bytes(), null, true, request.mayBlock());
        if (vm == null) {
            tellRestriction(request, isHuge);
            fail(request, isHuge, "vm_struct allocation failed");
            return null;
        }
        boolean done = false;
        try {
            done = fill(vm, request, isHuge) && map(vm, request.gfpForTables(), request.bytes(), !isHuge);
        } finally {
            if (!done) {
                freePath.abandon(vm);
            }
        }
        return done ? publish(vm) : null;
    }

    private void tellRestriction(AreaRequest request, boolean isHuge) {
        if (!isHuge && Long.bitCount(request.align()) == 1) {
            report.writeRestriction(request.bytes(), request.gfp(), areas.start(), areas.end());
        }
    }

    /**
     * Addresses with nothing mapped, and a guard page behind them; or null. Not published.
     *
     * @param mayBlock whether addresses that are free but not flushed may be waited for
     * @param pfns of the caller; null: there will be some of the area's own
     */
    @Nullable
    VmStruct reserve(
            long bytes,
            long align,
            int flags,
            long bytesRequested,
            long @Nullable [] pfns,
            boolean ownsFrames,
            boolean mayBlock) {
        long guard = VmFlags.hasGuard(flags) ? PAGE_SIZE : 0;
        VmapArea area = Long.bitCount(align) == 1
                ? areas.alloc(bytes + guard, align, areas.start(), areas.end(), flags, mayBlock)
                : null;
        if (area == null) {
            return null;
        }
        VmStruct vm = null;
        try {
            long[] frames = pfns == null ? new long[(int) (bytes >>> PAGE_SHIFT)] : pfns;
            area.setCaller(caller.get());
            vm = new VmStruct(area, mappings.range(area.start(), bytes), frames, ownsFrames, bytesRequested);
            area.setVm(vm);
            return vm;
        } finally {
            if (vm == null) {
                freePath.abandon(area);
            }
        }
    }

    private boolean fill(VmStruct vm, AreaRequest request, boolean isHuge) {
        if (isHuge) {
            frames.takeHuge(vm, request.gfpForFrames(), request.nid());
        } else {
            frames.take(vm, request.gfpForFrames(), request.nid());
        }
        if (vm.pages() < vm.pfns().length) {
            fail(request, isHuge, "failed to allocate pages");
            return false;
        }
        if (Gfp.has(request.gfp(), Gfp.__GFP_ZERO)) {
            frames.zero(vm);
        }
        return true;
    }

    /** Maps the frames of an area; false, and a line in the log, when that cannot be. */
    boolean map(VmStruct vm, int gfp, long bytes, boolean isTold) {
        String reason;
        try {
            if (mappings.map(vm.range(), vm.pfns(), vm.pfns().length, gfp)) {
                return true;
            }
            reason = "there is no page for a page table";
        } catch (HostMemoryException e) {
            reason = e.getMessage();
        }
        if (isTold) {
            report.write(bytes, gfp, "failed to map pages: " + reason);
        }
        return false;
    }

    /** Lets others find a complete area. */
    VmStruct publish(VmStruct vm) {
        vm.area().publish();
        return vm;
    }

    /** A huge attempt that fails is followed by one that is not. */
    private void fail(AreaRequest request, boolean isHuge, String why) {
        if (!isHuge) {
            report.write(request.bytes(), request.gfp(), request.isNofail() ? why + ". Retrying." : why);
        }
    }
}
