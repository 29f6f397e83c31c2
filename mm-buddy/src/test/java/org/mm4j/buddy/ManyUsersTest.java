package org.mm4j.buddy;

import java.util.Random;
import java.util.concurrent.ThreadFactory;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads, platform and virtual ones, on random machines: all frames have one owner, and all of them come back. */
class ManyUsersTest {
    private static final int STEPS_OF_ALL = 120_000;

    static Stream<Arguments> crowds() {
        return IntStream.range(0, 8)
                .mapToObj(seed -> Arguments.of(
                        seed,
                        2 + seed * 6 / 7,
                        seed % 2 == 0
                                ? Named.of("platform threads", Crowd.platform())
                                : Named.of("virtual threads", Crowd.virtual())));
    }

    @ParameterizedTest
    @MethodSource("crowds")
    void nothingIsHandedOutTwiceOrLost(int seed, int users, ThreadFactory threads) throws InterruptedException {
        BuddyConfig config = new RandomLayout(new Random(seed)).config(false);
        new Storm(config, seed).run(threads, users, STEPS_OF_ALL / users);
    }

    /** So few frames that everybody looks at what others are just freeing, splitting or cutting. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void onVeryFewFrames(int users) throws InterruptedException {
        new Storm(BuddyConfig.ofFrames(16), users).run(Crowd.platform(), users, STEPS_OF_ALL * 4 / users);
    }
}
