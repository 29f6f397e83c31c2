package org.mm4j.slab;

import static org.mm4j.api.PageFrame.PAGE_SIZE;
import static org.mm4j.slab.SlabLayout.WORD_BYTES;

import org.mm4j.api.PageFrame;

/**
 * The formulas behind {@link SlabLayout}: where things lie in a slot, and the sizes of the lists. Pure functions.
 *
 * <p>In Linux 6.18: mm/slub.c, calculate_sizes(), do_kmem_cache_create(), set_cpu_partial(); mm/slab_common.c,
 * calculate_alignment(). The capacity of sheaves is that of 7.0, calculate_sheaf_capacity(): 6.18 has them only where
 * one is asked for.
 */
final class LayoutRules {
    private static final int CACHE_LINE_BYTES = 64;
    private static final int MIN_PARTIAL = 5;
    private static final int MAX_PARTIAL = 10;
    private static final int SHEAF_HEADER_BYTES = 32;

    private LayoutRules() {}

    static SlabLayout layout(SlabRequest request) {
        int flags = request.flags();
        int align = align(flags, request.align(), request.objectSize());
        long inuse = inuse(request);
        boolean outside = isFreePointerOutside(request);
        int redLeftPad = SlabFlags.has(flags, SlabFlags.SLAB_RED_ZONE) ? Math.max(WORD_BYTES, align) : 0;
        long end = inuse + (outside ? WORD_BYTES : 0) + userBytes(flags);
        long guard = redLeftPad == 0 ? 0 : WORD_BYTES;
        long bytes = alignUp(end + guard + redLeftPad, align);
        int order = SlabOrder.order(bytes, request);
        int size = (int) bytes;
        int objects = objects(order, size);
        int minOrder = PageFrame.order(size);
        int cpuPartial = cpuPartialObjects(size, flags);
        return new SlabLayout(
                request,
                request.objectSize(),
                size,
                (int) inuse,
                outside ? (int) inuse : freePointerInside(request),
                redLeftPad,
                align,
                order,
                minOrder,
                objects,
                objects(minOrder, size),
                minPartial(size),
                cpuPartial,
                Math.ceilDiv(2 * cpuPartial, objects),
                sheafCapacity(size, request));
    }

    /** What objects of a cache are aligned to; with SLAB_HWCACHE_ALIGN the fraction of a cache line that they fill. */
    static int align(int flags, int align, long objectSize) {
        int wanted = Math.max(align, WORD_BYTES);
        if (!SlabFlags.has(flags, SlabFlags.SLAB_HWCACHE_ALIGN)) {
            return wanted;
        }
        int line = CACHE_LINE_BYTES;
        while (objectSize <= line / 2) {
            line /= 2;
        }
        return Math.max(wanted, line);
    }

    /** A right red zone is never empty: where the object ends at a word, it gets one more. */
    private static long inuse(SlabRequest request) {
        long words = alignUp(request.objectSize(), WORD_BYTES);
        boolean full = words == request.objectSize();
        return full && SlabFlags.has(request.flags(), SlabFlags.SLAB_RED_ZONE) ? words + WORD_BYTES : words;
    }

    /** Whether a free object's bytes are to stay as they are. */
    private static boolean isFreePointerOutside(SlabRequest request) {
        int flags = request.flags();
        boolean constant = request.hasCtor() || SlabFlags.has(flags, SlabFlags.SLAB_TYPESAFE_BY_RCU);
        boolean tight = request.objectSize() < WORD_BYTES || SlabFlags.keepsOriginalSize(flags);
        return (constant && request.freePointerOffset() == SlabRequest.COMPUTED)
                || SlabFlags.has(flags, SlabFlags.SLAB_POISON)
                || (SlabFlags.has(flags, SlabFlags.SLAB_RED_ZONE) && tight);
    }

    /** In the middle, far from neighbours that write past their ends. */
    private static int freePointerInside(SlabRequest request) {
        return request.freePointerOffset() == SlabRequest.COMPUTED
                ? (request.objectSize() / 2) & -WORD_BYTES
                : request.freePointerOffset();
    }

    /** What SLAB_STORE_USER keeps: two users and, for kmalloc, the size that was asked for. */
    static int userBytes(int flags) {
        if (!SlabFlags.has(flags, SlabFlags.SLAB_STORE_USER)) {
            return 0;
        }
        return 2 * SlabLayout.USER_BYTES + (SlabFlags.keepsOriginalSize(flags) ? WORD_BYTES : 0);
    }

    private static int minPartial(int size) {
        return Math.clamp((Integer.SIZE - 1 - Integer.numberOfLeadingZeros(size)) / 2, MIN_PARTIAL, MAX_PARTIAL);
    }

    private static int cpuPartialObjects(int size, int flags) {
        if (SlabFlags.isDebug(flags)) {
            return 0;
        }
        return size >= PAGE_SIZE ? 6 : size >= 1024 ? 24 : size >= 256 ? 52 : 120;
    }

    /** A sheaf fills one of kmalloc's size classes. */
    private static int sheafCapacity(int size, SlabRequest request) {
        if (SlabFlags.hasAny(request.flags(), SlabFlags.SLAB_DEBUG_FLAGS | SlabFlags.SLAB_NOLEAKTRACE)) {
            return 0;
        }
        int least = size >= PAGE_SIZE ? 4 : size >= 1024 ? 12 : size >= 256 ? 26 : 60;
        long bytes = SizeClasses.LINUX.roundUp(SHEAF_HEADER_BYTES + (long) WORD_BYTES * least);
        return Math.max((int) (bytes - SHEAF_HEADER_BYTES) / WORD_BYTES, request.sheafCapacity());
    }

    /** How many slots of {@code size} bytes a block has. */
    static int objects(int order, long size) {
        return (int) (((long) PAGE_SIZE << order) / size);
    }

    static long alignUp(long value, long align) {
        return (value + align - 1) & -align;
    }
}
