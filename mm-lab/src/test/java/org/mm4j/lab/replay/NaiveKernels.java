package org.mm4j.lab.replay;

import org.mm4j.api.PageFrame;
import org.mm4j.lab.KernelChoice;

/** Kernels that are nothing but a naive page allocator. */
public final class NaiveKernels {
    private static final long BLOCK_BYTES = (long) PageFrame.PAGE_SIZE * PageFrame.MAX_ORDER_NR_PAGES;

    private NaiveKernels() {}

    /** A kernel with that much memory; none beyond 1 GiB. */
    public static ReplayTarget boot(int threads, long bytes, KernelChoice kernel) {
        if (bytes > 1 << 30) {
            throw new IllegalArgumentException(
                    "there is no memory for " + bytes + " bytes and " + threads + " threads");
        }
        return new NaivePages((int) (bytes / BLOCK_BYTES));
    }

    /** A kernel that validation finds broken. */
    public static ReplayTarget bootBroken(int threads, long bytes, KernelChoice kernel) {
        NaivePages pages = new NaivePages((int) (bytes / BLOCK_BYTES) + threads);
        pages.breakInvariant("it is broken");
        return pages;
    }
}
