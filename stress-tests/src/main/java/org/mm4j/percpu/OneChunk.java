package org.mm4j.percpu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;

/** A percpu allocator of one chunk of four pages, enough to want no balance, over no memory at all: areas are numbers here. */
class OneChunk {
    static final int BYTES = 16;

    private static final PercpuConfig CONFIG = PercpuConfig.of(1).withFirstUnits(0, 0, 4 * 4096);

    final Chunks chunks = new Chunks(CONFIG, new NoMemory());
    private final Balance balance = new Balance(chunks);
    private final AllocPath allocPath = new AllocPath(chunks, balance);
    private final FreePath freePath = new FreePath(chunks, balance);

    /** Takes an area, as who may not wait does. */
    long take() {
        return allocPath.alloc(BYTES, BYTES, false, Gfp.GFP_NOWAIT);
    }

    void give(long handle) {
        freePath.free(handle);
    }

    /** How many areas are in use, by their bounds in the map. */
    int areas() {
        return new MapCheck(chunks.first().map()).areas();
    }

    /** Whether nothing is wrong with the map, its hints, and what is counted. */
    boolean isRight() {
        return new PercpuCheck(chunks).findings().isEmpty();
    }

    private static final class NoMemory implements PercpuMemory, PercpuMemory.Units {
        @Override
        public @Nullable Units reserve(int cpus, int bytes, int gfp) {
            return this;
        }

        @Override
        public long address(int cpu) {
            throw new UnsupportedOperationException("there is no memory");
        }

        @Override
        public MemorySegment segment(int cpu) {
            throw new UnsupportedOperationException("there is no memory");
        }

        @Override
        public boolean populate(int firstPage, int endPage, int gfp) {
            return true;
        }

        @Override
        public void depopulate(int firstPage, int endPage) {
            // there is none
        }

        @Override
        public void zero(int offset, int bytes) {
            // there is none
        }

        @Override
        public void release() {
            // there is none
        }
    }
}
