package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;

/** References besides that of whoever took the block. The machine has 1024 frames. */
class SpeculativeReferenceTest {
    private static final int COMPOUND = Machine.UNMOVABLE | Gfp.__GFP_COMP;

    @RegisterExtension
    final Machines machines = new Machines();

    private Machine machine() {
        return machines.ofFrames(1024);
    }

    @Test
    @DisplayName("C25: the frames behind the first are freed at once, as blocks of orders 2, 1 and 0")
    void leavesTheFirstFrame() {
        Machine machine = machine();
        machine.takeAll(Machine.UNMOVABLE, 3);
        machine.allocator.splitPage(START + 64, 3);
        machine.free(START + 64, START + 68, 0);
        machine.allocator.getPage(START);
        machine.allocator.freePages(START, 3);
        assertThat(machine.blocks()).isEqualTo("1 1 2 0 0 0 0 0 0 0 0");
        assertThat(machine.list(2, MigrateType.UNMOVABLE)).as("at the head").containsExactly(START + 4, START + 64);
        assertThat(machine.allocator.pageCount(START)).isEqualTo(1);
        machine.allocator.putPage(START);
        assertThat(machine.blocks()).isEqualTo("0 0 1 1 0 0 0 0 0 0 0");
    }

    @ParameterizedTest
    @DisplayName("C25: for all orders, with several references")
    @CsvSource({"1, 1", "2, 1", "3, 3", "4, 1", "5, 2", "6, 1", "7, 1", "8, 1", "9, 4", "10, 2"})
    void leavesTheFirstFrameOfAnyOrder(int order, int others) {
        Machine machine = machine();
        long pfn = machine.take(Machine.UNMOVABLE, order);
        for (int other = 0; other < others; other++) {
            machine.allocator.getPage(pfn);
        }
        machine.allocator.freePages(pfn, order);
        assertThat(machine.pagesFree()).isEqualTo(1023);
        for (int other = 0; other < others; other++) {
            assertThat(machine.allocator.pageCount(pfn)).isEqualTo(others - other);
            machine.allocator.putPage(pfn);
        }
        machine.expectAllFree();
    }

    @ParameterizedTest
    @DisplayName("C25: a compound block stays whole until its last reference")
    @ValueSource(ints = {1, 3, 9, 10})
    void compoundStaysWhole(int order) {
        Machine machine = machine();
        long pfn = machine.take(COMPOUND, order);
        machine.allocator.getPage(pfn + 1);
        machine.allocator.freePages(pfn, order);
        assertThat(machine.pagesFree()).isEqualTo(1024 - PageFrame.pages(order));
        assertThat(machine.allocator.pageCount(pfn + 1)).isEqualTo(1);
        machine.allocator.putPage(pfn + PageFrame.pages(order) - 1);
        machine.expectAllFree();
    }

    @ParameterizedTest
    @DisplayName("P1, P2: a hundred thousand times take, get, free, put")
    @ValueSource(strings = {"GFP_KERNEL", "GFP_KERNEL|__GFP_COMP"})
    void freePages(String gfp) {
        Machine machine = machine();
        int flags = Gfp.parse(gfp);
        for (int round = 0; round < 100_000; round++) {
            long pfn = machine.allocator.allocPages(flags, 3);
            machine.allocator.getPage(pfn);
            machine.allocator.freePages(pfn, 3);
            machine.allocator.putPage(pfn);
        }
        assertThat(machine.blocks()).isEqualTo("0 0 0 0 0 0 0 0 0 0 1");
        machine.expectAllFree();
    }

    @Test
    @DisplayName("a reference that is put before the block is freed changes nothing")
    void putBeforeFree() {
        Machine machine = machine();
        long pfn = machine.take(Machine.UNMOVABLE, 3);
        machine.allocator.getPage(pfn);
        machine.allocator.putPage(pfn);
        assertThat(machine.pagesFree()).isEqualTo(1016);
        machine.allocator.freePages(pfn, 3);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("a frame behind the first of a block that is not compound has no references of its own")
    void framesBehindTheFirst() {
        Machine machine = machine();
        long pfn = machine.take(Machine.UNMOVABLE, 3);
        for (long tail = pfn + 1; tail < pfn + 8; tail++) {
            long at = tail;
            assertThat(machine.allocator.tryGetPage(tail)).isFalse();
            assertThat(machine.allocator.pageCount(tail)).isZero();
            assertThatThrownBy(() -> machine.allocator.getPage(at))
                    .isInstanceOf(BadPageException.class)
                    .hasMessageContaining("it lies inside the block of order 3 at pfn " + pfn);
            assertThatThrownBy(() -> machine.allocator.putPage(at)).isInstanceOf(BadPageException.class);
        }
        assertThat(machine.allocator.pageCount(pfn)).isEqualTo(1);
    }

    @Test
    void framesBehindTheFirstOfACompoundBlock() {
        Machine machine = machine();
        long pfn = machine.take(COMPOUND, 3);
        for (long tail = pfn; tail < pfn + 8; tail++) {
            assertThat(machine.allocator.tryGetPage(tail)).isTrue();
            assertThat(machine.allocator.pageCount(tail)).isEqualTo((int) (tail - pfn) + 2);
        }
        assertThat(machine.allocator.tryGetPage(pfn + 8)).isFalse();
    }

    @ParameterizedTest
    @DisplayName("nobody gets a reference on a frame that is free, reserved, missing or foreign")
    @ValueSource(longs = {START, START + 700, START + 600, START - 1, 0, -1, Long.MAX_VALUE})
    void nothingToHold(long pfn) {
        Machine machine = machines.ofZones(Machines.normal(START, START + 1024)
                .withReserved(new FrameRange(START + 600, START + 601))
                .withHoles(new FrameRange(START + 700, START + 701)));
        assertThat(machine.allocator.tryGetPage(pfn)).isFalse();
        assertThat(machine.allocator.pageCount(pfn)).isZero();
        assertThatThrownBy(() -> machine.allocator.getPage(pfn)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> machine.allocator.putPage(pfn)).isInstanceOf(BadPageException.class);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("references do not overflow")
    void mostReferences() {
        Machine machine = machine();
        long pfn = machine.take(Machine.UNMOVABLE, 0);
        MemMap map = machine.zone().map();
        long most = FrameWord.inUse(0, false, FrameWord.REFERENCES_MAX, 0);
        map.setWordOpaque(map.frame(pfn), most);
        assertThatThrownBy(() -> machine.allocator.getPage(pfn))
                .isInstanceOf(BadPageException.class)
                .hasMessageContaining("the most there can be");
        assertThat(machine.allocator.pageCount(pfn)).isEqualTo(FrameWord.REFERENCES_MAX);
    }

    @Test
    @DisplayName("many references are added and dropped at once, and no more than there are")
    void manyReferences() {
        Machine machine = machine();
        long pfn = machine.take(COMPOUND, 3);
        machine.allocator.getPage(pfn, 32768);
        assertThat(machine.allocator.pageCount(pfn + 7)).isEqualTo(32769);
        assertThatThrownBy(() -> machine.allocator.putPage(pfn, 32770))
                .isInstanceOf(BadPageException.class)
                .hasMessage(
                        "pfn " + pfn + " is refused: its block has 32769 references, of which 32770 cannot be dropped");
        assertThatThrownBy(() -> machine.allocator.getPage(pfn, FrameWord.REFERENCES_MAX))
                .hasMessageContaining("it would have more than");
        assertThatThrownBy(() -> machine.allocator.putPage(pfn, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> machine.allocator.getPage(pfn, -1)).isInstanceOf(IllegalArgumentException.class);
        machine.allocator.putPage(pfn, 32000);
        machine.allocator.putPage(pfn, 0);
        assertThat(machine.allocator.pageCount(pfn)).isEqualTo(769);
        machine.allocator.putPage(pfn + 1, 769);
        assertThatThrownBy(() -> machine.allocator.putPage(pfn, 2)).hasMessageContaining("it is free already");
        assertThatThrownBy(() -> machine.allocator.getPage(pfn, 2)).isInstanceOf(BadPageException.class);
        machine.expectAllFree();
    }
}
