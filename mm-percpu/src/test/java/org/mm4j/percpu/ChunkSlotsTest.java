package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The slot vectors of the kernel's formula. */
class ChunkSlotsTest {
    /** Chunks whose memory nobody touches. */
    private static final PercpuMemory.Units NO_UNITS = new PercpuMemory.Units() {
        @Override
        public long address(int cpu) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MemorySegment segment(int cpu) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean populate(int firstPage, int endPage, int gfp) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void depopulate(int firstPage, int endPage) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void zero(int offset, int bytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void release() {
            throw new UnsupportedOperationException();
        }
    };

    @ParameterizedTest
    @CsvSource({
        "4, 1",
        "15, 1",
        "16, 2",
        "31, 2",
        "32, 3",
        "64, 4",
        "128, 5",
        "1024, 8",
        "4096, 10",
        "32768, 13",
        "65536, 14",
        "262144, 16"
    })
    void slotsFollowTheSize(int bytes, int slot) {
        assertThat(ChunkSlots.slotOf(bytes)).isEqualTo(slot);
    }

    private static PcpuChunk chunk(int index) {
        return PcpuChunk.ordinary(NO_UNITS, PcpuHandle.baseOf(index, 1), 32768);
    }

    private static void take(ChunkSlots slots, PcpuChunk chunk, int from, int end) {
        int slot = slots.slotOf(chunk);
        chunk.take(from, end);
        slots.relocate(chunk, slot);
    }

    private static void give(ChunkSlots slots, PcpuChunk chunk, int from, int end) {
        int slot = slots.slotOf(chunk);
        chunk.give(from, end);
        slots.relocate(chunk, slot);
    }

    @Test
    void upGoesToTheFrontAndDownToTheEnd() {
        ChunkSlots slots = new ChunkSlots(32768);
        PcpuChunk one = chunk(1);
        PcpuChunk two = chunk(2);
        slots.add(one);
        slots.add(two);
        assertThat(slots.first(slots.freeSlot())).isSameAs(two);
        take(slots, one, 0, 8000);
        take(slots, two, 0, 8000); // 192 words are left in either
        int slot = ChunkSlots.slotOf(192 * 4);
        assertThat(slots.first(slot)).isSameAs(one);
        assertThat(one.next).isSameAs(two);
        take(slots, two, 8000, 8190);
        assertThat(one.next).isNull();
        give(slots, two, 8000, 8190);
        assertThat(slots.first(slot)).isSameAs(two);
        slots.isolate(two);
        assertThat(slots.first(slots.toDepopulateSlot())).isSameAs(two);
        give(slots, two, 0, 8000);
        assertThat(slots.first(slots.toDepopulateSlot()))
                .as("isolated chunks stay")
                .isSameAs(two);
        slots.reintegrate(two);
        assertThat(slots.first(slots.freeSlot())).isSameAs(two);
    }

    @Test
    void specialSlotsFollowThatOfAUnit() {
        ChunkSlots slots = new ChunkSlots(32768);
        assertThat(slots.sidelinedSlot()).isEqualTo(14);
        assertThat(slots.freeSlot()).isEqualTo(15);
        assertThat(slots.toDepopulateSlot()).isEqualTo(16);
        assertThat(slots.count()).isEqualTo(17);
    }
}
