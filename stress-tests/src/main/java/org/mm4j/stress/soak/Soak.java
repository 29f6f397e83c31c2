package org.mm4j.stress.soak;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.mm4j.api.FaultAttributes;
import org.mm4j.api.LockRank;
import org.mm4j.buddy.BlockLayout;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.FaultRates;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.SlabOptions;
import org.mm4j.lab.stress.SoakResult;
import org.mm4j.lab.stress.StressTests;
import org.mm4j.slab.SlabEngineKind;

/**
 * Boots kernels, one after the other, with one slab engine after the other, and soaks each for a while. With faults, calls
 * fail at the rates that are given, and every failure must be told or absorbed.
 *
 * <p>One thread runs it; {@link #stop} may be called by any.
 */
public final class Soak {
    private static final long BYTES = 256L << 20;
    private static final long BYTES_MORE = 32L << 20;
    private static final int BLOCK_ORDER = 10;
    private static final Duration ROUND = Duration.ofSeconds(10);
    private static final int SECONDS_TO_STOP = 8;

    private final String inject;
    private final FaultRates rates;
    private final long seed;
    private final List<SoakResult.Round> rounds = new ArrayList<>();
    private final Map<FaultPoint, SoakResult.Faults> faults = new EnumMap<>(FaultPoint.class);
    private final Map<FaultPoint, Set<String>> sites = new EnumMap<>(FaultPoint.class);
    private final List<String> troubles = new ArrayList<>();
    private volatile boolean isStopped;

    /**
     * A soak that has not begun.
     *
     * @param inject which calls fail, as {@link FaultRates#parse} reads it; empty: none, and thousands of threads
     * @throws IllegalArgumentException when it cannot be read
     */
    public Soak(String inject, long seed) {
        this.inject = inject;
        this.seed = seed;
        rates = inject.isEmpty() ? FaultRates.NONE : FaultRates.parse(inject);
    }

    /**
     * Soaks for the seconds that are given first; what was shown goes as JSON to the file that is given then. What is given
     * third is injected. Ends with 1 when something was wrong.
     */
    public static void main(String[] arguments) throws IOException {
        Soak soak = new Soak(
                arguments.length > 2 ? arguments[2] : "",
                ThreadLocalRandom.current().nextLong());
        CountDownLatch told = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            soak.stop();
            await(told);
        }));
        SoakResult result = soak.run(Duration.ofSeconds(Long.parseLong(arguments[0])), ROUND);
        if (arguments.length > 1) {
            Files.writeString(Path.of(arguments[1]), new Gson().toJson(result));
        }
        told.countDown();
        System.exit(result.isGood() ? 0 : 1);
    }

    private static void await(CountDownLatch told) {
        try {
            boolean _ = told.await(SECONDS_TO_STOP, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it soon, with what was shown by then. */
    public void stop() {
        isStopped = true;
    }

    /** Soaks so long, in rounds; what one takes too long, the next has less. Prints a line for each round. */
    public SoakResult run(Duration time, Duration round) {
        long start = System.nanoTime();
        SlabEngineKind[] engines = SlabEngineKind.values();
        long count = Math.max(1, Math.round((double) time.toNanos() / round.toNanos()));
        try {
            for (int number = 0; number < count && !isStopped; number++) {
                long end = start + time.toNanos() / count * (number + 1);
                soak(engines[number % engines.length], end, seed + number);
            }
        } catch (AssertionError | RuntimeException e) {
            e.printStackTrace(System.out);
            troubles.add(String.valueOf(e.getMessage()));
        }
        System.out.println("taken while held:");
        LockRank.graph().forEach(line -> System.out.println("  " + line));
        if (isStopped) {
            troubles.add("interrupted: this is what was done by then");
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return new SoakResult(
                StressTests.machine(),
                seconds,
                inject,
                rounds,
                List.copyOf(faults.values()),
                troubles,
                troubles.isEmpty());
    }

    private void soak(SlabEngineKind engine, long end, long seedOfRound) {
        boolean isFaulty = !rates.attributes().isEmpty();
        KernelConfig config = KernelConfig.ofBytes(BYTES)
                .withSlab(SlabOptions.DEFAULT.withEngine(engine).withSeed(seedOfRound))
                .withCgroups(true)
                .withBlocks(BlockLayout.DEFAULT.withOrder(BLOCK_ORDER))
                .withMaxBytes(BYTES + BYTES_MORE)
                .withFaults(isFaulty);
        try (Kernel kernel = Kernel.boot(config)) {
            FaultLedger ledger = new FaultLedger(isFaulty ? kernel.faults() : null);
            Load load = isFaulty ? Load.FAULTS : Load.THREADS;
            SoakRound round = new SoakRound(kernel, load, ledger, seedOfRound, () -> isStopped);
            rates.applyTo(kernel.faults());
            SoakRound.Figures figures = round.run(end);
            if (isFaulty) {
                check(kernel, ledger, seedOfRound);
            }
            settle(kernel);
            expectNothingInUse(kernel, seedOfRound);
            tell(engine, seedOfRound, figures, ledger.failures());
        }
    }

    /** The books, and an end without faults, so that what waits for another try gets it. */
    private void check(Kernel kernel, FaultLedger ledger, long seedOfRound) {
        ledger.sites().addTo(sites);
        rates.attributes().forEach((point, _) -> add(point, kernel, ledger));
        List<String> findings = ledger.check(kernel.faults());
        kernel.faults().setAll(FaultAttributes.NONE);
        settle(kernel);
        findings.addAll(kernel.validate());
        if (!findings.isEmpty()) {
            throw new AssertionError("seed " + seedOfRound + ": " + String.join("\n", findings));
        }
    }

    /** What waits for a grace period, or for the next call. */
    private static void settle(Kernel kernel) {
        kernel.kmalloc().kfreeRcuBarrier();
        kernel.vmalloc().vmUnmapAliases();
    }

    private void add(FaultPoint point, Kernel kernel, FaultLedger ledger) {
        FaultAttributes attributes = kernel.faults().of(point).attributes();
        SoakResult.Faults before =
                faults.getOrDefault(point, new SoakResult.Faults(point.kernelName(), "", 0, 0, 0, 0, "", List.of()));
        faults.put(
                point,
                new SoakResult.Faults(
                        point.kernelName(),
                        attributes.rate().toString(),
                        before.calls() + kernel.faults().of(point).calls(),
                        before.faults() + kernel.faults().of(point).faults(),
                        before.seen() + ledger.seen(point),
                        before.absorbed() + ledger.absorbed(point),
                        point.fallback(),
                        FaultSites.listed(sites, point)));
    }

    private static void expectNothingInUse(Kernel kernel, long seedOfRound) {
        kernel.drainAllPages();
        long pages = kernel.pagesInUse();
        long objects = kernel.slab().objectsInUse();
        long areas = kernel.vmalloc().pagesUsed();
        if (pages != 0 || objects != 0 || areas != 0) {
            throw new AssertionError("seed " + seedOfRound + ": in use in the end are " + pages + " pages, " + objects
                    + " objects, and " + areas + " pages of vmalloc");
        }
    }

    private void tell(SlabEngineKind engine, long seedOfRound, SoakRound.Figures figures, long failures) {
        String name = engine.name().toLowerCase(Locale.ROOT);
        rounds.add(new SoakResult.Round(
                name, seedOfRound, figures.steps(), figures.threads(), failures, figures.validations()));
        System.out.printf(
                Locale.ROOT,
                "%-8s seed %d: %,d steps of %,d threads, %,d failures, validated %d times%n",
                name,
                seedOfRound,
                figures.steps(),
                figures.threads(),
                failures,
                figures.validations());
    }
}
