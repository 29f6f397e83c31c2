package org.mm4j.lab.replay;

import java.util.HashMap;
import java.util.Map;
import org.mm4j.api.PageFrame;
import org.mm4j.lab.trace.TraceEvent.PercpuAlloc;
import org.mm4j.lab.trace.TraceEvent.PercpuFree;

/** The part of the {@link Resolver} that finds, for every percpu area that is freed, its allocation. */
final class PercpuResolver {
    /** About what an entry of the map takes. */
    private static final int BYTES_PER_AREA = 64;

    private static final int BYTES_MAX = 32 << 10;

    private final PlanBuilder plan;

    /** The plan's block of each live area, by its address. */
    private final Map<Long, Integer> live = new HashMap<>();

    private long lostFrees;

    PercpuResolver(PlanBuilder plan) {
        this.plan = plan;
    }

    /** Whether the kernel serves such a request at all. In Linux 6.18: mm/percpu.c, pcpu_alloc_noprof(). */
    static boolean isServed(PercpuAlloc alloc) {
        long align = Math.max(alloc.align(), 4);
        boolean isAligned = Long.bitCount(align) == 1 && align <= PageFrame.PAGE_SIZE;
        return isAligned && alloc.bytes() > 0 && alloc.bytes() <= BYTES_MAX;
    }

    /** An area is taken. One that is live there already was freed, which the trace does not tell. */
    void alloc(PercpuAlloc alloc, int cpu) {
        Integer lost = live.get(alloc.ptr());
        if (lost != null) {
            plan.add(PlanOp.percpuFree(cpu), lost);
            lostFrees++;
        }
        int id = plan.newBlocks(1);
        plan.add(PlanOp.percpuAlloc(cpu, (int) alloc.bytes(), (int) Math.max(alloc.align(), 4), alloc.atomic()), id);
        live.put(alloc.ptr(), id);
    }

    /** An area is given back; false when it was taken before the recording began. */
    boolean free(PercpuFree free, int cpu) {
        Integer id = live.remove(free.ptr());
        if (id == null) {
            return false;
        }
        plan.add(PlanOp.percpuFree(cpu), id);
        return true;
    }

    long lostFrees() {
        return lostFrees;
    }

    long bytes() {
        return (long) live.size() * BYTES_PER_AREA;
    }

    /** The blocks of the areas that are live now. */
    int[] liveAreas() {
        return live.values().stream().mapToInt(Integer::intValue).sorted().toArray();
    }
}
