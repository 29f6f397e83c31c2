package org.mm4j.slab;

/**
 * How many objects of a node's partial slabs are free. Very long lists are sampled at both ends.
 *
 * <p>In Linux 6.18: mm/slub.c, count_partial_free_approx(), MAX_PARTIAL_TO_SCAN.
 */
final class PartialFree {
    private static final int SCAN_MAX = 10_000;

    private PartialFree() {}

    static long count(NodeSlabs node) {
        node.lock();
        try {
            int partial = node.partial();
            return partial <= SCAN_MAX ? fromHead(node, partial) : sampled(node, partial);
        } finally {
            node.unlock();
        }
    }

    private static long sampled(NodeSlabs node, int partial) {
        long seen = fromHead(node, SCAN_MAX / 2);
        Slab slab = node.last();
        for (int scanned = 0; scanned < SCAN_MAX / 2 && slab != null; scanned++, slab = slab.previous) {
            seen += SlabWord.free(slab.wordAcquire());
        }
        return Math.min(seen * partial / SCAN_MAX, node.objects());
    }

    private static long fromHead(NodeSlabs node, int slabs) {
        long seen = 0;
        Slab slab = node.first();
        for (int scanned = 0; scanned < slabs && slab != null; scanned++, slab = slab.next) {
            seen += SlabWord.free(slab.wordAcquire());
        }
        return seen;
    }
}
