package org.mm4j.percpu;

import java.util.concurrent.atomic.AtomicInteger;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

/**
 * The lines that requests leave in the log when they fail: those that no allocator could serve, always; the others ten
 * times.
 *
 * <p>In Linux 6.18: mm/percpu.c, the end of pcpu_alloc_noprof(). Differs: no call trace.
 */
final class FailedRequests {
    private static final int LINES_MAX = 10;

    /** Why a request failed. */
    enum Why {
        RESERVED("alloc from reserved chunk failed"),
        ATOMIC("atomic alloc failed, no space left"),
        NO_CHUNK("failed to allocate new chunk"),
        NOT_POPULATED("failed to populate");

        private final String words;

        Why(String words) {
            this.words = words;
        }
    }

    private final KernelLog log;
    private final AtomicInteger linesLeft = new AtomicInteger(LINES_MAX);

    FailedRequests(KernelLog log) {
        this.log = log;
    }

    /** A request that is wrong in itself; size and align are unsigned, and rounded already. */
    void illegal(long size, long align, int gfp) {
        if (!Gfp.has(gfp, Gfp.__GFP_NOWARN)) {
            log.warn("illegal size (" + Long.toUnsignedString(size) + ") or align (" + Long.toUnsignedString(align)
                    + ") for percpu allocation");
        }
    }

    void write(AreaRequest request, Why why) {
        if (Gfp.has(request.gfp(), Gfp.__GFP_NOWARN)) {
            return;
        }
        int left = linesLeft.getAndUpdate(lines -> Math.max(lines - 1, 0));
        if (left > 0) {
            log.warn("percpu: allocation failed, size=" + request.bytes() + " align=" + request.align() + " atomic="
                    + (request.isAtomic() ? 1 : 0) + ", " + why.words);
        }
        if (left == 1) {
            log.warn("percpu: limit reached, disable warning");
        }
    }
}
