package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.LockRank;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;

/** How often a request reclaims before it gives up. The machine is full, if not said otherwise. */
class SlowPathTest {
    private static final int KERNEL = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;
    private static final int FRAMES = 4096;

    @RegisterExtension
    final Machines machines = new Machines();

    private Machine full(Reclaimer reclaimer) {
        Machine machine = machines.of(BuddyConfig.ofFrames(FRAMES)
                .withSettings(ZoneSettings.NO_RESERVES)
                .withPressure(reclaimer));
        machine.takeAll(Machine.MOVABLE, 0);
        reclaimer.wakes.clear();
        return machine;
    }

    @ParameterizedTest
    @DisplayName("requests that cannot wait do not reclaim")
    @ValueSource(strings = {"GFP_ATOMIC", "GFP_NOWAIT", "none", "GFP_ATOMIC|__GFP_RETRY_MAYFAIL"})
    void cannotWait(String gfp) {
        Reclaimer reclaimer = new Reclaimer();
        Machine machine = full(reclaimer);
        assertThat(machine.allocator.allocPages(Gfp.parse(gfp), 0)).isEqualTo(PageFrame.NONE);
        assertThat(reclaimer.rounds).isEmpty();
    }

    @Test
    void reclaimIsToldWhatIsWanted() {
        Reclaimer reclaimer = new Reclaimer();
        Machine machine = full(reclaimer);
        machine.allocator.allocPages(KERNEL, 2);
        assertThat(reclaimer.rounds).containsExactly(new Reclaimer.Round(0, KERNEL, 2));
    }

    @ParameterizedTest
    @DisplayName("one round, even if it made progress: __GFP_NORETRY, and orders above 3")
    @CsvSource({
        "__GFP_NORETRY, 0, 1",
        "__GFP_NORETRY, 3, 1",
        "none, 4, 1",
        "none, 10, 1",
        "__GFP_NORETRY|__GFP_RETRY_MAYFAIL, 4, 1"
    })
    void oneRound(String more, int order, int rounds) {
        Reclaimer reclaimer = new Reclaimer(_ -> 1);
        Machine machine = full(reclaimer);
        assertThat(machine.allocator.allocPages(KERNEL | Gfp.parse(more), order))
                .isEqualTo(PageFrame.NONE);
        assertThat(reclaimer.rounds).hasSize(rounds);
    }

    @ParameterizedTest
    @DisplayName("orders up to 3 go on as long as there is progress")
    @CsvSource({"0, none", "3, none", "3, __GFP_RETRY_MAYFAIL"})
    void goesOnWithProgress(int order, String more) {
        Machine[] machine = new Machine[1];
        Reclaimer reclaimer = new Reclaimer(round -> {
            if (round == 40) {
                machine[0].free(START + 64, START + 64 + PageFrame.pages(order), 0);
            }
            return 1;
        });
        machine[0] = full(reclaimer);
        assertThat(machine[0].take(KERNEL | Gfp.parse(more), order)).isEqualTo(START + 64);
        assertThat(reclaimer.rounds).hasSize(40);
        int withoutReclaim = order == 0 ? 0 : 1; // compaction comes first
        assertThat(reclaimer.wakes).as("kswapd is woken in every round").hasSize(40 + withoutReclaim);
    }

    @Test
    @DisplayName("progress does not count for orders above 3")
    void costlyOrdersNeedFreePages() {
        Reclaimer reclaimer = new Reclaimer(_ -> 1);
        Machine machine = full(reclaimer);
        assertThat(machine.allocator.allocPages(KERNEL | Gfp.__GFP_RETRY_MAYFAIL, 4))
                .isEqualTo(PageFrame.NONE);
        assertThat(reclaimer.rounds).hasSize(1);
    }

    @Test
    @DisplayName("without progress and without enough free pages there is no second round")
    void noHope() {
        Reclaimer reclaimer = new Reclaimer();
        Machine machine = full(reclaimer);
        assertThat(machine.allocator.allocPages(KERNEL, 0)).isEqualTo(PageFrame.NONE);
        assertThat(reclaimer.rounds).hasSize(1);
    }

    @ParameterizedTest
    @DisplayName("without progress 16 more rounds, while somebody else is always faster")
    @CsvSource({"0, none", "3, none", "4, __GFP_RETRY_MAYFAIL"})
    void sixteenRetries(int order, String more) {
        Machine[] machine = new Machine[1];
        Deque<Long> others = new ArrayDeque<>();
        Reclaimer reclaimer = new Reclaimer(_ -> {
            machine[0].allocator.freePages(others.pop(), order);
            return 0;
        });
        machine[0] = full(reclaimer);
        machine[0].free(START, START + PageFrame.pages(order), 0);
        others.push(machine[0].take(Gfp.__GFP_NOWARN, order));
        reclaimer.onWake(() -> {
            if (others.isEmpty()) {
                others.push(machine[0].take(Gfp.__GFP_NOWARN, order));
            }
        });
        assertThat(machine[0].allocator.allocPages(KERNEL | Gfp.parse(more), order))
                .as("what a last look finds, for which nobody is woken")
                .isEqualTo(START);
        assertThat(reclaimer.rounds).hasSize(17);
    }

    @Test
    @DisplayName("when the rounds are used up, the HIGHATOMIC reserve goes")
    void reserveGoesLast() {
        Reclaimer reclaimer = new Reclaimer();
        Machine machine = full(reclaimer);
        machine.setType(START, MigrateType.HIGHATOMIC);
        machine.free(START, START + 512, 0);
        machine.take(KERNEL | Gfp.__GFP_HIGH, 0); // it counts the reserve as free, and cannot have it
        assertThat(reclaimer.rounds).hasSize(17);
        assertThat(machine.type(START)).isEqualTo(MigrateType.UNMOVABLE);
    }

    @Test
    @DisplayName("__GFP_MEMALLOC takes what is left before anything is reclaimed")
    void memalloc() {
        Reclaimer reclaimer = new Reclaimer();
        Machine machine = machines.of(BuddyConfig.ofFrames(FRAMES)
                .withSettings(ZoneSettings.NO_RESERVES.withMinFreeKbytes(400))
                .withPressure(reclaimer));
        machine.takeUntilFree(Machine.MOVABLE, 10);
        machine.take(KERNEL | Gfp.__GFP_MEMALLOC, 3);
        assertThat(machine.pagesFree()).isEqualTo(2);
        assertThat(reclaimer.rounds).isEmpty();
    }

    @Test
    @DisplayName("__GFP_MEMALLOC takes CMA pages too, if the request is movable")
    void memallocTakesCma() {
        Machine machine = machines.of(
                BuddyConfig.ofFrames(FRAMES).withSettings(ZoneSettings.NO_RESERVES.withMinFreeKbytes(4000)));
        machine.takeAll(Machine.MOVABLE, 9);
        machine.setType(START, MigrateType.CMA);
        machine.allocator.freePages(START, 9);
        assertThat(machine.allocator.allocPages(Machine.UNMOVABLE | Gfp.__GFP_MEMALLOC, 0))
                .isEqualTo(PageFrame.NONE);
        assertThat(machine.take(Machine.MOVABLE | Gfp.__GFP_MEMALLOC, 0)).isBetween(START, START + 511);
    }

    @Test
    @DisplayName("reclaim runs without locks, and may take and give back pages itself")
    void reclaimMayAllocate() {
        Machine[] machine = new Machine[1];
        Reclaimer reclaimer = new Reclaimer(_ -> {
            assertThat(LockRank.ZONE.isHeld()).isFalse();
            machine[0].free(START, START + 2, 0);
            machine[0].take(Machine.UNMOVABLE, 0);
            return 1;
        });
        machine[0] = full(reclaimer);
        reclaimer.onWake(() -> assertThat(LockRank.ZONE.isHeld()).isFalse());
        machine[0].take(KERNEL, 0);
        assertThat(machine[0].pagesFree()).isZero();
    }

    @Test
    void anExceptionOfReclaimReachesTheCaller() {
        Machine machine = full(new Reclaimer(_ -> {
            throw new IllegalStateException("broken shrinker");
        }));
        assertThatThrownBy(() -> machine.allocator.allocPages(KERNEL, 0)).hasMessage("broken shrinker");
        machine.free(START, START + FRAMES, 0);
        machine.expectAllFree();
    }
}
