package org.mm4j.stress.soak;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.mm4j.api.LockRank;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.SlabOptions;
import org.mm4j.slab.SlabEngineKind;

/** Boots kernels, one after the other, with one slab engine after the other, and soaks each for a while. */
public final class Soak {
    private static final long BYTES = 256L << 20;
    private static final Duration ROUND = Duration.ofSeconds(10);

    private Soak() {}

    /** Soaks for the seconds that are given, with the seed that is given or any. Ends with 1 when something was wrong. */
    public static void main(String[] arguments) {
        long seed = arguments.length > 1
                ? Long.parseLong(arguments[1])
                : ThreadLocalRandom.current().nextLong();
        System.exit(run(Duration.ofSeconds(Long.parseLong(arguments[0])), ROUND, seed) ? 0 : 1);
    }

    /** Soaks so long, in rounds; whether all was well. Prints a line for each round. */
    public static boolean run(Duration time, Duration round, long seed) {
        long end = System.nanoTime() + time.toNanos();
        SlabEngineKind[] engines = SlabEngineKind.values();
        try {
            for (int number = 0; System.nanoTime() < end; number++) {
                long left = end - System.nanoTime();
                Duration each = Duration.ofNanos(Math.min(left, round.toNanos()));
                soak(engines[number % engines.length], each, seed + number);
            }
        } catch (AssertionError | RuntimeException e) {
            e.printStackTrace(System.out);
            return false;
        }
        System.out.println("taken while held:");
        LockRank.graph().forEach(line -> System.out.println("  " + line));
        return true;
    }

    private static void soak(SlabEngineKind engine, Duration time, long seed) {
        KernelConfig config = KernelConfig.ofBytes(BYTES).withSlab(SlabOptions.DEFAULT.withEngine(engine));
        try (Kernel kernel = Kernel.boot(config)) {
            SoakRound.Figures figures = new SoakRound(kernel, seed).run(time);
            if (kernel.pagesInUse() != 0) {
                throw new AssertionError("seed " + seed + ": " + kernel.pagesInUse() + " pages are in use in the end");
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-8s seed %d: %,d steps of %,d threads, validated %d times%n",
                    engine.name().toLowerCase(Locale.ROOT),
                    seed,
                    figures.steps(),
                    figures.threads(),
                    figures.validations());
        }
    }
}
