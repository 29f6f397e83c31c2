package org.mm4j.slab;

import org.mm4j.api.PageFrame;

/** How a cache lays its objects out. The geometry work replaces this file. */
public record SlabLayout(
        SlabRequest request,
        int objectSize,
        int size,
        int inuse,
        int freePointerOffset,
        int redLeftPad,
        int align,
        int order,
        int minOrder,
        int objectsPerSlab,
        int minOrderObjects,
        int minPartial,
        int cpuPartialObjects,
        int cpuPartialSlabs,
        int sheafCapacity) {
    /** The layout for a request. */
    public static SlabLayout of(SlabRequest request) {
        int align = Math.max(request.align(), 8);
        int line = 64;
        while (request.objectSize() <= line / 2) {
            line /= 2;
        }
        align = SlabFlags.has(request.flags(), SlabFlags.SLAB_HWCACHE_ALIGN) ? Math.max(align, line) : align;
        int inuse = up(request.objectSize(), 8);
        boolean isOwn = request.freePointerOffset() == SlabRequest.COMPUTED;
        boolean isOutside =
                isOwn && (request.hasCtor() || SlabFlags.has(request.flags(), SlabFlags.SLAB_TYPESAFE_BY_RCU));
        int offset = isOutside ? inuse : isOwn ? (request.objectSize() / 2) & -8 : request.freePointerOffset();
        int size = up(isOutside ? inuse + 8 : inuse, align);
        int minOrder = PageFrame.order(size);
        if (minOrder > PageFrame.MAX_PAGE_ORDER) {
            throw new IllegalArgumentException("no block is large enough for an object of " + size + " bytes");
        }
        int wanted = Math.min(
                4 * (33 - Integer.numberOfLeadingZeros(request.settings().cpus())), Math.max((4096 << 3) / size, 1));
        int order = order(size, Math.max(minOrder, PageFrame.order((long) wanted * size)), minOrder);
        int objects = (4096 << order) / size;
        int cpuPartial = size >= 4096 ? 6 : size >= 1024 ? 24 : size >= 256 ? 52 : 120;
        return new SlabLayout(
                request,
                request.objectSize(),
                size,
                inuse,
                offset,
                0,
                align,
                order,
                minOrder,
                objects,
                (4096 << minOrder) / size,
                Math.clamp((31 - Integer.numberOfLeadingZeros(size)) / 2, 5, 10),
                cpuPartial,
                (2 * cpuPartial + objects - 1) / objects,
                request.sheafCapacity());
    }

    private static int order(int size, int from, int fallback) {
        for (int fraction = 16; fraction > 1; fraction /= 2) {
            for (int order = from; order <= 3; order++) {
                if ((4096 << order) % size <= (4096 << order) / fraction) {
                    return order;
                }
            }
        }
        return fallback;
    }

    private static int up(int value, int align) {
        return (value + align - 1) & -align;
    }
}
