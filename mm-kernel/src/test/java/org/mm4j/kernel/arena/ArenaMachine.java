package org.mm4j.kernel.arena;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.memory.HostMemory;
import org.mm4j.memory.SegmentScopes;

/** Arenas over blocks of pages, with a clock of their own. */
final class ArenaMachine implements AutoCloseable {
    static final long BYTES = 16 << 20;

    final AtomicLong nanos = new AtomicLong();
    final PhysicalMemory memory = HostMemory.reserve(BYTES);
    final BuddyAllocator pages = BuddyAllocator.ofFrames(BYTES / PageFrame.PAGE_SIZE);
    final KernelArenas arenas;

    ArenaMachine(ArenaOptions options) {
        arenas = new KernelArenas(new Blocks(), options, 2, CpuSource.BY_THREAD, BYTES, nanos::get);
    }

    /** Arenas that rest, as they do when many are closed. */
    static ArenaMachine busy() {
        ArenaMachine machine = new ArenaMachine(ArenaOptions.DEFAULT.withRestNanos(Long.MAX_VALUE / 2));
        machine.arenas.openShared("first").close(); // the first rest is over at once
        return machine;
    }

    long pagesFree() {
        return pages.snapshot().stream()
                .flatMap(node -> node.zones().stream())
                .mapToLong(zone -> zone.freeBlocks().pages())
                .sum();
    }

    /** Closes it, and says what was open. */
    List<String> closeArenas() {
        return arenas.close();
    }

    @Override
    public void close() {
        arenas.close();
        memory.close();
    }

    private final class Blocks implements ChunkSource {
        @Override
        public long take(long bytes) {
            int order = PageFrame.order(bytes);
            long pfn = order > PageFrame.MAX_PAGE_ORDER
                    ? PageFrame.NONE
                    : pages.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_COMP | Gfp.__GFP_NOWARN, order);
            return pfn == PageFrame.NONE ? NONE : memory.directMapAddress() + (pfn << PageFrame.PAGE_SHIFT);
        }

        @Override
        public void giveBack(long address) {
            pages.putPage(address - memory.directMapAddress() >>> PageFrame.PAGE_SHIFT);
        }

        @Override
        public java.lang.foreign.MemorySegment segment(long address, long bytes, java.lang.foreign.Arena scope) {
            long offset = address - memory.directMapAddress();
            return SegmentScopes.rescoped(memory.directMap().asSlice(offset, bytes), scope);
        }
    }
}
