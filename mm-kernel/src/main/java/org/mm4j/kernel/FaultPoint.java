package org.mm4j.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Where a kernel can be made to fail. The names are those of Linux's debugfs where it has such a point.
 *
 * <p>In Linux 6.18: Documentation/fault-injection/fault-injection.rst. Differs: it has more for what is not here (futexes,
 * block devices), and none for mappings, trylocks and percpu allocations.
 */
public enum FaultPoint {
    /** A request for objects of a slab cache: 0 is returned. Large blocks of kmalloc are pages. */
    FAILSLAB,

    /** A request for pages: it finds none, whoever asks. Slabs, vmalloc and the percpu allocator then try smaller blocks. */
    FAIL_PAGE_ALLOC,

    /** A mapping of vmalloc: the host refuses it, and the request returns 0. */
    FAIL_MAP,

    /** The end of a mapping of vmalloc: the host refuses it; the area stays, and its free throws. */
    FAIL_UNMAP,

    /** An attempt to get a lock or a slot at once. The caller does without, which nobody sees but who forbade waiting. */
    FAIL_TRYLOCK,

    /** A request for percpu memory: 0 is returned. */
    FAIL_PERCPU_ALLOC;

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
