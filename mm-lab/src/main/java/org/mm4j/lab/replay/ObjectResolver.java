package org.mm4j.lab.replay;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.Gfp;

/**
 * The part of the {@link Resolver} that finds, for every object that is freed, its allocation. Objects of kmalloc and of
 * named caches share the addresses, and kfree takes both.
 */
final class ObjectResolver {
    /** About what an entry of the map takes. */
    private static final int BYTES_PER_OBJECT = 64;

    private final PlanBuilder plan;
    private final Numbered<ObjectRequest> requests = new Numbered<>();

    /** By their addresses. */
    private final Map<Long, LiveObject> live = new HashMap<>();

    private long lostFrees;
    private long bytesLive;
    private long bytesLivePeak;

    private record LiveObject(int block, int request) {}

    ObjectResolver(PlanBuilder plan) {
        this.plan = plan;
    }

    /** The request of an event, or null when no kernel serves it. */
    static @Nullable ObjectRequest request(String cache, long bytes, long bytesAllocated, int gfp) {
        boolean isServed = bytes > 0
                && bytes <= ObjectRequest.BYTES_MAX
                && bytesAllocated >= bytes
                && bytesAllocated <= ObjectRequest.BYTES_MAX
                && hasGoodFlags(gfp);
        return isServed ? new ObjectRequest(cache, (int) bytes, (int) bytesAllocated, gfp) : null;
    }

    private static boolean hasGoodFlags(int gfp) {
        try {
            Gfp.zone(gfp);
            Gfp.migrateType(gfp);
            return true;
        } catch (BadGfpException e) {
            return false;
        }
    }

    /** An object is taken. One that is live there already was freed, which the trace does not tell. */
    void alloc(ObjectRequest request, long ptr, int cpu) {
        lostFrees += kfree(ptr, cpu) ? 1 : 0;
        int number = requests.count(request);
        int block = plan.newBlocks(1);
        plan.add(PlanOp.objectAlloc(cpu, number), block);
        live.put(ptr, new LiveObject(block, number));
        bytesLive += request.bytesAllocated();
        bytesLivePeak = Math.max(bytesLivePeak, bytesLive);
    }

    /** An object of any kind is given back; false when it was taken before the recording began. */
    boolean kfree(long ptr, int cpu) {
        LiveObject object = live.get(ptr);
        if (object == null) {
            return false;
        }
        forget(ptr, object);
        plan.add(PlanOp.kfree(cpu), object.block());
        return true;
    }

    /** An object is given back to its cache; false when it was taken before the recording began. */
    boolean cacheFree(long ptr, int cpu) {
        LiveObject object = live.get(ptr);
        if (object == null || requests.get(object.request()).isKmalloc()) {
            return kfree(ptr, cpu);
        }
        forget(ptr, object);
        plan.add(PlanOp.cacheFree(cpu, object.request()), object.block());
        return true;
    }

    private void forget(long ptr, LiveObject object) {
        live.remove(ptr);
        bytesLive -= requests.get(object.request()).bytesAllocated();
    }

    /** Bytes of all objects that are live at once, at the most. */
    long bytesLivePeak() {
        return bytesLivePeak;
    }

    long lostFrees() {
        return lostFrees;
    }

    long bytes() {
        return (long) live.size() * BYTES_PER_OBJECT + requests.bytes();
    }

    Numbered<ObjectRequest> requests() {
        return requests;
    }

    /** The blocks of the objects that are live now. */
    int[] liveObjects() {
        return live.values().stream().mapToInt(LiveObject::block).sorted().toArray();
    }
}
