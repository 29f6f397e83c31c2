package org.mm4j.kernel;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.PhysicalMemory;

/**
 * Where the frames of a kernel are in this process: one range of virtual addresses, frame after frame.
 *
 * <pre>
 *   physical address  =  pfn · 4096
 *   virtual address   =  start of the direct map + physical address
 * </pre>
 *
 * <p>Pure arithmetic; any thread may call it. A frame or an address outside of the memory is refused.
 *
 * <p>In Linux 6.18: arch/x86/include/asm/page.h, __va(), __pa(), virt_to_page(), page_to_virt().
 */
public final class DirectMap {
    private final MemorySegment map;
    private final long start;
    private final long bytes;

    DirectMap(PhysicalMemory memory) {
        map = memory.directMap();
        start = memory.directMapAddress();
        bytes = memory.bytes();
    }

    /**
     * The virtual address of a frame's first byte. In Linux: page_to_virt().
     *
     * @throws IllegalArgumentException when the memory has no such frame
     */
    public long address(long pfn) {
        if (pfn < 0 || pfn >= bytes >>> PAGE_SHIFT) {
            throw new IllegalArgumentException(
                    "pfn " + pfn + " is refused: the memory has frames 0 to " + ((bytes >>> PAGE_SHIFT) - 1));
        }
        return start + (pfn << PAGE_SHIFT);
    }

    /**
     * The frame that an address lies in. In Linux: virt_to_page().
     *
     * @throws IllegalArgumentException when the address is not in the map
     */
    public long pfn(long address) {
        if (!contains(address)) {
            throw new IllegalArgumentException("address 0x" + Long.toHexString(address)
                    + " is refused: the direct map is 0x" + Long.toHexString(start) + " to 0x"
                    + Long.toHexString(start + bytes - 1));
        }
        return (address - start) >>> PAGE_SHIFT;
    }

    /**
     * The frame that begins at an address.
     *
     * @throws IllegalArgumentException when none begins there
     */
    public long pfnAtStart(long address) {
        long pfn = pfn(address);
        if (address != address(pfn)) {
            throw new IllegalArgumentException("address 0x" + Long.toHexString(address) + " is refused: it lies "
                    + (address - address(pfn)) + " bytes behind the start of a page");
        }
        return pfn;
    }

    /** Whether an address lies in the direct map. In Linux: virt_addr_valid(). */
    public boolean contains(long address) {
        return address >= start && address - start < bytes;
    }

    /**
     * The bytes from a frame's first one on; valid until the kernel closes, even when the frame is given back.
     *
     * @throws IllegalArgumentException when the memory ends before
     */
    public MemorySegment segment(long pfn, long bytes) {
        long offset = address(pfn) - start;
        if (bytes < 0 || bytes > this.bytes - offset) {
            throw new IllegalArgumentException("a segment of " + bytes + " bytes from pfn " + pfn
                    + " is refused: the memory ends " + (this.bytes - offset) + " bytes behind its start");
        }
        return map.asSlice(offset, bytes, PAGE_SIZE);
    }

    /** The bytes from an address in the map on; valid until the kernel closes. */
    MemorySegment segmentAt(long address, long bytes) {
        return map.asSlice(address - start, bytes);
    }
}
