package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/** One block in use that becomes several. */
class SplitBlockTest {
    private static final int COMPOUND = Machine.UNMOVABLE | Gfp.__GFP_COMP;

    @RegisterExtension
    final Machines machines = new Machines();

    private Machine machine() {
        return machines.ofFrames(2048);
    }

    private static void assertRefused(ThrowingCallable call, String why) {
        assertThatThrownBy(call).isInstanceOf(BadPageException.class).hasMessageContaining(why);
    }

    static IntStream orders() {
        return IntStream.rangeClosed(0, PageFrame.MAX_PAGE_ORDER);
    }

    @ParameterizedTest
    @DisplayName("splitPage makes single pages, each with one reference, that are freed in any order")
    @MethodSource("orders")
    void splitPage(int order) {
        Machine machine = machine();
        long pfn = machine.take(Machine.UNMOVABLE, order);
        machine.allocator.splitPage(pfn, order);
        for (long page = pfn + PageFrame.pages(order) - 1; page >= pfn; page--) {
            assertThat(machine.allocator.pageCount(page)).isEqualTo(1);
            machine.allocator.freePages(page, 0);
        }
        machine.expectAllFree();
    }

    @Test
    void splitPageRefuses() {
        Machine machine = machine();
        long compound = machine.take(COMPOUND, 3);
        assertRefused(() -> machine.allocator.splitPage(compound, 3), "splitCompound");
        long pfn = machine.take(Machine.UNMOVABLE, 3);
        assertRefused(() -> machine.allocator.splitPage(pfn, 2), "order 3, not 2");
        assertRefused(() -> machine.allocator.splitPage(pfn + 4, 2), "it lies inside");
        assertRefused(() -> machine.allocator.splitPage(pfn + 1, 3), "no block of order 3 begins there");
        assertRefused(() -> machine.allocator.splitPage(pfn, 11), "orders are 0 to 10");
        machine.allocator.getPage(pfn);
        assertRefused(() -> machine.allocator.splitPage(pfn, 3), "2 references");
        machine.allocator.putPage(pfn);
        machine.allocator.freePages(pfn, 3);
        assertRefused(() -> machine.allocator.splitPage(pfn, 3), "free already");
        machine.allocator.freePages(compound, 3);
        machine.expectAllFree();
    }

    static Stream<Arguments> ordersAndSmallerOnes() {
        return IntStream.rangeClosed(1, PageFrame.MAX_PAGE_ORDER)
                .boxed()
                .flatMap(order -> IntStream.range(0, order).mapToObj(smaller -> Arguments.of(order, smaller)));
    }

    @ParameterizedTest
    @DisplayName("splitCompound makes compound blocks, each with one reference")
    @MethodSource("ordersAndSmallerOnes")
    void splitCompound(int order, int newOrder) {
        Machine machine = machine();
        long pfn = machine.take(COMPOUND, order);
        machine.allocator.splitCompound(pfn, newOrder);
        long last = pfn + PageFrame.pages(order) - 1;
        long lastBlock = last & -PageFrame.pages(newOrder);
        assertThat(machine.allocator.blockHead(last)).isEqualTo(lastBlock);
        machine.allocator.getPage(last); // a frame behind the first, if it is not the first
        assertThat(machine.allocator.pageCount(lastBlock)).isEqualTo(2);
        machine.allocator.freePages(lastBlock, newOrder);
        machine.allocator.putPage(last);
        machine.free(pfn, lastBlock, newOrder);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("single pages of a compound block are single pages like any other")
    void splitToSinglePages() {
        Machine machine = machine();
        long single = machine.take(Machine.UNMOVABLE, 0);
        long pfn = machine.take(COMPOUND, 1);
        machine.allocator.splitCompound(pfn, 0);
        MemMap map = machine.zone().map();
        assertThat(map.wordOpaque(map.frame(pfn))).isEqualTo(map.wordOpaque(map.frame(single)));
        assertThat(map.wordOpaque(map.frame(pfn + 1))).isEqualTo(map.wordOpaque(map.frame(single)));
        machine.allocator.splitPage(pfn, 0);
    }

    @Test
    void splitCompoundRefuses() {
        Machine machine = machine();
        long plain = machine.take(Machine.UNMOVABLE, 3);
        assertRefused(() -> machine.allocator.splitCompound(plain, 1), "cannot be split");
        long pfn = machine.take(COMPOUND, 3);
        assertRefused(() -> machine.allocator.splitCompound(pfn, 3), "cannot be split");
        assertRefused(() -> machine.allocator.splitCompound(pfn, 4), "");
        assertRefused(() -> machine.allocator.splitCompound(pfn, -1), "orders are 0 to 10");
        assertRefused(() -> machine.allocator.splitCompound(pfn + 4, 1), "it lies inside");
        machine.allocator.getPage(pfn + 5);
        assertRefused(() -> machine.allocator.splitCompound(pfn, 0), "2 references");
        machine.allocator.putPage(pfn);
        machine.allocator.freePages(pfn, 3);
        machine.allocator.freePages(plain, 3);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("the blocks of a movable block are movable by the same owner")
    void keepsTheOwner() {
        Machine machine = machines.ofFrames(4096);
        int owner = machine.allocator.registerOwner((_, _, _) -> true);
        long pfn = machine.take(Machine.MOVABLE | Gfp.__GFP_COMP, 2);
        machine.allocator.setMovable(pfn, owner);
        machine.allocator.splitCompound(pfn, 1);
        MemMap map = machine.zone().map();
        assertThat(FrameWord.owner(map.wordOpaque(map.frame(pfn + 2)))).isEqualTo(owner);
    }
}
