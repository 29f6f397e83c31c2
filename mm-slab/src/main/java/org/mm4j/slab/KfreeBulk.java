package org.mm4j.slab;

/**
 * Frees many addresses of kmalloc: those that lie in no slab go to the end of the array, and the others are left to {@link
 * DetachedFreelists}.
 *
 * <p>In Linux 6.18: mm/slub.c, kmem_cache_free_bulk() with no cache. Differs: 0 and the address of 0 bytes are skipped.
 */
final class KfreeBulk {
    private KfreeBulk() {}

    /** Frees all or none. */
    static void free(SlabFrames frames, LargeBlocks large, long[] addresses, int count) {
        if (count < 0 || count > addresses.length) {
            throw new IllegalArgumentException(
                    "of " + addresses.length + " addresses 0 to " + addresses.length + " can be freed, not " + count);
        }
        int inSlabs = moveOthersBack(frames, addresses, count);
        claim(large, addresses, inSlabs, count);
        boolean isDone = false;
        try {
            DetachedFreelists.free(frames, null, addresses, inSlabs);
            isDone = true;
        } finally {
            if (!isDone) {
                unclaim(large, addresses, inSlabs, count);
            }
        }
        for (int at = inSlabs; at < count; at++) {
            if (!Kmalloc.isZeroOrNull(addresses[at])) {
                large.giveBack(addresses[at]);
            }
        }
    }

    /** How many lie in slabs; they stand in front then. */
    static int moveOthersBack(SlabFrames frames, long[] addresses, int count) {
        int end = count;
        int at = 0;
        while (at < end) {
            long address = addresses[at];
            if (frames.find(address) == null) {
                end--;
                addresses[at] = addresses[end];
                addresses[end] = address;
            } else {
                at++;
            }
        }
        return end;
    }

    private static void claim(LargeBlocks large, long[] addresses, int from, int to) {
        for (int at = from; at < to; at++) {
            if (!Kmalloc.isZeroOrNull(addresses[at]) && !large.claim(addresses[at])) {
                unclaim(large, addresses, from, at);
                throw large.bad(addresses[at]);
            }
        }
    }

    private static void unclaim(LargeBlocks large, long[] addresses, int from, int to) {
        for (int at = from; at < to; at++) {
            if (!Kmalloc.isZeroOrNull(addresses[at])) {
                large.unclaim(addresses[at]);
            }
        }
    }
}
