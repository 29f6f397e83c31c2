package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.api.FaultyLock;
import org.mm4j.api.trace.Tracepoints;

/**
 * The areas of an address space: hands out ranges of it, finds what lies at an address, and takes ranges back, late. It
 * touches no memory: addresses are numbers here.
 *
 * <pre>
 *                 alloc                       freeLazily                    purge
 *   free addresses -------> busy areas of the ------------> lazy areas ---------------> pools, free addresses
 *   or a pool               node of the address              of a node      flush
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>A1: every address of the space is free, or in exactly one area that is busy, lazy, or pooled,
 * <li>A2: an area that is busy is in the node of its first address,
 * <li>A3: the index has each busy area at all of its pages, and no other.
 * </ul>
 *
 * <p>All methods may be called by any thread that holds no spin lock. In Linux 6.18: mm/vmalloc.c, alloc_vmap_area(),
 * find_vmap_area(), find_unlink_vmap_area(), free_vmap_area_noflush().
 */
final class VmapAreas {
    private final AddressSpace space;
    private final AreaIndex index;
    private final VmapNode[] nodes;
    private final CpuSource cpu;
    private final LazyPurge purge;
    private final Tracepoints trace;

    /**
     * All of a space is free.
     *
     * @param start the first address, a multiple of 4096
     * @param end the address behind the last, a multiple of 4096
     * @param cpus how many CPUs there are; it decides on how many nodes, and on how much may be lazy
     */
    VmapAreas(long start, long end, int cpus, CpuSource cpu, RangeFlush flush) {
        this(start, end, cpus, cpu, flush, FaultyLock.of(null), Tracepoints.NONE);
    }

    /** The same with the lock that purges take, and somebody who is told. */
    VmapAreas(
            long start,
            long end,
            int cpus,
            CpuSource cpu,
            RangeFlush flush,
            ReentrantLock purgeLock,
            Tracepoints trace) {
        if (cpus < 1) {
            throw new IllegalArgumentException("there is 1 CPU or more, not " + cpus);
        }
        space = new AddressSpace(start, end);
        index = new AreaIndex(start, end);
        nodes = new VmapNode[VmapNode.count(cpus)];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = new VmapNode();
        }
        this.cpu = cpu;
        this.trace = trace;
        purge = new LazyPurge(space, nodes, cpus, flush, purgeLock, trace);
    }

    /** The first address of the space. */
    long start() {
        return space.start();
    }

    /** The address behind the space. */
    long end() {
        return space.end();
    }

    int nodeCount() {
        return nodes.length;
    }

    VmapNode node(int index) {
        return nodes[index];
    }

    LazyPurge lazyPurge() {
        return purge;
    }

    /** An area anywhere in the space, for who may block. */
    @Nullable
    VmapArea alloc(long bytes, long align, int flags) {
        return alloc(bytes, align, space.start(), space.end(), flags, true);
    }

    /**
     * An area, which its caller is to publish. If there are no addresses, all that is lazy and in pools is gathered first,
     * but not for who may not block: a purge waits for others.
     *
     * @param bytes above 0, a multiple of 4096, the guard page included where the flags ask for one
     * @param align a power of two; less than 4096 is taken for 4096
     * @param start all of it is to lie at or behind this multiple of 4096
     * @param end all of it is to lie before this multiple of 4096
     * @return the area, or null when there are no addresses for it
     * @throws IllegalArgumentException when an argument is none of these
     * @throws OutOfMemoryError when there is no Java heap for it; then nothing has changed
     */
    @Nullable
    VmapArea alloc(long bytes, long align, long start, long end, int flags, boolean mayBlock) {
        check(bytes, align, start, end);
        int home = home(start, end);
        long address =
                home == VmapNode.NONE ? FreeRanges.NONE : nodes[home].pools().poll(bytes, align);
        if (address == FreeRanges.NONE) {
            address = space.allocate(bytes, align, start, end);
        }
        tellAttempt(address, bytes, align, start, end);
        if (address == FreeRanges.NONE && mayBlock) {
            purge.reclaim();
            address = space.allocate(bytes, align, start, end);
            tellAttempt(address, bytes, align, start, end);
        }
        return address == FreeRanges.NONE ? null : insert(address, bytes, flags, home);
    }

    private void tellAttempt(long address, long bytes, long align, long start, long end) {
        boolean failed = address == FreeRanges.NONE;
        trace.allocVmapArea(failed ? 0 : address, bytes, align, start, end, failed);
    }

    private static void check(long bytes, long align, long start, long end) {
        if (bytes <= 0 || bytes % PAGE_SIZE != 0) {
            throw new IllegalArgumentException("an area is whole pages long, not " + bytes + " bytes");
        }
        if (Long.bitCount(align) != 1) {
            throw new IllegalArgumentException("an alignment is a power of two, not " + align);
        }
        if (((start | end) & (PAGE_SIZE - 1)) != 0 || start > end) {
            throw new IllegalArgumentException("no range of pages: " + FreeRanges.name(start, end));
        }
    }

    /** The node whose pools serve the calling thread, if pools may serve such a request. */
    private int home(long start, long end) {
        boolean isAnywhere = start == space.start() && end == space.end();
        return isAnywhere && nodes.length > 1 ? cpu.cpu(nodes.length) : VmapNode.NONE;
    }

    private VmapArea insert(long address, long bytes, int flags, int home) {
        boolean isDone = false;
        try {
            VmapArea area = new VmapArea(address, bytes, flags, home);
            index.put(area);
            addOrRemove(area);
            isDone = true;
            return area;
        } finally {
            if (!isDone) {
                space.free(address, address + bytes);
            }
        }
    }

    private void addOrRemove(VmapArea area) {
        boolean isAdded = false;
        try {
            nodeOf(area.start()).busy().add(area);
            isAdded = true;
        } finally {
            if (!isAdded) {
                index.remove(area);
            }
        }
    }

    private VmapNode nodeOf(long address) {
        return nodes[VmapNode.index(address, nodes.length)];
    }

    /**
     * The published area in which an address lies, or null. It may be unlinked the moment after. Takes no lock, and the same
     * time among any number of areas.
     */
    @Nullable
    VmapArea find(long address) {
        VmapArea area = index.at(address);
        return area != null && area.isPublished() ? area : null;
    }

    /**
     * The lowest published area that ends behind an address, or null: the one in which it lies, or the next. What is added
     * or unlinked meanwhile may be seen or not. Looks into every node.
     */
    @Nullable
    VmapArea next(long address) {
        VmapArea lowest = null;
        for (VmapNode node : nodes) {
            VmapArea area = node.busy().next(address);
            if (area != null && (lowest == null || area.start() < lowest.start())) {
                lowest = area;
            }
        }
        return lowest;
    }

    /** The lowest published area that has an address at or behind {@code start} and before {@code end}, or null. */
    @Nullable
    VmapArea findOverlapping(long start, long end) {
        VmapArea area = next(start);
        return area != null && area.start() < end ? area : null;
    }

    /**
     * As {@link #next}, and keeps the area from being unlinked until {@link #unlock}. Its holder takes no lock of vmalloc
     * meanwhile. In Linux: find_vmap_area_exceed_addr_lock().
     */
    @Nullable
    VmapArea lockNext(long address) {
        while (true) {
            VmapArea area = next(address);
            if (area == null) {
                return null;
            }
            BusyAreas busy = nodeOf(area.start()).busy();
            busy.lock();
            if (area.isPublished()) {
                return area;
            }
            busy.unlock(); // unlinked meanwhile
        }
    }

    /** The end of {@link #lockNext}. */
    void unlock(VmapArea area) {
        nodeOf(area.start()).busy().unlock();
    }

    /**
     * Takes the published area that begins at an address out of use: nobody finds it any more, and the caller alone has it,
     * to unmap it and then to free it lazily.
     *
     * @return the area, or null when none begins there
     */
    @Nullable
    VmapArea unlink(long start) {
        VmapArea area = find(start);
        return area != null && area.start() == start && unlink(area) ? area : null;
    }

    /** The same for an area, published or not; false when it is not in use any more. */
    boolean unlink(VmapArea area) {
        if (!nodeOf(area.start()).busy().unlink(area)) {
            return false;
        }
        index.remove(area);
        return true;
    }

    /**
     * Takes the range of an unlinked area back; the addresses are used again after the next purge only. Purges if too much
     * is lazy.
     *
     * @throws IllegalStateException when the area is in use, or was freed
     */
    void freeLazily(VmapArea area) {
        if (!area.toLazy()) {
            throw new IllegalStateException("not an unlinked area: " + area);
        }
        trace.freeVmapAreaNoflush(area.start(), purge.pagesLazy() + area.pages(), purge.pagesLazyMax());
        purge.add(area, area.home() == VmapNode.NONE ? nodeOf(area.start()) : nodes[area.home()]);
    }

    /**
     * Flushes all lazy areas and makes their addresses usable.
     *
     * @return how many areas there were
     */
    int purge() {
        return purge.purge(Long.MAX_VALUE, Long.MIN_VALUE, false);
    }

    /** How many pages may be lazy before they are purged. */
    long lazyMaxPages() {
        return purge.pagesLazyMax();
    }

    /** How many pages are lazy. Racy. */
    long lazyPages() {
        return purge.pagesLazy();
    }

    /** Calls for each area that is freed and not flushed, node by node, under the node's lock. */
    void forEachLazy(Consumer<VmapArea> visitor) {
        for (VmapNode node : nodes) {
            node.lazy().forEach(visitor);
        }
    }

    /** Calls for each area in use, published or not, node by node, under the node's lock. */
    void forEachBusy(Consumer<VmapArea> visitor) {
        for (VmapNode node : nodes) {
            node.busy().forEach(visitor);
        }
    }

    /** Calls for each range that is kept in a pool, as the area that it was, node by node, under the pools' lock. */
    void forEachPooled(Consumer<VmapArea> visitor) {
        for (VmapNode node : nodes) {
            node.pools().forEach(visitor);
        }
    }

    AreaIndex index() {
        return index;
    }

    AddressSpace space() {
        return space;
    }

    /** The space in numbers. */
    VmapStats stats() {
        return VmapStats.of(this);
    }

    /** Walks everything and names what is broken, one sentence each. Nothing else may run meanwhile, and no area may be
     * unlinked and not freed yet. */
    List<String> validate() {
        return new VmapCheck(this).findings();
    }
}
