package org.mm4j.buddy;

import java.util.List;
import org.mm4j.api.PageFrame;

/**
 * The memory blocks of an allocator: in pieces of which size it can shrink and grow while it runs, and which of them are not
 * there when it boots. A block begins at a multiple of its size.
 *
 * <p>In Linux 6.18: memory_block_size_bytes() of drivers/base/memory.c.
 *
 * @param order a block has 2<sup>{@code order}</sup> pages: 10, 4 MiB, to 24
 * @param offline frames that are offline at boot, in whole blocks
 */
public record BlockLayout(int order, List<FrameRange> offline) {
    /** Blocks of 128 MiB, as on x86-64, all of them online. */
    public static final BlockLayout DEFAULT = new BlockLayout(15, List.of());

    private static final int ORDER_MAX = 24;

    /**
     * Checks the order, and that the frames are whole blocks.
     *
     * @throws IllegalArgumentException with the values, when they are not
     */
    public BlockLayout {
        offline = List.copyOf(offline);
        if (order < PageFrame.MAX_PAGE_ORDER || order > ORDER_MAX) {
            throw new IllegalArgumentException("the order of memory blocks is " + PageFrame.MAX_PAGE_ORDER + " to "
                    + ORDER_MAX + ", not " + order);
        }
        long pages = 1L << order;
        for (FrameRange range : offline) {
            if (range.startPfn() % pages != 0 || range.endPfn() % pages != 0) {
                throw new IllegalArgumentException("frames " + range.startPfn() + " to " + range.endPfn()
                        + " cannot be offline: they are not whole memory blocks of " + pages + " pages");
            }
        }
    }

    /** The same with blocks of another size. */
    public BlockLayout withOrder(int next) {
        return new BlockLayout(next, offline);
    }

    /** The same with other frames offline at boot. */
    public BlockLayout withOffline(FrameRange... ranges) {
        return new BlockLayout(order, List.of(ranges));
    }

    /** Pages of a block. */
    public long pages() {
        return 1L << order;
    }
}
