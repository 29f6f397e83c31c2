package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.mm4j.api.AsymmetricBarrier;

/** Grace periods step by step, by one thread that plays all parts. */
class GracePeriodsTest {
    private static final int SLOTS = 3;

    private final FaultyBarrier barrier = new FaultyBarrier();
    private final ReaderCounts counts = new ReaderCounts(SLOTS);
    private final GracePeriods periods = new GracePeriods(counts, barrier);

    @Test
    void aGracePeriodWithoutReadersEndsAtOnce() {
        long state = periods.state();
        assertThat(periods.hasEnded(state)).isFalse();

        assertThat(periods.tryAdvance(state)).isTrue();
        assertThat(periods.ended()).isOne();
        assertThat(periods.tryAdvance(state)).isTrue();
        assertThat(periods.ended()).as("an ended state begins nothing").isOne();
    }

    @Test
    void aReaderThatWasThereIsWaitedForAndOneThatCameLaterIsNot() {
        for (int slot = 0; slot < SLOTS; slot++) {
            int early = periods.enter(slot);
            long state = periods.state();
            assertThat(periods.tryAdvance(state)).isFalse();

            int late = periods.enter(slot);
            assertThat(periods.tryAdvance(state)).isFalse();
            periods.leave(early);
            assertThat(periods.tryAdvance(state)).as("slot %d", slot).isTrue();
            periods.leave(late);
        }
        assertThat(counts.sum()).isZero();
    }

    @Test
    void readersThatComeAndGoWithoutAPauseDoNotKeepAGracePeriodFromEnding() {
        int inside = periods.enter(0);
        long state = periods.state();
        int advances = 0;
        while (!periods.tryAdvance(state)) {
            int next = periods.enter(0); // before the last one leaves: the slot is never empty
            periods.leave(inside);
            inside = next;
            assertThat(++advances).isLessThan(4);
        }
        periods.leave(inside);
    }

    @Test
    void aStateThatIsTakenWhileAGracePeriodRunsNeedsTheNextOne() {
        int reader = periods.enter(0);
        long first = periods.state();
        assertThat(periods.tryAdvance(first)).isFalse();

        long second = periods.state();
        assertThat(second).isNotEqualTo(first);
        periods.leave(reader);
        assertThat(periods.tryAdvance(first)).isTrue();
        assertThat(periods.hasEnded(second)).isFalse();
        assertThat(periods.tryAdvance(second)).isTrue();
    }

    /** It took a bank, lost its processor for a whole grace period, and then counted itself where nobody should be. */
    @Test
    void aStragglerIsWaitedFor() {
        assertThat(endsOverAStraggler(periods)).isFalse();
    }

    @Test
    void withoutALookAtTheIdleBankAStragglerIsMissed() {
        GracePeriods singleFlip = new GracePeriods(counts, AsymmetricBarrier.FENCES) {
            @Override
            boolean areStragglersGone(int bank) {
                return true;
            }
        };
        assertThat(endsOverAStraggler(singleFlip)).isTrue();
    }

    private static boolean endsOverAStraggler(GracePeriods periods) {
        int section = periods.section(0);
        assertThat(periods.tryAdvance(periods.state())).isTrue();
        periods.enterSection(section);
        long state = periods.state();
        boolean endsOverIt = periods.tryAdvance(state);
        periods.leave(section);
        assertThat(periods.tryAdvance(state)).isTrue();
        return endsOverIt;
    }

    @Test
    void aHeavyBarrierThatFailsIsPassedByTheNextLeader() {
        int reader = periods.enter(1);
        long state = periods.state();
        barrier.heavyFails = true;
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> periods.tryAdvance(state)).isInstanceOf(FaultyBarrier.Fault.class);
        }
        barrier.heavyFails = false;

        assertThat(periods.tryAdvance(state)).isFalse();
        periods.leave(reader);
        assertThat(periods.tryAdvance(state)).isTrue();
    }

    @Test
    void anErrorWhileEnteringIsNoSection() {
        barrier.lightFails = true;
        assertThatThrownBy(() -> periods.enter(1)).isInstanceOf(FaultyBarrier.Fault.class);

        assertThat(counts.sum()).isZero();
        assertThat(periods.tryAdvance(periods.state())).isTrue();
    }
}
