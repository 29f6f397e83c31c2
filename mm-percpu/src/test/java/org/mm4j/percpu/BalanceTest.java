package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.PerCpuAllocator.NONE;
import static org.mm4j.api.PerCpuChunkSnapshot.Place.SIDELINED;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mm4j.api.PerCpuChunkSnapshot;

/** C78, C79, and when pages come and go. */
class BalanceTest {
    private static final int PAGE = 4096;

    private final Machine machine = new Machine(2);
    private final ChunkAllocator percpu = machine.percpu;

    private List<Long> take(int count, int bytes) {
        List<Long> handles = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            handles.add(percpu.allocPercpu(bytes, 4));
            assertThat(handles.getLast()).isNotEqualTo(NONE);
        }
        return handles;
    }

    private int pagesEmpty() {
        return percpu.stats().pagesEmpty();
    }

    @Test
    void c78AnAtomicRequestTakesPopulatedPagesOnly() {
        try (machine) {
            take(7, PAGE); // all of the first chunk
            assertThat(pagesEmpty())
                    .as("4 when one was left, and one was taken since")
                    .isEqualTo(3);
            assertThat(percpu.stats().counts().chunks()).isEqualTo(2);
            assertThat(percpu.allocPercpu(5 * PAGE, 4, GFP_ATOMIC)).isEqualTo(NONE);
            assertThat(percpu.isBalanceWanted()).isTrue();
            long handle = percpu.allocPercpu(5 * PAGE, 4, GFP_KERNEL);
            assertThat(handle).isNotEqualTo(NONE);
            assertThat(machine.holds(handle, 1, 5 * PAGE, 0)).isTrue();
            assertThat(percpu.isBalanceWanted()).isFalse();
        }
    }

    @Test
    void anAtomicRequestThatFailedFindsPagesBehindTheBalance() {
        try (machine) {
            take(7, PAGE);
            assertThat(percpu.allocPercpu(6 * PAGE, 4, GFP_ATOMIC)).isEqualTo(NONE);
            percpu.balance();
            assertThat(percpu.isBalanceWanted()).isFalse();
            assertThat(pagesEmpty()).isEqualTo(3 + 4);
            assertThat(percpu.allocPercpu(6 * PAGE, 4, GFP_ATOMIC)).isNotEqualTo(NONE);
        }
    }

    @Test
    void atomicRequestsUseUpWhatIsPopulatedAndWantMore() {
        try (machine) {
            for (int page = 0; page < 5; page++) {
                assertThat(percpu.allocPercpu(PAGE, 4, GFP_ATOMIC)).isNotEqualTo(NONE);
                assertThat(percpu.isBalanceWanted()).isFalse();
            }
            assertThat(percpu.allocPercpu(PAGE, 4, GFP_ATOMIC)).isNotEqualTo(NONE);
            assertThat(percpu.isBalanceWanted()).as("one empty page is left").isTrue();
            assertThat(percpu.allocPercpu(PAGE, 4, GFP_ATOMIC)).isNotEqualTo(NONE);
            assertThat(percpu.allocPercpu(PAGE, 4, GFP_ATOMIC)).isEqualTo(NONE);
            assertThat(pagesEmpty()).isZero();
            percpu.freePercpu(take(1, 4).getFirst());
            assertThat(pagesEmpty()).isBetween(4, 8);
        }
    }

    @Test
    void c79OneFreeChunkStays() {
        try (machine) {
            List<Long> handles = take(7 + 3 * 8, PAGE);
            assertThat(percpu.stats().counts().chunks()).isGreaterThanOrEqualTo(4);
            handles.forEach(percpu::freePercpu);
            percpu.balance();
            assertThat(machine.chunksFree()).isEqualTo(1);
            assertThat(percpu.stats().counts().chunks()).isEqualTo(2);
            assertThat(machine.units.live()).isEqualTo(2);
        }
    }

    @Test
    void theFirstChunkStaysThoughItBeFreeAsAWhole() {
        Machine whole = new Machine(PercpuConfig.of(2).withFirstUnits(0, 0, 32 << 10));
        try (whole) {
            List<Long> handles = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                handles.add(whole.percpu.allocPercpu(32768, 4));
            }
            assertThat(whole.percpu.stats().counts().chunks()).isEqualTo(5);
            handles.forEach(whole.percpu::freePercpu);
            assertThat(whole.percpu.stats().counts().chunks()).isEqualTo(2);
            assertThat(whole.percpu.allocPercpu(32768, 4)).isEqualTo(handles.getFirst());
        }
    }

    /** A chunk that gets empty page by page gives its pages back from the end on, and is sidelined. */
    @Test
    void pagesOfAChunkThatIsHardlyUsedGoBack() {
        try (machine) {
            List<Long> first = take(7, PAGE);
            List<Long> second = take(8, PAGE);
            long kept = second.getFirst();
            first.forEach(percpu::freePercpu); // seven empty pages elsewhere
            assertThat(pagesEmpty()).isGreaterThanOrEqualTo(7);
            long populated = percpu.stats().pagesPopulated();
            percpu.freePercpu(second.get(7));
            assertThat(percpu.stats().pagesPopulated())
                    .as("one page is no quarter")
                    .isEqualTo(populated);
            percpu.freePercpu(second.get(6));
            PerCpuChunkSnapshot chunk = machine.chunks().stream()
                    .filter(each -> each.place() == SIDELINED)
                    .findFirst()
                    .orElseThrow();
            assertThat(chunk.allocations()).isEqualTo(6);
            assertThat(chunk.pagesEmpty()).isZero();
            assertThat(percpu.stats().pagesPopulated()).isEqualTo(populated - 2 * 2);
            machine.assertValid();

            percpu.freePercpu(second.get(5)); // sidelined already: what gets empty goes at once
            assertThat(percpu.stats().pagesPopulated()).isEqualTo(populated - 3 * 2);
            assertThat(machine.holds(kept, 1, PAGE, 0)).isTrue();
        }
    }

    @Test
    void aSidelinedChunkIsUsedBeforeAFreeOne() {
        try (machine) {
            List<Long> first = take(7, PAGE);
            List<Long> second = take(8, PAGE);
            first.forEach(percpu::freePercpu);
            second.subList(1, 8).forEach(percpu::freePercpu);
            assertThat(machine.chunks()).anyMatch(chunk -> chunk.place() == SIDELINED);
            long large = percpu.allocPercpu(7 * PAGE, 4);
            long next = percpu.allocPercpu(7 * PAGE, 4);
            assertThat(List.of(PcpuHandle.base(large), PcpuHandle.base(next)))
                    .contains(PcpuHandle.base(second.getFirst()));
            assertThat(machine.chunks()).noneMatch(chunk -> chunk.place() == SIDELINED);
        }
    }

    @Test
    void balancingTwiceChangesNothingMore() {
        try (machine) {
            List<Long> handles = take(40, 1500);
            for (int i = 0; i < 40; i += 3) {
                percpu.freePercpu(handles.get(i));
            }
            percpu.balance();
            var once = percpu.stats();
            percpu.balance();
            assertThat(percpu.stats()).isEqualTo(once);
        }
    }

    /** Where little is free and a request has failed for its alignment, later ones do not look. */
    @Test
    void aChunkInALowSlotThatFailedIsLeftAlone() {
        try (machine) {
            long filler = percpu.allocPercpu(28672 - 12, 4);
            long odd = percpu.allocPercpu(4, 4); // 8 bytes are left, of which none begin at a multiple of 16
            assertThat(machine.chunks().getFirst().bytesContig()).isEqualTo(8);
            long aligned = percpu.allocPercpu(8, 16);
            assertThat(PcpuHandle.base(aligned)).isNotEqualTo(PcpuHandle.base(odd));
            machine.assertValid();
            long other = percpu.allocPercpu(8, 4);
            assertThat(PcpuHandle.base(other)).isEqualTo(PcpuHandle.base(aligned));
            percpu.freePercpu(odd); // 12 bytes: the slot for that is the same one
            assertThat(PcpuHandle.base(percpu.allocPercpu(8, 4))).isEqualTo(PcpuHandle.base(aligned));
            percpu.freePercpu(filler);
            assertThat(PcpuHandle.base(percpu.allocPercpu(8, 4))).isEqualTo(PcpuHandle.base(odd));
        }
    }

    /** A chunk of eight pages, six of them used and two given back, and seven empty pages in the first chunk. */
    private List<Long> sideline() {
        List<Long> first = take(7, PAGE);
        List<Long> second = take(8, PAGE);
        first.forEach(percpu::freePercpu);
        percpu.freePercpu(second.removeLast());
        percpu.freePercpu(second.removeLast());
        assertThat(machine.chunks()).anyMatch(chunk -> chunk.place() == SIDELINED);
        return second;
    }

    @Test
    void aSidelinedChunkIsTakenBackWhenPagesAreFew() {
        try (machine) {
            List<Long> second = sideline();
            take(4, PAGE); // of the seven in the first chunk
            take(1, 4 * PAGE); // of the spare one
            assertThat(pagesEmpty()).isEqualTo(Balance.PAGES_EMPTY_HIGH - 1);
            long populated = percpu.stats().pagesPopulated();
            percpu.freePercpu(second.removeLast());
            assertThat(machine.chunks()).noneMatch(chunk -> chunk.place() == SIDELINED);
            assertThat(pagesEmpty()).isEqualTo(Balance.PAGES_EMPTY_HIGH);
            assertThat(percpu.stats().pagesPopulated()).isEqualTo(populated);
        }
    }

    @Test
    void pagesPopulatedInASidelinedChunkCount() {
        try (machine) {
            sideline();
            take(1, 7 * PAGE); // all of the first chunk
            take(1, 8 * PAGE); // all of the spare one
            assertThat(machine.chunks()).noneMatch(chunk -> chunk.place() == SIDELINED);
            assertThat(pagesEmpty()).isEqualTo(Balance.PAGES_EMPTY_HIGH);
        }
    }

    @Test
    void withoutPagesTheWorkEndsQuietly() {
        try (machine) {
            take(5, PAGE);
            machine.units.failAfter = 0;
            machine.units.failsOn = true;
            List<Long> handles = take(2, PAGE); // fewer than two empty pages are left
            assertThat(percpu.isBalanceWanted()).isFalse();
            assertThat(pagesEmpty()).isZero();
            machine.units.failAfter = -1;
            handles.forEach(percpu::freePercpu);
            percpu.balance();
            assertThat(pagesEmpty()).isEqualTo(4);
            assertThat(machine.log.lines()).isEmpty();
        }
    }
}
