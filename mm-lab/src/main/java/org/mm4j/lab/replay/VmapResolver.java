package org.mm4j.lab.replay;

import java.util.HashMap;
import java.util.Map;
import org.mm4j.lab.trace.TraceEvent.VmapFree;

/** The part of the {@link Resolver} that finds, for every vmap area that is given back, where it was taken. */
final class VmapResolver {
    /** About what an entry of the map takes. */
    private static final int BYTES_PER_AREA = 64;

    private final PlanBuilder plan;
    private final Numbered<VmapRequest> requests = new Numbered<>();

    /** The plan's block of each live area, by its address. */
    private final Map<Long, Integer> live = new HashMap<>();

    private long lostFrees;

    VmapResolver(PlanBuilder plan) {
        this.plan = plan;
    }

    /** Addresses are reserved. An area that is live there already was given back, which the trace does not tell. */
    void alloc(VmapRequest request, long start, int cpu) {
        lostFrees += free(start, cpu) ? 1 : 0;
        int block = plan.newBlocks(1);
        plan.add(PlanOp.vmapAlloc(cpu, requests.count(request)), block);
        live.put(start, block);
    }

    /** An area is given back; false when it was taken before the recording began. */
    boolean free(VmapFree free, int cpu) {
        return free(free.start(), cpu);
    }

    private boolean free(long start, int cpu) {
        Integer block = live.remove(start);
        if (block == null) {
            return false;
        }
        plan.add(PlanOp.vmapFree(cpu), block);
        return true;
    }

    /** What was given back is made usable again. */
    void purge(int cpu) {
        plan.add(PlanOp.vmapPurge(cpu), 0);
    }

    long lostFrees() {
        return lostFrees;
    }

    long bytes() {
        return (long) live.size() * BYTES_PER_AREA + requests.bytes();
    }

    Numbered<VmapRequest> requests() {
        return requests;
    }

    /** The blocks of the areas that are live now. */
    int[] liveAreas() {
        return live.values().stream().mapToInt(Integer::intValue).sorted().toArray();
    }
}
