package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.Gfp;
import org.mm4j.api.LockRank;
import org.mm4j.api.PageFrame;

/** Who zeroes what, and that pages that cannot be zeroed are not lost. */
class ZeroingTest {
    private static final int ZERO = Machine.UNMOVABLE | Gfp.__GFP_ZERO;

    @RegisterExtension
    final Machines machines = new Machines();

    private final List<FrameRange> zeroed = new ArrayList<>();
    private int zeroings = Integer.MAX_VALUE;

    private void zero(long pfn, long frames) {
        assertThat(LockRank.ZONE.isHeld()).as("zone lock held while zeroing").isFalse();
        if (zeroings-- == 0) {
            throw new IllegalStateException("no memory behind " + pfn);
        }
        zeroed.add(new FrameRange(pfn, pfn + frames));
    }

    private Machine machine() {
        return machines.of(BuddyConfig.ofFrames(1024).withZeroing(this::zero));
    }

    @Test
    void onlyOnRequest() {
        machine().take(Machine.UNMOVABLE, 3);
        assertThat(zeroed).isEmpty();
    }

    @Test
    void theWholeBlock() {
        long pfn = machine().take(ZERO, 3);
        assertThat(zeroed).containsExactly(new FrameRange(pfn, pfn + 8));
    }

    @Test
    @DisplayName("of exact pages those that the caller gets, of bulk pages each new one")
    void exactAndBulk() {
        Machine machine = machine();
        machine.allocator.allocPagesExact(5 * 4096, ZERO);
        assertThat(zeroed).containsExactly(new FrameRange(START, START + 5));
        zeroed.clear();
        long[] pfns = {0, 77, 0, 0};
        machine.allocator.allocPagesBulk(ZERO, 0, pfns);
        assertThat(zeroed)
                .containsExactly(
                        new FrameRange(pfns[0], pfns[0] + 1),
                        new FrameRange(pfns[2], pfns[2] + 1),
                        new FrameRange(pfns[3], pfns[3] + 1));
    }

    @Test
    @DisplayName("a block that cannot be zeroed goes back")
    void failsForABlock() {
        Machine machine = machine();
        zeroings = 0;
        assertFails(() -> machine.allocator.allocPages(ZERO, 4));
        machine.expectAllFree();
        zeroings = 0;
        assertFails(() -> machine.allocator.allocPages(ZERO | Gfp.__GFP_COMP, 4));
        machine.expectAllFree();
    }

    @Test
    @DisplayName("exact pages that cannot be zeroed go back, tail included")
    void failsForExactPages() {
        Machine machine = machine();
        zeroings = 0;
        assertFails(() -> machine.allocator.allocPagesExact(5 * 4096, ZERO));
        machine.expectAllFree();
    }

    @Test
    @DisplayName("of bulk pages those that were zeroed stay with the caller, and the others go back")
    void failsInBulk() {
        Machine machine = machine();
        long[] pfns = new long[200];
        pfns[1] = 77;
        zeroings = 100;
        assertFails(() -> machine.allocator.allocPagesBulk(ZERO, 0, pfns));
        assertThat(Arrays.stream(pfns).filter(pfn -> pfn != PageFrame.NONE)).hasSize(101);
        assertThat(Arrays.copyOfRange(pfns, 101, 200)).containsOnly(PageFrame.NONE);
        assertThat(machine.pagesFree()).isEqualTo(1024 - 100);
        pfns[1] = PageFrame.NONE;
        Arrays.stream(pfns).filter(pfn -> pfn != PageFrame.NONE).forEach(pfn -> machine.allocator.freePages(pfn, 0));
        machine.expectAllFree();
    }

    @Test
    @DisplayName("a single page that a bulk request falls back to goes back too")
    void failsForTheOnePageOfABulk() {
        Machine machine = machine();
        zeroings = 0;
        long[] pfns = {0};
        assertFails(() -> machine.allocator.allocPagesBulk(ZERO, 0, pfns));
        assertThat(pfns).containsExactly(PageFrame.NONE);
        machine.expectAllFree();
    }

    private static void assertFails(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessageStartingWith("no memory behind");
    }

    @Test
    @DisplayName("frames without memory cannot be zeroed, and nothing is taken")
    void refused() {
        Machine machine = machines.ofFrames(1024);
        assertThatThrownBy(() -> machine.allocator.allocPages(ZERO, 0)).isInstanceOf(BadGfpException.class);
        assertThatThrownBy(() -> machine.allocator.allocPagesExact(1, ZERO)).isInstanceOf(BadGfpException.class);
        assertThatThrownBy(() -> machine.allocator.allocPagesBulk(ZERO, 0, new long[2]))
                .isInstanceOf(BadGfpException.class);
        machine.expectAllFree();
    }
}
