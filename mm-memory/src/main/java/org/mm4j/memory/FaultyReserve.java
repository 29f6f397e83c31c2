package org.mm4j.memory;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.mm4j.api.FaultInjection;

/**
 * An address reserve whose host refuses now and then, in front of another one. A refused mapping leaves nothing mapped; but
 * when the host is to refuse an unmapping just then, half of it stays, which is the worst that a host can do.
 *
 * <p>In Linux 6.18: nothing; vmap_pages_range() fails when a page table cannot be allocated, and vunmap_range() never does.
 *
 * @param reserve what is behind it
 * @param map which mappings are refused, by their bytes
 * @param unmap which unmappings are refused, by their bytes
 */
public record FaultyReserve(AddressReserve reserve, FaultInjection map, FaultInjection unmap)
        implements AddressReserve {
    private static final int ENOMEM = 12;

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
        return new FaultyRange(reserve.range(offset, bytes), this);
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

    private record FaultyRange(VirtualRange range, FaultyReserve faulty) implements VirtualRange {
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
            if (!faulty.map.shouldFail(bytes())) {
                range.map(pfns, count);
                return;
            }
            if (faulty.unmap.shouldFail(bytes())) {
                range.map(pfns, (count + 1) / 2);
            }
            throw new HostMemoryException("mmap was made to fail", ENOMEM);
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
            if (range.isMapped() && faulty.unmap.shouldFail(bytes())) {
                throw new HostMemoryException("munmap was made to fail", ENOMEM);
            }
            range.unmap();
        }
    }
}
