package org.mm4j.lab.replay;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The caches that a trace names, on the kernel that replays it, and whether sizes are equal to the recorded ones. */
final class ReplayCaches {
    private final Numbered<ObjectRequest> requests;
    private final ObjectTarget.@Nullable Cache[] byRequest;
    private final Map<ObjectRequest, ObjectTarget.Cache> byShape = new LinkedHashMap<>();
    private final SortedMap<Long, SizeClassUse> uses = new TreeMap<>();
    private SizesCompared sizeClass = SizesCompared.NONE;
    private SizesCompared cacheSize = SizesCompared.NONE;

    ReplayCaches(Numbered<ObjectRequest> requests, ObjectTarget target) {
        this.requests = requests;
        byRequest = new ObjectTarget.Cache[requests.size()];
        for (int number = 0; number < byRequest.length; number++) {
            ObjectRequest request = requests.get(number);
            if (request.isKmalloc()) {
                long ours = target.kmallocSizeRoundup(request.bytes());
                uses.merge(
                        ours,
                        new SizeClassUse(ours, 0, 0).plus(requests.count(number), request.bytes()),
                        (known, more) -> known.plus(more.allocations(), request.bytes()));
                sizeClass = sizeClass.plus(requests.count(number), ours, request.bytesAllocated());
            } else {
                ObjectTarget.Cache cache = byShape.computeIfAbsent(
                        request.shape(), shape -> target.cache(shape.cache(), shape.bytes(), shape.bytesAllocated()));
                byRequest[number] = cache;
                cacheSize = cacheSize.plus(requests.count(number), cache.slotBytes(), request.bytesAllocated());
            }
        }
    }

    ObjectRequest request(int number) {
        return requests.get(number);
    }

    /** The cache of a request; null: kmalloc. */
    ObjectTarget.@Nullable Cache cache(int number) {
        return byRequest[number];
    }

    /** Of kmalloc's requests. */
    SizesCompared sizeClass() {
        return sizeClass;
    }

    /** The size classes of kmalloc that were used, the smallest first. */
    List<SizeClassUse> sizeClasses() {
        return List.copyOf(uses.values());
    }

    /** Of requests to named caches. */
    SizesCompared cacheSize() {
        return cacheSize;
    }

    void destroy() {
        byShape.values().forEach(ObjectTarget.Cache::destroy);
    }
}
