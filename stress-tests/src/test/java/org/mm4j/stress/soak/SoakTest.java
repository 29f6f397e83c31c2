package org.mm4j.stress.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A short soak; {@code -Dmm4j.soak.seconds=600} makes it long, and {@code -Dmm4j.soak.seed} repeats one. */
@Timeout(value = 4000, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SoakTest {
    private static final Duration TIME = Duration.ofSeconds(Integer.getInteger("mm4j.soak.seconds", 15));
    private static final long SEED =
            Long.getLong("mm4j.soak.seed", ThreadLocalRandom.current().nextLong());

    @Test
    void everyBlockHasOneOwnerAndAllPagesComeBack() {
        assertThat(Soak.run(TIME, TIME.dividedBy(3), SEED)).as("seed %d", SEED).isTrue();
    }
}
