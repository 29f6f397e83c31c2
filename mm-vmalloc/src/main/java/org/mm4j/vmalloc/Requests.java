package org.mm4j.vmalloc;

import static org.mm4j.api.VirtualAllocator.NONE;

import java.util.concurrent.locks.LockSupport;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;

/**
 * Requests for areas, tried again where they must not fail. Between two attempts nothing is held, so that whoever has to
 * free or to look can go on.
 *
 * <p>Any thread may call any method. In Linux 6.18: mm/vmalloc.c, __vmalloc_node_range(), vmalloc_fix_flags().
 */
final class Requests {
    /** One tick of a kernel with 250 of them in a second. */
    private static final long RETRY_NANOS = 4_000_000;

    private final CallGate gate;
    private final AllocPath allocPath;
    private final Resizing resizing;
    private final KernelLog log;
    private final long pagesTotal;
    private final GfpContext context;

    Requests(
            CallGate gate, AllocPath allocPath, Resizing resizing, KernelLog log, long pagesTotal, GfpContext context) {
        this.gate = gate;
        this.allocPath = allocPath;
        this.resizing = resizing;
        this.log = log;
        this.pagesTotal = pagesTotal;
        this.context = context;
    }

    /** The address of an area with frames of its own, or NONE. */
    long alloc(AreaRequest request) {
        while (true) {
            long address = allocOnce(request);
            if (address != NONE || !request.isRetried(pagesTotal)) {
                return address;
            }
            LockSupport.parkNanos(this, RETRY_NANOS);
        }
    }

    private long allocOnce(AreaRequest request) {
        if (!gate.begin(request.mayBlock())) {
            return NONE;
        }
        try {
            return allocPath.alloc(request);
        } finally {
            gate.end();
        }
    }

    /** Where an area is with another size, or NONE. */
    long resize(long address, AreaRequest request) {
        while (true) {
            long next = resizeOnce(address, request);
            if (next != NONE || !request.isRetried(pagesTotal) || address % request.align() != 0) {
                return next;
            }
            LockSupport.parkNanos(this, RETRY_NANOS);
        }
    }

    private long resizeOnce(long address, AreaRequest request) {
        if (!gate.begin(request.mayBlock())) {
            return NONE;
        }
        try {
            return resizing.resize(address, request);
        } finally {
            gate.end();
        }
    }

    /** The flags that count, without those that vmalloc cannot follow, which are told once. */
    int supported(int asked) {
        int gfp = context.effective(asked);
        int unsupported = AreaRequest.unsupported(gfp);
        int rest = gfp & ~unsupported;
        if (unsupported != 0) {
            log.warnOnce(
                    "vmalloc gfp",
                    "Unexpected gfp: 0x" + Integer.toHexString(unsupported) + " (" + Gfp.format(unsupported)
                            + "). Fixing up to gfp: 0x" + Integer.toHexString(rest) + " (" + Gfp.format(rest)
                            + "). Fix your code!");
        }
        return rest;
    }
}
