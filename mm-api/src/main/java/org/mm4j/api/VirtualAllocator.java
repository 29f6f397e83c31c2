package org.mm4j.api;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An allocator of memory whose addresses follow one another, whatever frames lie behind them.
 *
 * <p>Allocation returns the first address of an <em>area</em>, a multiple of 4096, or {@link #NONE}; the log tells why
 * unless {@link Gfp#__GFP_NOWARN} is set. Behind each area lies a guard page, to which nothing is mapped. Calls that name
 * an address that is not an area's first one throw {@link BadAddressException}, with the state left intact.
 *
 * <p>Memory is reached by {@link #segments}; these end with the area. Where {@link #hasRealAddresses} is true, addresses are
 * addresses of the process, and native code can use them: touching a guard page or a freed area ends the process then.
 *
 * <p>Any thread may call any method. A call may wait, unless its flags forbid it or it is {@link #vfreeAtomic}.
 *
 * <p>In Linux 6.18: include/linux/vmalloc.h.
 */
public interface VirtualAllocator {
    /** What allocations return when they fail. */
    long NONE = 0;

    /** Whether the addresses are those of the process. Otherwise they are only names, and native code cannot use them. */
    boolean hasRealAddresses();

    // Taking and giving back.

    /** Takes {@code bytes} bytes for a caller that can wait; {@link #NONE} when there are none. In Linux: vmalloc(). */
    default long vmalloc(long bytes) {
        return vmallocWith(bytes, Gfp.GFP_KERNEL);
    }

    /** The same, zeroed. In Linux: vzalloc(). */
    default long vzalloc(long bytes) {
        return vmallocWith(bytes, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO);
    }

    /** {@link #vmalloc} of {@code count} times {@code bytes}; 0 when no number is so large. In Linux: vmalloc_array(). */
    default long vmallocArray(long count, long bytes) {
        return Math.unsignedMultiplyHigh(count, bytes) == 0 ? vmalloc(count * bytes) : 0;
    }

    /** {@link #vmallocArray}, zeroed. In Linux: vcalloc(). */
    default long vcalloc(long count, long bytes) {
        return Math.unsignedMultiplyHigh(count, bytes) == 0 ? vzalloc(count * bytes) : 0;
    }

    /** The same with other flags. In Linux: __vmalloc(). */
    default long vmallocWith(long bytes, int gfp) {
        return vmallocAligned(bytes, PageFrame.PAGE_SIZE, gfp, PageAllocator.NO_NODE);
    }

    /** The same with frames of a node first. In Linux: vmalloc_node(). */
    default long vmallocNode(long bytes, int nid) {
        return vmallocAligned(bytes, PageFrame.PAGE_SIZE, Gfp.GFP_KERNEL, nid);
    }

    /** The same, zeroed. In Linux: vzalloc_node(). */
    default long vzallocNode(long bytes, int nid) {
        return vmallocAligned(bytes, PageFrame.PAGE_SIZE, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO, nid);
    }

    /** The same from the lowest 4 GiB of memory. In Linux: vmalloc_32(). */
    default long vmalloc32(long bytes) {
        return vmallocWith(bytes, Gfp.GFP_KERNEL | Gfp.GFP_DMA32);
    }

    /**
     * Takes {@code bytes} bytes at an address that is a multiple of {@code align}. In Linux: __vmalloc_node().
     *
     * @param bytes 1 or more; 0 is warned about once
     * @param align a power of two; less than 4096 means 4096
     * @param gfp flags of {@link Gfp}
     * @param nid where to begin, or {@link PageAllocator#NO_NODE}
     * @return the address, or {@link #NONE}
     */
    long vmallocAligned(long bytes, long align, int gfp, int nid);

    /** Zeroed memory that may be shown to users of a driver, or {@link #NONE}. In Linux: vmalloc_user(). */
    long vmallocUser(long bytes);

    /** Memory of blocks of 2 MiB if there are such, else of others, or {@link #NONE}. In Linux: vmalloc_huge(). */
    long vmallocHuge(long bytes, int gfp);

    /** {@link #vreallocAligned} for a caller that does not care for alignment. In Linux: vrealloc(). */
    default long vrealloc(long address, long bytes, int gfp) {
        return vreallocAligned(address, bytes, 1, gfp, PageAllocator.NO_NODE);
    }

    /**
     * Changes the size of an area, in its place where it fits, or else by moving it. Size 0 frees it; address {@link #NONE}
     * allocates. In Linux: vrealloc_node_align().
     *
     * @return where it is now; {@link #NONE} when it was freed, or cannot be had: then it is as it was, and also when its
     *     address is no multiple of {@code align}
     * @throws BadAddressException when no area begins there
     */
    long vreallocAligned(long address, long bytes, long align, int gfp, int nid);

    /**
     * Gives an area of vmalloc or {@link #vmap} back; {@link #NONE} is nothing to give back. When it returns, its frames
     * are free. Its addresses are used again much later. In Linux: vfree().
     *
     * @throws BadAddressException when no area begins there
     * @throws IllegalStateException while a native call or a channel uses a segment of it
     */
    void vfree(long address);

    /**
     * The same for a caller that must not wait: the area is gone at once for all calls, and given back by the next call
     * that may wait. In Linux: vfree_atomic().
     */
    void vfreeAtomic(long address);

    // Mapping frames of the caller.

    /**
     * Makes frames of the caller follow one another. They stay the caller's, who gives none back before {@link #vunmap}.
     * In Linux: vmap().
     *
     * @return the first address, or {@link #NONE}
     * @throws BadPageException when a frame is free or not there
     */
    long vmap(long[] pfns);

    /** The end of {@link #vmap}. In Linux: vunmap(). */
    void vunmap(long address);

    /**
     * {@link #vmap} for a short time; up to 64 frames are mapped into blocks of addresses that are shared and cost no area.
     * There is no guard page. In Linux: vm_map_ram().
     */
    long vmMapRam(long[] pfns, int nid);

    /**
     * The end of {@link #vmMapRam}. In Linux: vm_unmap_ram().
     *
     * @param count how many frames were mapped
     * @throws BadAddressException when not just so many were mapped there
     */
    void vmUnmapRam(long address, int count);

    /** Makes all addresses usable again that were given back so far. In Linux: vm_unmap_aliases(). */
    void vmUnmapAliases();

    // Looking.

    /** Whether an address lies in the range from which areas come. In Linux: is_vmalloc_addr(). */
    boolean isVmallocAddr(long address);

    /** The frame behind an address, or {@link PageFrame#NONE}. Racy; takes no lock. In Linux: vmalloc_to_pfn(). */
    long vmallocToPfn(long address);

    /** The area in which an address lies, or null. In Linux: find_vm_area(). */
    @Nullable
    VirtualAreaSnapshot findVmArea(long address);

    /**
     * The bytes of an area, in the order of their addresses. One segment where addresses are real; elsewhere one for each
     * run of adjacent frames. They can be used until the area is given back, and no longer: every later access throws {@link
     * IllegalStateException}. The first call makes them; they make the area's end some 10 µs dearer.
     *
     * @throws BadAddressException when no area begins there
     * @throws UnsupportedOperationException when Java may not call native code
     */
    List<MemorySegment> segments(long address);

    /**
     * The bytes of an area in one segment: see {@link #segments}.
     *
     * @throws UnsupportedOperationException when they are several; never where addresses are real
     */
    MemorySegment segment(long address);

    /**
     * Copies what lies at {@code address} and behind it; where nothing is mapped, zeroes. Keeps every other call waiting.
     * In Linux: vread_iter().
     *
     * @return how many bytes came from memory
     */
    long vread(long address, MemorySegment destination);

    /** Everything in the order of /proc/vmallocinfo: what is in use, and then what is unpurged. */
    List<VirtualAreaSnapshot> areas();
}
