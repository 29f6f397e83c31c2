package org.mm4j.buddy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random users of random machines: the shipped allocator and the naive one must return the same frames, call by call,
 * and leave the same lists behind. A difference is told with its seed, and with a short row of steps that shows it.
 * {@code -Dmm.seeds=5000} runs for minutes.
 */
class ShippedAndNaiveAgreeTest {
    private static final int STEPS = 4000;
    private static final int COUNTS_EVERY = 16;
    private static final int LISTS_EVERY = 200;

    static LongStream seeds() {
        return LongStream.range(0, Integer.getInteger("mm.seeds", 300));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void onKnownSeeds(long seed) {
        run(seed);
    }

    /** Each build looks somewhere else. */
    @Test
    void onANewSeed() {
        run(new Random().nextLong());
    }

    private static void run(long seed) {
        Random random = new Random(seed);
        BuddyConfig config = new RandomLayout(random).config();
        List<Step> steps = new ArrayList<>();
        try {
            run(config, new RandomSteps(random, config), steps);
        } catch (AssertionError | RuntimeException difference) {
            throw new AssertionError(
                    "seed " + seed + ", step " + steps.size() + ", " + steps.getLast() + "; nodes " + config.nodes()
                            + ", " + config.settings() + ", distances " + config.distances() + "; the same in short:"
                            + new Shrinking(config).shorten(steps),
                    difference);
        }
    }

    private static void run(BuddyConfig config, RandomSteps user, List<Step> steps) {
        SideBySide both = new SideBySide(config);
        both.compareLists();
        while (steps.size() < STEPS) {
            steps.add(user.next());
            user.note(steps.getLast(), both.take(steps.getLast()));
            if (steps.size() % COUNTS_EVERY == 0) {
                both.compareCounts();
            }
            if (steps.size() % LISTS_EVERY == 0) {
                both.compareLists();
            }
        }
        for (Step step = user.last(); step != null; step = user.last()) {
            steps.add(step);
            both.take(step);
        }
        both.compareLists();
    }
}
