package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import org.mm4j.memory.AddressReserve;
import org.mm4j.memory.VirtualRange;

/**
 * What maps frames to virtual addresses: our page table, which answers which frame lies where, and the host's, which makes
 * the addresses work. Both are changed together, ours first; what fails is undone.
 *
 * <p>Order at the end of a mapping, and why. The kernel clears its entries, gives the pages back, and flushes the TLBs much
 * later: a CPU may reach a page through an old entry although somebody else has it, and only the addresses wait for the
 * flush. Here the host's own unmapping is the flush. It is done before a page goes back, so that no page is ever
 * reachable through an old address; the addresses wait for the purge all the same, and until then an access through an
 * old pointer ends the process instead of finding somebody else's data.
 *
 * <p>Any thread may call any method, for addresses that it owns. In Linux 6.18: mm/vmalloc.c, vmap_pages_range(),
 * vunmap_range_noflush().
 */
final class AreaMappings {
    private final AddressReserve reserve;
    private final PageTable table;

    AreaMappings(AddressReserve reserve, PageTable table) {
        this.reserve = reserve;
        this.table = table;
    }

    AddressReserve reserve() {
        return reserve;
    }

    PageTable table() {
        return table;
    }

    /** A range with nothing mapped. */
    VirtualRange range(long address, long bytes) {
        return reserve.range(address - reserve.address(), bytes);
    }

    /**
     * Maps frames from the first page of a range on; all or nothing.
     *
     * @return false when there is no page for a page table
     * @throws org.mm4j.memory.HostMemoryException when the host refuses; see {@link VirtualRange#map}
     */
    boolean map(VirtualRange range, long[] pfns, int count, int gfp) {
        if (!table.map(range.address(), pfns, count, gfp)) {
            return false;
        }
        boolean done = false;
        try {
            range.map(pfns, count);
            done = true;
            return true;
        } finally {
            if (!done && !range.isMapped()) { // otherwise a half is there still, until unmap() succeeds
                table.clear(range.address(), count);
            }
        }
    }

    /**
     * Unmaps a range; when it returns, nobody reaches the frames through it.
     *
     * @throws RuntimeException when the host refuses, or a segment is in use; then nothing has changed
     */
    void unmap(VirtualRange range) {
        range.unmap();
        table.clear(range.address(), range.bytes() >>> PAGE_SHIFT);
    }
}
