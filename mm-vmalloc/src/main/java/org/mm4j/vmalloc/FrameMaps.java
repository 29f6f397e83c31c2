package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;
import static org.mm4j.api.VirtualAllocator.NONE;

import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

/**
 * Areas of frames that are the caller's, or of none.
 *
 * <p>Any thread may call any method. In Linux 6.18: mm/vmalloc.c, vmap(), get_vm_area(). Differs: a frame that is free or
 * not there is refused.
 */
final class FrameMaps {
    private final AllocPath allocPath;
    private final FreePath freePath;
    private final FrameSupply frames;
    private final KernelLog log;
    private final long pagesTotal;

    FrameMaps(AllocPath allocPath, FreePath freePath, FrameSupply frames, KernelLog log, long pagesTotal) {
        this.allocPath = allocPath;
        this.freePath = freePath;
        this.frames = frames;
        this.log = log;
        this.pagesTotal = pagesTotal;
    }

    /** Maps frames of the caller; with {@link VmFlags#VM_MAP_PUT_PAGES} they become the area's. */
    long vmap(long[] pfns, int flags) {
        if ((flags & VmFlags.VM_FLUSH_RESET_PERMS) != 0) {
            log.warnOnce("vmap perms", "vmap with VM_FLUSH_RESET_PERMS, for pages that have no other permissions");
            return NONE;
        }
        if ((flags & VmFlags.VM_NO_GUARD) != 0) {
            log.warnOnce("vmap guard", "vmap with VM_NO_GUARD; it has a guard page all the same");
        }
        if (pfns.length == 0 || pfns.length > pagesTotal) {
            return NONE;
        }
        check(pfns);
        return map(pfns.clone(), (flags & ~VmFlags.VM_NO_GUARD) | VmFlags.VM_MAP);
    }

    private long map(long[] pfns, int flags) {
        boolean ownsFrames = (flags & VmFlags.VM_MAP_PUT_PAGES) != 0;
        long bytes = (long) pfns.length << PAGE_SHIFT;
        VmStruct vm = allocPath.reserve(bytes, PAGE_SIZE, flags, bytes, pfns, ownsFrames, true);
        if (vm == null) {
            return NONE;
        }
        boolean done = false;
        try {
            done = allocPath.map(vm, Gfp.GFP_KERNEL, bytes, true);
        } finally {
            if (!done) {
                freePath.abandon(vm);
            }
        }
        if (!done) {
            return NONE;
        }
        if (ownsFrames) {
            frames.adopt(vm);
        }
        return allocPath.publish(vm).area().start();
    }

    /** An area with nothing mapped. */
    long getVmArea(long bytes, long align, int flags) {
        if (bytes <= 0) {
            return NONE;
        }
        long rounded = bytes + PAGE_SIZE - 1 & -PAGE_SIZE;
        VmStruct vm = rounded < 0 ? null : allocPath.reserve(rounded, align, flags, bytes, new long[0], false, true);
        return vm == null ? NONE : allocPath.publish(vm).area().start();
    }

    /** Refuses frames that nobody has. */
    void check(long[] pfns) {
        for (long pfn : pfns) {
            if (pfn <= 0 || pfn >= pagesTotal) {
                throw new BadPageException(
                        pfn, "pfn " + pfn + " cannot be mapped: the memory has frames 1 to " + (pagesTotal - 1));
            }
            if (frames.pages().pageCount(pfn) == 0) {
                throw new BadPageException(pfn, "pfn " + pfn + " cannot be mapped: it is not in use");
            }
        }
    }
}
