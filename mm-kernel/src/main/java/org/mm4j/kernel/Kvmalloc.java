package org.mm4j.kernel;

import static org.mm4j.api.PageAllocator.NO_NODE;
import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.BadAddressException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.VirtualAllocator;
import org.mm4j.api.VirtualAreaSnapshot;
import org.mm4j.memory.HostMemoryException;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.Rcu;
import org.mm4j.slab.RcuCallback;

/**
 * Memory of any size: contiguous where that is easy, and else scattered pages in a row.
 *
 * <pre>
 *   bytes   0        to 4096          to 4 MiB                                   to 2 GiB - 1
 *           16       kmalloc, hard    kmalloc, without effort; then vmalloc      vmalloc
 * </pre>
 *
 * <p>Sizes and counts are unsigned. Addresses are those of {@link Kmalloc} or of {@link VirtualAllocator}; {@link #kvfree}
 * tells them apart. A foreign address is refused by whichever of the two it would be of. Any thread may call it; a request
 * that may not wait gets no vmalloc.
 *
 * <p>In Linux 6.18: mm/slub.c, __kvmalloc_node_noprof(), kvfree(), kvrealloc_node_align_noprof().
 */
public final class Kvmalloc {
    private final Kmalloc kmalloc;
    private final VmallocOnDemand vmalloc;
    private final DirectMap map;
    private final Rcu rcu;
    private final KernelLog log;

    Kvmalloc(Kmalloc kmalloc, VmallocOnDemand vmalloc, DirectMap map, Rcu rcu, KernelLog log) {
        this.kmalloc = kmalloc;
        this.vmalloc = vmalloc;
        this.map = map;
        this.rcu = rcu;
        this.log = log;
    }

    // Taking.

    /**
     * Takes memory, near the calling thread.
     *
     * @param gfp flags of {@link Gfp}; with {@link Gfp#__GFP_ZERO} its bytes are zero
     * @return the address; {@link Kmalloc#ZERO_SIZE_PTR} for 0 bytes; 0 when there is no memory, or more than 2 GiB − 1 are
     *     asked for, which is logged once
     */
    public long kvmalloc(long bytes, int gfp) {
        return kvmallocNode(bytes, gfp, NO_NODE);
    }

    /** {@link #kvmalloc} of zeroes. */
    public long kvzalloc(long bytes, int gfp) {
        return kvmalloc(bytes, gfp | Gfp.__GFP_ZERO);
    }

    /** {@link #kvmalloc} that begins at node {@code nid}. */
    public long kvmallocNode(long bytes, int gfp, int nid) {
        return kvmallocNodeAlign(bytes, 1, gfp, nid);
    }

    /** {@link #kvmalloc} of {@code count} times {@code bytes}; 0 when no number is so large. */
    public long kvmallocArray(long count, long bytes, int gfp) {
        return Math.unsignedMultiplyHigh(count, bytes) == 0 ? kvmalloc(count * bytes, gfp) : 0;
    }

    /** {@link #kvmallocArray} of zeroes. */
    public long kvcalloc(long count, long bytes, int gfp) {
        return kvmallocArray(count, bytes, gfp | Gfp.__GFP_ZERO);
    }

    private long kvmallocNodeAlign(long bytes, long align, int gfp, int nid) {
        long address = kmallocAligned(bytes, align, gfp, nid);
        boolean isLast = Long.compareUnsigned(bytes, PAGE_SIZE) <= 0 || !Gfp.allowsBlocking(gfp);
        return address != 0 || isLast ? address : vmallocAligned(bytes, align, gfp, nid);
    }

    private long kmallocAligned(long bytes, long align, int gfp, int nid) {
        int easy = easyGfp(gfp, bytes);
        return align == 1
                ? kmalloc.kmallocNode(bytes, easy, nid)
                : kmalloc.kreallocNodeAlign(0, bytes, align, easy, nid);
    }

    private long vmallocAligned(long bytes, long align, int gfp, int nid) {
        if (Long.compareUnsigned(bytes, Integer.MAX_VALUE) > 0) {
            warnTooLarge(bytes, gfp);
            return 0;
        }
        return vmalloc.get().vmallocAligned(bytes, align, gfp, nid);
    }

    private void warnTooLarge(long bytes, int gfp) {
        if (!Gfp.has(gfp, Gfp.__GFP_NOWARN)) {
            log.warnOnce(
                    "kvmalloc size",
                    "kvmalloc: " + Long.toUnsignedString(bytes) + " bytes are refused: it has 2 GiB - 1 at most");
        }
    }

    /** Above a page, kmalloc tries little and says nothing, for there is vmalloc. In Linux: kmalloc_gfp_adjust(). */
    private static int easyGfp(int gfp, long bytes) {
        if (Long.compareUnsigned(bytes, PAGE_SIZE) <= 0) {
            return gfp;
        }
        int easy = gfp | Gfp.__GFP_NOWARN;
        if (!Gfp.has(gfp, Gfp.__GFP_RETRY_MAYFAIL)) {
            easy |= Gfp.__GFP_NORETRY;
        }
        return easy & ~Gfp.__GFP_NOFAIL;
    }

    // Another size.

    /**
     * Makes memory larger or smaller; its bytes stay, up to the smaller size. What lies in an area of vmalloc stays in one.
     *
     * @param address of memory, or 0 or {@link Kmalloc#ZERO_SIZE_PTR}
     * @param bytes 0: the memory is freed
     * @return the address, {@link Kmalloc#ZERO_SIZE_PTR} or, of an area, 0 for 0 bytes; 0 when there is no memory, and then
     *     the old one stays
     */
    public long kvrealloc(long address, long bytes, int gfp) {
        return kvreallocNodeAlign(address, bytes, 1, gfp, NO_NODE);
    }

    /** {@link #kvrealloc} to an address that is a multiple of {@code align}, begun at node {@code nid}. */
    public long kvreallocNodeAlign(long address, long bytes, long align, int gfp, int nid) {
        if (isVmallocAddr(address)) {
            return vmalloc.get().vreallocAligned(address, bytes, align, gfp, nid);
        }
        long moved = kmalloc.kreallocNodeAlign(address, bytes, align, easyGfp(gfp, bytes), nid);
        return moved != 0 ? moved : moveToVmalloc(address, bytes, align, gfp, nid);
    }

    private long moveToVmalloc(long address, long bytes, long align, int gfp, int nid) {
        long old = kmalloc.ksize(address);
        long moved = kvmallocNodeAlign(bytes, align, gfp, nid);
        if (moved != 0 && old > 0) {
            copy(address, moved, Math.min(old, bytes));
            kmalloc.kfree(address);
        }
        return moved;
    }

    private void copy(long from, long to, long bytes) {
        for (long done = 0; done < bytes; ) {
            long room = Math.min(bytes - done, PAGE_SIZE - (to + done & PAGE_SIZE - 1));
            pieceOf(to + done, room).copyFrom(map.segmentAt(from + done, room));
            done += room;
        }
    }

    /** Bytes within one page. */
    private MemorySegment pieceOf(long address, long bytes) {
        if (!isVmallocAddr(address)) {
            return map.segmentAt(address, bytes);
        }
        long pfn = vmalloc.get().vmallocToPfn(address);
        long offset = address & PAGE_SIZE - 1;
        return map.segment(pfn, PAGE_SIZE).asSlice(offset, bytes);
    }

    // Giving back.

    /**
     * Gives memory of this class back, and also that of {@link Kmalloc} or vmalloc. 0 and {@link Kmalloc#ZERO_SIZE_PTR} do
     * nothing.
     *
     * @throws org.mm4j.api.BadObjectException when nobody has memory there
     * @throws org.mm4j.api.BadAddressException when it is an address of vmalloc, but no area begins there
     */
    public void kvfree(long address) {
        if (isVmallocAddr(address)) {
            vmalloc.get().vfree(address);
        } else {
            kmalloc.kfree(address);
        }
    }

    /** {@link #kvfree} by who could not be told that the host refuses: what it refuses goes with a later call. */
    void kvfreeOrDefer(long address) {
        try {
            kvfree(address);
        } catch (HostMemoryException e) {
            vmalloc.get().vfreeAtomic(address);
        }
    }

    /**
     * {@link #kvfree} after setting {@code bytes} bytes to zero. In Linux: kvfree_sensitive().
     *
     * @throws IllegalArgumentException when the memory is smaller
     */
    public void kvfreeSensitive(long address, long bytes) {
        long size = kvsize(address);
        if (size == 0) {
            return;
        }
        if (bytes < 0 || bytes > size) {
            throw new IllegalArgumentException(bytes + " bytes cannot be cleared: there are " + size);
        }
        if (isVmallocAddr(address)) {
            for (long done = 0; done < bytes; done += PAGE_SIZE) {
                pieceOf(address + done, Math.min(PAGE_SIZE, bytes - done)).fill((byte) 0);
            }
            vmalloc.get().vfree(address);
        } else {
            kmalloc.kfreeSensitive(address);
        }
    }

    /**
     * {@link #kvfree} of memory that readers of {@link Kernel#rcu} may still look at, once they have left. In Linux:
     * kvfree_rcu().
     *
     * @throws IllegalArgumentException when nobody has memory there, as {@link #kvfree} does
     * @throws OutOfMemoryError when there is no Java heap to remember the address; it is still the caller's then
     */
    public void kvfreeRcu(long address) {
        if (!isVmallocAddr(address)) {
            kmalloc.kfreeRcu(address);
            return;
        }
        long bytes = kvsize(address);
        assert bytes > 0;
        rcu.defer(new AreaFree(address));
    }

    /** {@link #kvfreeRcu} for callers who can wait, and do. In Linux: kvfree_rcu_mightsleep(). */
    public void kvfreeRcuMightSleep(long address) {
        if (kvsize(address) > 0) {
            rcu.synchronize();
        }
        kvfree(address);
    }

    /** Waits until all memory that was given to {@link #kvfreeRcu} before is free. In Linux: kvfree_rcu_barrier(). */
    public void kvfreeRcuBarrier() {
        kmalloc.kfreeRcuBarrier();
        rcu.barrier();
    }

    /** An area that is freed after a grace period. */
    private final class AreaFree extends RcuCallback {
        private final long address;

        AreaFree(long address) {
            this.address = address;
        }

        @Override
        protected void afterGracePeriod() {
            kvfreeOrDefer(address);
        }
    }

    // Looking.

    /** Whether an address lies where areas of vmalloc come from. In Linux: is_vmalloc_addr(). */
    public boolean isVmallocAddr(long address) {
        return !map.contains(address) && vmalloc.isMade() && vmalloc.get().isVmallocAddr(address);
    }

    /**
     * Bytes that the owner of memory may use; 0 for 0 and {@link Kmalloc#ZERO_SIZE_PTR}. No counterpart in Linux, whose
     * ksize() is for kmalloc only.
     *
     * @throws org.mm4j.api.BadObjectException when nobody has memory there
     * @throws org.mm4j.api.BadAddressException when it is an address of vmalloc, but no area begins there
     */
    public long kvsize(long address) {
        if (!isVmallocAddr(address)) {
            return kmalloc.ksize(address);
        }
        VirtualAreaSnapshot area = vmalloc.get().findVmArea(address);
        if (area == null || area.address() != address) {
            throw new BadAddressException(
                    address, "address 0x" + Long.toHexString(address) + " is refused: no area begins there");
        }
        return area.pages() << PAGE_SHIFT;
    }

    /**
     * The bytes of memory, from its address on: valid until the kernel closes, or an area is freed.
     *
     * @throws IllegalArgumentException when there are not so many
     * @throws UnsupportedOperationException when it is an area that is several segments, see {@link
     *     VirtualAllocator#segments}
     */
    public MemorySegment segment(long address, long bytes) {
        if (bytes < 0 || bytes > kvsize(address)) {
            throw new IllegalArgumentException(
                    "a segment of " + bytes + " bytes is refused: there are " + kvsize(address));
        }
        if (bytes == 0) {
            return MemorySegment.ofAddress(address);
        }
        return isVmallocAddr(address)
                ? vmalloc.get().segment(address).asSlice(0, bytes)
                : map.segmentAt(address, bytes);
    }
}
