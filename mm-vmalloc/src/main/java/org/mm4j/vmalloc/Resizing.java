package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;
import static org.mm4j.api.VirtualAllocator.NONE;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PhysicalMemory;

/**
 * Changing the size of an area: in its place as long as its pages do, and else by moving its contents.
 *
 * <p>Any thread may call it. In Linux 6.18: mm/vmalloc.c, vrealloc_node_align(). Differs: with __GFP_ZERO the bytes
 * between the old size and the new one are zeroed, whatever the area was taken with.
 */
final class Resizing {
    private final AllocPath allocPath;
    private final FreePath freePath;
    private final FrameSupply frames;
    private final PhysicalMemory memory;
    private final KernelLog log;

    Resizing(AllocPath allocPath, FreePath freePath, FrameSupply frames, PhysicalMemory memory, KernelLog log) {
        this.allocPath = allocPath;
        this.freePath = freePath;
        this.frames = frames;
        this.memory = memory;
        this.log = log;
    }

    /** Where the area is now; NONE when it stays as it was. The request is not of 0 bytes. */
    long resize(long address, AreaRequest request) {
        VmStruct vm = freePath.claim(address, FreePath.Call.VREALLOC);
        boolean moved = false;
        try {
            if (request.align() > 1 && address % request.align() != 0) {
                log.warnOnce(
                        "vrealloc align",
                        "will not reallocate with a bigger alignment (0x" + Long.toHexString(request.align()) + ")");
                return NONE;
            }
            if (fits(vm, request)) {
                resizeInPlace(vm, request);
                return address;
            }
            long next = allocPath.alloc(request);
            if (next == NONE) {
                return NONE;
            }
            moved = true;
            return move(vm, next);
        } finally {
            if (!moved) {
                vm.toLive();
            }
        }
    }

    private boolean fits(VmStruct vm, AreaRequest request) {
        boolean isOfNode = !Gfp.has(request.gfp(), Gfp.__GFP_THISNODE)
                || request.nid() == PageAllocator.NO_NODE
                || frames.pages().nodeOf(vm.pfns()[0]) == request.nid();
        return isOfNode
                && vm.ownsFrames()
                && request.bytes() > 0
                && request.bytes() <= vm.range().bytes();
    }

    private void resizeInPlace(VmStruct vm, AreaRequest request) {
        long old = vm.bytesRequested();
        if (Gfp.has(request.gfp(), Gfp.__GFP_ZERO)) {
            frames.zero(vm, Math.min(old, request.bytes()), Math.max(old, request.bytes()));
        }
        vm.setBytesRequested(request.bytes());
    }

    /** Copies the contents, and ends the old area; if it cannot end, it stays, and the new one goes. */
    private long move(VmStruct vm, long next) {
        boolean done = false;
        try {
            VmStruct target = freePath.live(next, FreePath.Call.VREALLOC);
            copy(vm, target, Math.min(vm.bytesRequested(), target.bytesRequested()));
            freePath.release(vm);
            done = true;
            return next;
        } finally {
            if (!done) {
                freePath.free(next, FreePath.Call.VFREE);
            }
        }
    }

    private void copy(VmStruct from, VmStruct to, long bytes) {
        MemorySegment map = memory.directMap();
        for (long at = 0; at < bytes; at += PAGE_SIZE) {
            int page = (int) (at >>> PAGE_SHIFT);
            long source = from.pfns()[page] << PAGE_SHIFT;
            long target = to.pfns()[page] << PAGE_SHIFT;
            MemorySegment.copy(map, source, map, target, Math.min(PAGE_SIZE, bytes - at));
        }
    }
}
