package org.mm4j.slab;

import java.util.ArrayList;
import java.util.List;

/** The objects of a cache that callers have. Exact only while nobody calls. */
final class LiveObjects {
    private final List<Long> addresses = new ArrayList<>();
    private final KmemCache cache;
    private final int addressesMax;
    private long count;

    LiveObjects(SlabFrames frames, KmemCache cache, int addressesMax) {
        this.cache = cache;
        this.addressesMax = addressesMax;
        frames.forEachSlab(slab -> {
            if (slab.cache == cache) {
                look(slab);
            }
        });
    }

    private void look(Slab slab) {
        for (int object = 1; object <= slab.objects; object++) {
            if (!slab.isFree(object)) {
                count++;
                if (addresses.size() < addressesMax) {
                    addresses.add(cache.memory().address(slab, object));
                }
            }
        }
    }

    long count() {
        return count;
    }

    /** The first of them. */
    List<Long> addresses() {
        return addresses;
    }
}
