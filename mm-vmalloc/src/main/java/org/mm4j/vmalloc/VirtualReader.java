package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.NONE;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.lang.foreign.MemorySegment;

/**
 * Copies bytes out of virtual addresses by our page table; where no frame is, zeroes.
 *
 * <p>The caller sees to it that nothing is freed meanwhile. In Linux 6.18: mm/vmalloc.c, vread_iter().
 */
final class VirtualReader {
    private final VmapAreas areas;
    private final PageTable table;
    private final MemorySegment map;

    VirtualReader(VmapAreas areas, PageTable table, MemorySegment map) {
        this.areas = areas;
        this.table = table;
        this.map = map;
    }

    /** Fills the destination; returns how many bytes came from memory. */
    long read(long address, MemorySegment destination) {
        long bytes = destination.byteSize();
        long copied = 0;
        for (long done = 0; done < bytes; ) {
            long at = address + done;
            long inPage = at & PAGE_SIZE - 1;
            long length = Math.min(PAGE_SIZE - inPage, bytes - done);
            long pfn = readable(at);
            if (pfn == NONE) {
                destination.asSlice(done, length).fill((byte) 0);
            } else {
                MemorySegment.copy(map, (pfn << PAGE_SHIFT) + inPage, destination, done, length);
                copied += length;
            }
            done += length;
        }
        return copied;
    }

    private long readable(long address) {
        if (address < areas.start() || address >= areas.end()) {
            return NONE;
        }
        VmapArea area = areas.find(address);
        boolean isHole = area == null || area.has(VmFlags.VM_IOREMAP) || area.has(VmFlags.VM_SPARSE);
        return isHole ? NONE : table.walk(address);
    }
}
