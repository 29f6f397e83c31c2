package org.mm4j.vmalloc;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.mm4j.memory.AddressReserve;
import org.mm4j.memory.HostMemoryException;
import org.mm4j.memory.VirtualRange;

/** A reserve whose host refuses when it is told so. */
final class FaultyReserve implements AddressReserve {
    private final AddressReserve reserve;

    /** How many mappings, and how many unmappings, are refused from now on. */
    volatile int refuseMaps;

    volatile int refuseUnmaps;

    /** Whether a refused mapping is left half done. */
    volatile boolean leavesHalf;

    FaultyReserve(AddressReserve reserve) {
        this.reserve = reserve;
    }

    @Override
    public long address() {
        return reserve.address();
    }

    @Override
    public long bytes() {
        return reserve.bytes();
    }

    @Override
    public boolean isReal() {
        return reserve.isReal();
    }

    @Override
    public VirtualRange range(long offset, long bytes) {
        return new FaultyRange(reserve.range(offset, bytes));
    }

    @Override
    public long mappings() {
        return reserve.mappings();
    }

    @Override
    public long mappingsMax() {
        return reserve.mappingsMax();
    }

    @Override
    public void close() {
        reserve.close();
    }

    private final class FaultyRange implements VirtualRange {
        private final VirtualRange range;

        FaultyRange(VirtualRange range) {
            this.range = range;
        }

        @Override
        public long address() {
            return range.address();
        }

        @Override
        public long bytes() {
            return range.bytes();
        }

        @Override
        public void map(long[] pfns, int count) {
            if (refuseMaps > 0) {
                refuseMaps--;
                if (leavesHalf) {
                    range.map(pfns, (count + 1) / 2);
                }
                throw new HostMemoryException("mmap was told to fail", 12);
            }
            range.map(pfns, count);
        }

        @Override
        public boolean isMapped() {
            return range.isMapped();
        }

        @Override
        public int mappings() {
            return range.mappings();
        }

        @Override
        public List<MemorySegment> segments() {
            return range.segments();
        }

        @Override
        public void unmap() {
            if (refuseUnmaps > 0 && range.isMapped()) {
                refuseUnmaps--;
                throw new HostMemoryException("munmap was told to fail", 12);
            }
            range.unmap();
        }
    }
}
