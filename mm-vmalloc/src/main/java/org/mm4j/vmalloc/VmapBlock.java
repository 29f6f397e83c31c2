package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import org.jspecify.annotations.Nullable;

/**
 * A block: an area that many small mappings share. It hands out its pages one behind the other, never the same twice: what
 * comes back is dirty, and once all is dirty the block as a whole is freed.
 *
 * <pre>
 *   | mapping 4 | dirty 8   | mapping 1 | ...                      free |
 *   0           4           12          13                              pages
 *               ^ dirtyMin  ^ dirtyMax                                       not flushed yet lies in between
 * </pre>
 *
 * <p>A mapping of n pages takes the next power of two. Invariants: <ul>
 * <li>B1: {@code pagesFree} + {@code pagesDirty} + the pages of the mappings = {@code pages},
 * <li>B2: what became dirty and was not flushed lies between {@code dirtyMin} and {@code dirtyMax}.
 * </ul>
 *
 * <p>All that changes is guarded by the lock of its {@link BlockSlot}. In Linux 6.18: mm/vmalloc.c, struct vmap_block.
 * Differs: the length of each mapping is noted, so that a wrong one is refused; the kernel trusts its caller.
 */
final class VmapBlock {
    private final VmapArea area;
    private final BlockSlot slot;
    private final int pages;

    /** At the first page of a mapping: how many pages it has; negative once it is unlinked. 0 everywhere else. */
    private final byte[] mappings;

    private int pagesFree;
    private int pagesDirty;
    private int dirtyMin;
    private int dirtyMax;

    /** The neighbours in its slot, or on a list of blocks to be freed. */
    @Nullable
    VmapBlock previous;

    @Nullable
    VmapBlock next;

    VmapBlock(VmapArea area, BlockSlot slot) {
        this.area = area;
        this.slot = slot;
        pages = (int) area.pages();
        mappings = new byte[pages];
        pagesFree = pages;
        setFlushed();
    }

    /** The pages that a mapping takes: the next power of two. */
    static int pagesTaken(int count) {
        return Integer.highestOneBit(2 * count - 1);
    }

    VmapArea area() {
        return area;
    }

    BlockSlot slot() {
        return slot;
    }

    int pages() {
        return pages;
    }

    int pagesFree() {
        return pagesFree;
    }

    int pagesDirty() {
        return pagesDirty;
    }

    /** How many pages the mapping has that begins at a page; negative when it is unlinked; 0 when none begins there. */
    int mappingAt(int page) {
        return mappings[page];
    }

    /** The page of the block that an address lies in. */
    int page(long address) {
        return (int) ((address - area.start()) >>> PAGE_SHIFT);
    }

    boolean canTake(int count) {
        return pagesFree >= pagesTaken(count);
    }

    /** Makes the next pages a mapping and returns its address. */
    long take(int count) {
        int page = pages - pagesFree;
        pagesFree -= pagesTaken(count);
        mappings[page] = (byte) count;
        return area.start() + ((long) page << PAGE_SHIFT);
    }

    /** A mapping ends, but may still be seen. Refused when none of so many pages begins at this page. */
    boolean unlink(int page, int count) {
        if (mappings[page] != count) {
            return false;
        }
        mappings[page] = (byte) -count;
        return true;
    }

    /** The pages of an unlinked mapping are dirty. Refused when none of so many pages begins at this page. */
    boolean free(int page, int count) {
        if (mappings[page] != -count) {
            return false;
        }
        mappings[page] = 0;
        dirtyMin = Math.min(dirtyMin, page);
        dirtyMax = Math.max(dirtyMax, page + pagesTaken(count));
        pagesDirty += pagesTaken(count);
        return true;
    }

    /** Whether nothing of it is used any more, nor ever will be. */
    boolean isDirty() {
        return pagesDirty == pages;
    }

    /** Whether nothing is mapped, although something was, and little is left to hand out. */
    boolean isFragmented(boolean isForced) {
        boolean isUnmapped = pagesFree + pagesDirty == pages && pagesDirty != 0;
        return isUnmapped && !isDirty() && (isForced || pagesFree < pages / 4);
    }

    /** Gives up what is left of it. */
    void setDirty() {
        pagesFree = 0;
        pagesDirty = pages;
    }

    /** Whether something is dirty and not flushed. */
    boolean hasDirtyRange() {
        return dirtyMin < dirtyMax;
    }

    long dirtyStart() {
        return area.start() + ((long) dirtyMin << PAGE_SHIFT);
    }

    long dirtyEnd() {
        return area.start() + ((long) dirtyMax << PAGE_SHIFT);
    }

    void setFlushed() {
        dirtyMin = pages;
        dirtyMax = 0;
    }

    /** All that was handed out may be dirty. */
    void setUnflushed() {
        if (pagesDirty > 0) {
            dirtyMin = 0;
            dirtyMax = pages - pagesFree;
        }
    }
}
