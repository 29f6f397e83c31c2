package org.mm4j.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Where a kernel can be made to fail. The names are those of Linux's debugfs where it has such a point.
 *
 * <p>What is under them: every request for memory of the kernel, every call to the host while it runs, and every attempt at a
 * lock: where somebody does something else, or goes without, because somebody holds what he wants. Not under them is
 *
 * <ul>
 *   <li>a compare-and-set that is made again until it succeeds, or finds that the thing is gone: a reference to a page or a blob
 *       that is being freed, a row of bits, a word of a state; nobody holds it
 *   <li>an attempt inside of a point, by whom was let through: the lock of a slot behind its gate
 *   <li>what is searched and not taken from somebody: addresses of vmalloc, places in a pool
 *   <li>the Java heap, which says {@link OutOfMemoryError}
 * </ul>
 *
 * <p>A test reads all sources for attempts, so that a new one without a point is found.
 *
 * <p>In Linux 6.18: Documentation/fault-injection/fault-injection.rst. Differs: it has more for what is not here (futexes,
 * block devices), and none for mappings, trylocks, charges, ranges of frames and percpu allocations.
 */
public enum FaultPoint {
    /** A request for objects of a slab cache: 0 is returned. Large blocks of kmalloc are pages. */
    FAILSLAB("pages of vmalloc for who takes either, or the reserve of a pool"),

    /** A request for pages: it finds none, whoever asks. Slabs, vmalloc and the percpu allocator then try smaller blocks. */
    FAIL_PAGE_ALLOC("a smaller block, pages one by one, the reserve of a pool, or a cache does without"),

    /** A request for a range of frames, by a CMA area, a memory block that goes offline, or a trim: some frame of it is held. */
    FAIL_CONTIG_ALLOC("the next place of the area, or the next pageblock"),

    /** A request for percpu memory: 0 is returned. */
    FAIL_PERCPU_ALLOC(""),

    /** A request of a mempool to its source: the pool takes from its reserve, or waits. In Linux 6.19. */
    FAIL_MEMPOOL_ALLOC("the reserve of the pool"),

    /** The same of a request for many elements. In Linux 6.19. */
    FAIL_MEMPOOL_ALLOC_BULK("the reserve of the pool"),

    /** A charge to a memory cgroup: refused as if it were at its limit, and nothing could be reclaimed. */
    FAIL_CHARGE("a smaller block, pages one by one"),

    /** A mapping of vmalloc: the host refuses it, and the request returns 0. */
    FAIL_MAP("an area without huge pages"),

    /** The end of a mapping of vmalloc: the host refuses it; the area stays, and its free throws. */
    FAIL_UNMAP("a later call frees it"),

    /**
     * Memory that is given back to the host, by a trim or a memory block that goes offline: the call throws, and the block stays
     * online. Of percpu memory: its bytes stay committed, which nobody sees.
     */
    FAIL_PUNCH("the bytes stay committed"),

    /** An attempt to get a lock or a slot at once. The caller does without, which nobody sees but who forbade waiting. */
    FAIL_TRYLOCK("the way without, or another try");

    private final String fallback;

    FaultPoint(String fallback) {
        this.fallback = fallback;
    }

    /** What a call may do instead, so that its caller sees nothing; empty: nothing, each fault fails its call. */
    public String fallback() {
        return fallback;
    }

    /** As {@code fail_page_alloc}. */
    public String kernelName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The point with a name.
     *
     * @throws IllegalArgumentException when there is none; the message names all
     */
    public static FaultPoint of(String kernelName) {
        return Arrays.stream(values())
                .filter(point -> point.kernelName().equals(kernelName))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("there is no fault point '" + kernelName
                        + "'; there are "
                        + Arrays.stream(values()).map(FaultPoint::kernelName).collect(Collectors.joining(", "))));
    }
}
