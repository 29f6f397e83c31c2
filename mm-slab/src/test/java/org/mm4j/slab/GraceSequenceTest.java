package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GraceSequenceTest {
    @ParameterizedTest
    @CsvSource({
        // sequence, phase, ended, bank, end of the next grace period
        "0, 0, 0, 0, 4",
        "1, 1, 0, 0, 8",
        "2, 2, 0, 0, 8",
        "3, 3, 0, 1, 8",
        "4, 0, 1, 1, 8",
        "5, 1, 1, 1, 12",
        "6, 2, 1, 1, 12",
        "7, 3, 1, 0, 12",
        "8, 0, 2, 0, 12",
    })
    void aWordTellsWhereTheGracePeriodsAre(long sequence, int phase, long ended, int bank, long end) {
        assertThat(GraceSequence.phase(sequence)).isEqualTo(phase);
        assertThat(GraceSequence.ended(sequence)).isEqualTo(ended);
        assertThat(GraceSequence.bank(sequence)).isEqualTo(bank);
        assertThat(GraceSequence.endOfNext(sequence)).isEqualTo(end);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 1001, Long.MAX_VALUE - 5, Long.MAX_VALUE, -1})
    void theEndIsThatOfAGracePeriodThatBeginsLater(long sequence) {
        long end = GraceSequence.endOfNext(sequence);
        long begun = end - 3;

        assertThat(GraceSequence.phase(begun)).isEqualTo(GraceSequence.BEGUN);
        assertThat(begun - sequence).isPositive();
        assertThat(GraceSequence.hasEnded(end - 1, end)).isFalse();
        assertThat(GraceSequence.hasEnded(end, end)).isTrue();
        assertThat(GraceSequence.hasEnded(end + 1, end)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0, 4, true", "0, 0, true", "1, 8, true", "0, 8, false", "9, 3, false", "9, 16, true", "9, 20, false"})
    void onlyEndsThatWereToldAreStates(long sequence, long state, boolean isState) {
        assertThat(GraceSequence.isState(sequence, state)).isEqualTo(isState);
    }
}
