package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageFrame;

/** Calls that are wrong are refused with their reason, and change nothing. */
class BadInputTest {
    @RegisterExtension
    final Machines machines = new Machines();

    private final KernelLog log = new KernelLog();
    private Machine machine;
    private List<NodeSnapshot> before;
    private long block;

    /** 1024 frames, of which number 700 is reserved and 800 does not exist; a block of order 3 in use. */
    @BeforeEach
    void boot() {
        machine = machines.of(BuddyConfig.ofNodes(NodeLayout.of(
                        1,
                        Machines.normal(START, START + 1024)
                                .withReserved(new FrameRange(START + 700, START + 701))
                                .withHoles(new FrameRange(START + 800, START + 801))))
                .withSettings(ZoneSettings.NO_RESERVES)
                .withLog(log));
        block = machine.take(Machine.UNMOVABLE, 3);
        before = machine.allocator.snapshot();
    }

    @AfterEach
    void nothingHasChanged() {
        assertThat(machine.allocator.snapshot()).isEqualTo(before);
        assertThat(machine.allocator.pageCount(block)).isEqualTo(1);
        machine.allocator.freePages(block, 3);
        machine.expectAllFree();
    }

    private void assertRefused(ThrowingCallable call, long pfn, String why) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        BadPageException.class,
                        refused -> assertThat(refused.pfn()).isEqualTo(pfn))
                .hasMessageStartingWith("pfn " + pfn + " is refused: ")
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @DisplayName("freePages of what is no such block")
    @CsvSource({
        "0, 2, its block has order 3",
        "0, 0, its block has order 3",
        "0, 4, its block has order 3",
        "0, 11, orders are 0 to 10",
        "0, -1, orders are 0 to 10",
        "1, 0, it lies inside the block of order 3 at pfn",
        "4, 2, it lies inside the block of order 3 at pfn",
        "4, 3, no multiple of 8"
    })
    void freePagesOfTheBlock(long offset, int order, String why) {
        long pfn = block + offset;
        assertRefused(() -> machine.allocator.freePages(pfn, order), pfn, why);
    }

    @ParameterizedTest
    @DisplayName("freePages where nothing is in use")
    @CsvSource({
        "0, 3, it is free already",
        "600, 0, it is free already",
        "700, 0, it is reserved",
        "800, 0, it is reserved",
        "-1, 0, the allocator has pfn 1024 to 2047",
        "1024, 0, the allocator has pfn 1024 to 2047",
        "-1024, 0, the allocator has pfn 1024 to 2047"
    })
    void freePagesElsewhere(long offset, int order, String why) {
        long pfn = START + offset;
        assertRefused(() -> machine.allocator.freePages(pfn, order), pfn, why);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, (1L << 32) + 1024})
    void farAway(long pfn) {
        assertRefused(() -> machine.allocator.freePages(pfn, 0), pfn, "");
        assertRefused(() -> machine.allocator.splitPage(pfn, 0), pfn, "");
        assertRefused(() -> machine.allocator.splitCompound(pfn, 0), pfn, "");
        assertRefused(() -> machine.allocator.freePagesExact(pfn, 4096), pfn, "");
        assertRefused(() -> machine.allocator.freeContigRange(pfn, 1), pfn, "");
        assertRefused(() -> machine.allocator.getPage(pfn), pfn, "");
        assertRefused(() -> machine.allocator.putPage(pfn), pfn, "");
        assertRefused(() -> machine.allocator.blockHead(pfn), pfn, "");
        assertRefused(() -> machine.allocator.nodeOf(pfn), pfn, "");
        assertRefused(() -> machine.allocator.setMovable(pfn, 0), pfn, "");
    }

    @ParameterizedTest
    @DisplayName("a block that was freed, once more, by each call")
    @ValueSource(ints = {0, 3, 9})
    void doubleFree(int order) {
        long pfn = machine.take(Machine.UNMOVABLE, order);
        machine.allocator.freePages(pfn, order);
        before = machine.allocator.snapshot();
        assertRefused(() -> machine.allocator.freePages(pfn, order), pfn, "it is free already");
        assertRefused(() -> machine.allocator.putPage(pfn), pfn, "it is free already");
        assertRefused(() -> machine.allocator.getPage(pfn), pfn, "it is free already");
        assertRefused(() -> machine.allocator.splitPage(pfn, order), pfn, "it is free already");
        assertRefused(() -> machine.allocator.setMovable(pfn, 0), pfn, "it is free already");
        assertRefused(() -> machine.allocator.freeContigRange(pfn, 1), pfn, "it is free already");
    }

    @ParameterizedTest
    @DisplayName("more frames than there are, even so many that the end overflows")
    @ValueSource(longs = {9, 2000, 1L << 32, Long.MAX_VALUE, Long.MAX_VALUE - START})
    void freeContigRangeOfTooMany(long pages) {
        machine.allocator.splitPage(block, 3);
        assertThatThrownBy(() -> machine.allocator.freeContigRange(block, pages))
                .isInstanceOf(BadPageException.class);
        for (long pfn = block; pfn < block + 8; pfn++) {
            assertThat(machine.allocator.pageCount(pfn)).isEqualTo(1);
        }
        machine.free(block + 1, block + 8, 0);
        machine.allocator.freePages(block, 0);
        block = machine.take(Machine.UNMOVABLE, 3);
        before = machine.allocator.snapshot();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void freeContigRangeOfNone(long pages) {
        assertThatThrownBy(() -> machine.allocator.freeContigRange(block, pages))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("C26: an order above 10 warns once, and not with __GFP_NOWARN")
    void tooLarge() {
        assertThat(machine.allocator.allocPages(Machine.UNMOVABLE, 11)).isEqualTo(PageFrame.NONE);
        assertThat(log.lines()).isEmpty();
        assertThat(machine.allocator.allocPages(Gfp.GFP_KERNEL, 11)).isEqualTo(PageFrame.NONE);
        assertThat(machine.allocator.allocPages(Gfp.GFP_KERNEL, Integer.MAX_VALUE))
                .isEqualTo(PageFrame.NONE);
        assertThat(log.lines()).singleElement().asString().contains("order 11");
    }

    @Test
    void negativeOrder() {
        assertThatThrownBy(() -> machine.allocator.allocPages(Gfp.GFP_KERNEL, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not -1");
    }

    @ParameterizedTest
    @DisplayName("C27: zone flags that contradict each other")
    @ValueSource(ints = {3, 5, 6, 7, 0xb, 0xd, 0xe, 0xf})
    void contradictingZones(int zones) {
        assertThatThrownBy(() -> machine.allocator.allocPages(Gfp.GFP_KERNEL | zones, 0))
                .isInstanceOf(BadGfpException.class);
        assertThatThrownBy(() -> machine.allocator.allocPagesBulk(Gfp.GFP_KERNEL | zones, 0, new long[2]))
                .isInstanceOf(BadGfpException.class);
        int exact = Gfp.GFP_KERNEL | (zones & ~Gfp.__GFP_HIGHMEM);
        if (Integer.bitCount(zones & 5) == 2) {
            assertThatThrownBy(() -> machine.allocator.allocPagesExact(1, exact))
                    .isInstanceOf(BadGfpException.class);
        }
    }

    @Test
    @DisplayName("C28: movable and reclaimable at once")
    void contradictingMobilities() {
        int gfp = Gfp.GFP_KERNEL | Gfp.__GFP_MOVABLE | Gfp.__GFP_RECLAIMABLE;
        assertThatThrownBy(() -> machine.allocator.allocPages(gfp, 0)).isInstanceOf(BadGfpException.class);
        assertThatThrownBy(() -> machine.allocator.allocPagesExact(1, gfp)).isInstanceOf(BadGfpException.class);
        assertThatThrownBy(() -> machine.allocator.allocPagesBulk(gfp, 0, new long[2]))
                .isInstanceOf(BadGfpException.class);
    }

    @Test
    @DisplayName("owners that nobody registered, and blocks that nobody can move")
    void setMovable() {
        int owner = machine.allocator.registerOwner((_, _, _) -> true);
        assertThat(owner).isEqualTo(1);
        assertThatThrownBy(() -> machine.allocator.setMovable(block, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> machine.allocator.setMovable(block, -1)).isInstanceOf(IllegalArgumentException.class);
        assertRefused(() -> machine.allocator.setMovable(block, owner), block, "not compound");
        assertRefused(() -> machine.allocator.setMovable(block + 1, owner), block + 1, "it lies inside");
        assertRefused(() -> machine.allocator.setMovable(START + 700, owner), START + 700, "it is reserved");
    }
}
