package org.mm4j.slab;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import org.mm4j.api.PageFrame;

/**
 * Which order the slabs of a cache have: small enough to be had, large enough that many allocations need one slab, and
 * such that little is left over at its end.
 *
 * <p>In Linux 6.18: mm/slub.c, calculate_order().
 */
final class SlabOrder {
    /** A slab counts its objects in 15 bits. */
    static final int MAX_OBJECTS = 32_767;

    /** What may be left over, as a fraction of the slab: strict first. */
    private static final int[] FRACTIONS = {16, 8, 4, 2};

    private SlabOrder() {}

    /**
     * The order for slots of {@code size} bytes.
     *
     * @throws IllegalArgumentException when no block holds one; in Linux -ENOSYS
     */
    static int order(long size, SlabRequest request) {
        SlabSettings settings = request.settings();
        long wanted = Math.min(settings.objectsWanted(), Math.max(LayoutRules.objects(settings.maxOrder(), size), 1));
        int least = Math.max(settings.minOrder(), PageFrame.order(wanted * size));
        if (least <= MAX_PAGE_ORDER && LayoutRules.objects(least, size) > MAX_OBJECTS) {
            return PageFrame.order(size * MAX_OBJECTS) - 1;
        }
        for (int fraction : FRACTIONS) {
            for (int order = least; order <= settings.maxOrder(); order++) {
                long bytes = (long) PAGE_SIZE << order;
                if (bytes % size <= bytes / fraction) {
                    return order;
                }
            }
        }
        return forOne(size, request);
    }

    private static int forOne(long size, SlabRequest request) {
        int order = PageFrame.order(size);
        if (order > MAX_PAGE_ORDER) {
            throw new IllegalArgumentException("an object of " + request.objectSize() + " bytes needs a slot of " + size
                    + ", but the largest slab, of order " + MAX_PAGE_ORDER + ", has "
                    + ((long) PAGE_SIZE << MAX_PAGE_ORDER) + " (-ENOSYS)");
        }
        return order;
    }
}
