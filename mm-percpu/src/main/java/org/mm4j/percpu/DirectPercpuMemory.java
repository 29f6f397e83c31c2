package org.mm4j.percpu;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/**
 * Units of contiguous frames in the direct map, each of them taken by itself: a unit of 32 KiB is a block of order 3,
 * the largest that the page allocator does not call costly. Frames belong to a chunk for as long as it is there;
 * populating zeroes them, and depopulating gives their host memory back, not the frames.
 *
 * <p>Thread-safe as far as {@link PercpuMemory} asks. In Linux 6.18: mm/percpu-km.c. Differs: there all units lie
 * together, and are never depopulated.
 */
public final class DirectPercpuMemory implements PercpuMemory {
    private final PageAllocator pages;
    private final PhysicalMemory memory;
    private final AtomicLong pagesReserved = new AtomicLong();

    /** Units of frames of {@code pages}, frame n being byte n · 4096 of {@code memory}. */
    public DirectPercpuMemory(PageAllocator pages, PhysicalMemory memory) {
        this.pages = pages;
        this.memory = memory;
    }

    /** Frames of all units there are, populated or not. */
    public long pagesReserved() {
        return pagesReserved.get();
    }

    @Override
    public @Nullable Units reserve(int cpus, int bytes, int gfp) {
        DirectUnits units = new DirectUnits(cpus, bytes);
        boolean reserved = false;
        try {
            reserved = units.reserve(gfp);
            return reserved ? units : null;
        } finally {
            if (!reserved) {
                units.release();
            }
        }
    }

    private final class DirectUnits implements Units {
        private final int bytes;

        /** The first frame of each CPU's unit; {@link PageFrame#NONE} while there is none. */
        private final long[] pfns;

        DirectUnits(int cpus, int bytes) {
            this.bytes = bytes;
            pfns = new long[cpus];
            Arrays.fill(pfns, PageFrame.NONE);
        }

        boolean reserve(int gfp) {
            for (int cpu = 0; cpu < pfns.length; cpu++) {
                pfns[cpu] = pages.allocPagesExact(bytes, gfp);
                if (pfns[cpu] == PageFrame.NONE) {
                    return false;
                }
                pagesReserved.addAndGet(PageFrame.pagesFor(bytes));
            }
            return true;
        }

        @Override
        public long address(int cpu) {
            return memory.directMapAddress() + offset(cpu);
        }

        @Override
        public MemorySegment segment(int cpu) {
            return memory.directMap().asSlice(offset(cpu), bytes);
        }

        @Override
        public boolean populate(int firstPage, int endPage, int gfp) {
            zero(firstPage << PAGE_SHIFT, (endPage - firstPage) << PAGE_SHIFT);
            return true;
        }

        @Override
        public void depopulate(int firstPage, int endPage) {
            long length = (long) (endPage - firstPage) << PAGE_SHIFT;
            for (int cpu = 0; cpu < pfns.length; cpu++) {
                giveBack(offset(cpu) + ((long) firstPage << PAGE_SHIFT), length);
            }
        }

        /** What the host does not take stays committed, and that is all: whoever populates it next zeroes it. */
        private void giveBack(long offset, long length) {
            try {
                memory.punchHole(offset, length);
            } catch (RuntimeException _) {
                // whoever freed an area has freed it, and is not to be told that he has not
            }
        }

        @Override
        public void zero(int offset, int length) {
            for (int cpu = 0; cpu < pfns.length; cpu++) {
                memory.zero(offset(cpu) + offset, length);
            }
        }

        @Override
        public void release() {
            for (int cpu = 0; cpu < pfns.length; cpu++) {
                long pfn = pfns[cpu];
                if (pfn != PageFrame.NONE) {
                    pages.freePagesExact(pfn, bytes);
                    pagesReserved.addAndGet(-PageFrame.pagesFor(bytes));
                    pfns[cpu] = PageFrame.NONE;
                }
            }
        }

        private long offset(int cpu) {
            return pfns[cpu] << PAGE_SHIFT;
        }
    }
}
