package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadAddressException;
import org.mm4j.api.KernelLog;

/**
 * The end of areas.
 *
 * <pre>
 *   vfree        claim -> end the segments, unmap -> addresses lazy -> frames free
 *   vfreeAtomic  note in a queue ----'  by the next call that may wait
 * </pre>
 *
 * <p>What the host refuses leaves the area as it was. Any thread may call any method.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, vfree(), vfree_atomic(), vunmap(), remove_vm_area(). Differs: a bad address is refused
 * where the kernel warns; the queue is drained by callers, for there is no worker.
 */
final class FreePath {
    private static final int QUEUE_CHUNK = 64;

    private final VmapAreas areas;
    private final AreaMappings mappings;
    private final FrameSupply frames;
    private final KernelLog log;

    /** Areas that are to be freed: many put, and whoever holds {@link #drain} takes. */
    private final MpscUnboundedVarHandleArrayQueue<VmStruct> deferred =
            new MpscUnboundedVarHandleArrayQueue<>(QUEUE_CHUNK);

    private final ReentrantLock drain;

    FreePath(VmapAreas areas, AreaMappings mappings, FrameSupply frames, KernelLog log, ReentrantLock drain) {
        this.drain = drain;
        this.areas = areas;
        this.mappings = mappings;
        this.frames = frames;
        this.log = log;
    }

    /** What a caller does to an area, by the kernel's name. */
    enum Call {
        VFREE,
        VUNMAP,
        VREALLOC,
        SEGMENT;

        private BadAddressException refusal(long address, String what) {
            return new BadAddressException(
                    address,
                    "Trying to " + name().toLowerCase(Locale.ROOT) + "() " + what + " (0x" + Long.toHexString(address)
                            + ")");
        }
    }

    /** The live area that begins at an address. */
    VmStruct live(long address, Call call) {
        if (address % PAGE_SIZE != 0) {
            throw call.refusal(address, "bad address");
        }
        VmStruct vm = at(address);
        if (vm == null || !vm.isLive()) {
            throw call.refusal(address, "nonexistent vm area");
        }
        if (call == Call.VUNMAP && vm.ownsFrames()) {
            throw call.refusal(address, "an area that has pages of its own, which vfree() gives back");
        }
        return vm;
    }

    private @Nullable VmStruct at(long address) {
        VmapArea area = areas.find(address);
        return area != null && area.start() == address ? area.vm() : null;
    }

    /** The live area that begins at an address, for the caller alone. */
    VmStruct claim(long address, Call call) {
        VmStruct vm = live(address, call);
        if (!vm.toClaimed()) {
            throw call.refusal(address, "nonexistent vm area");
        }
        return vm;
    }

    void free(long address, Call call) {
        release(claim(address, call));
    }

    /** Ends an area that the caller has claimed. */
    void release(VmStruct vm) {
        boolean unmapped = false;
        try {
            mappings.unmap(vm.range());
            unmapped = true;
        } finally {
            if (!unmapped) {
                vm.toLive();
            }
        }
        finish(vm);
    }

    /** Nothing is mapped any more. */
    private void finish(VmStruct vm) {
        try {
            areas.unlink(vm.area());
            areas.freeLazily(vm.area());
        } finally {
            frames.giveBack(vm);
        }
    }

    /**
     * Ends an area that was never published. Where the host refuses, or there is no Java heap, it is tried again with the
     * deferred ones.
     */
    void abandon(VmStruct vm) {
        try {
            mappings.unmap(vm.range());
        } catch (RuntimeException | OutOfMemoryError e) {
            vm.area().publish();
            if (vm.toDeferred()) {
                deferred.offer(vm);
            }
            log.warn("vmalloc: the area at 0x" + Long.toHexString(vm.area().start())
                    + " could not be undone and is kept until it can: " + e.getMessage());
            return;
        }
        finish(vm);
    }

    /** Ends an area without anything in it that was never published. */
    void abandon(VmapArea area) {
        areas.unlink(area);
        areas.freeLazily(area);
    }

    /** Ends all areas. Nothing else runs. What the host refuses is there still, and the next call ends it. */
    void releaseAll() {
        for (VmStruct vm = deferred.poll(); vm != null; vm = deferred.poll()) {
            releaseDeferred(vm);
        }
        List<VmStruct> left = new ArrayList<>();
        areas.forEachBusy(area -> {
            VmStruct vm = area.vm();
            if (vm != null) {
                left.add(vm);
            }
        });
        for (VmStruct vm : left) {
            if (vm.toClaimed()) {
                release(vm);
            } else { // deferred, but there was no Java heap to note it
                mappings.unmap(vm.range());
                finish(vm);
            }
        }
    }

    private void releaseDeferred(VmStruct vm) {
        boolean unmapped = false;
        try {
            mappings.unmap(vm.range());
            unmapped = true;
        } finally {
            if (!unmapped) {
                deferred.offer(vm);
            }
        }
        finish(vm);
    }

    // Later.

    /** The area is gone for all calls, and given back later. Never waits. */
    void defer(long address) {
        VmStruct vm = live(address, Call.VFREE);
        if (!vm.toDeferred()) {
            throw Call.VFREE.refusal(address, "nonexistent vm area");
        }
        boolean noted = false;
        try {
            noted = deferred.offer(vm);
        } finally {
            if (!noted) {
                vm.undoDeferred();
            }
        }
    }

    /** Gives back what waits, unless somebody else does so just now. What the host refuses waits on. */
    void drain() {
        if (deferred.isEmpty() || !drain.tryLock()) {
            return;
        }
        try {
            for (int left = deferred.size(); left > 0; left--) {
                VmStruct vm = deferred.poll();
                if (vm == null || !drain(vm)) {
                    return;
                }
            }
        } finally {
            drain.unlock();
        }
    }

    private boolean drain(VmStruct vm) {
        boolean unmapped = false;
        try {
            mappings.unmap(vm.range());
            unmapped = true;
        } catch (RuntimeException e) {
            log.warnOnce(
                    "vmalloc drain",
                    "vmalloc: the area at 0x" + Long.toHexString(vm.area().start()) + " is freed later: "
                            + e.getMessage());
        } finally {
            if (!unmapped) {
                deferred.offer(vm);
            }
        }
        if (unmapped) {
            finish(vm);
        }
        return unmapped;
    }
}
