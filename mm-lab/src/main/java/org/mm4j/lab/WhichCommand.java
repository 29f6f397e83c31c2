package org.mm4j.lab;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.mm4j.kernel.ApiChoice;
import org.mm4j.kernel.ApiRequest;
import org.mm4j.kernel.ApiRequest.Contiguity;
import org.mm4j.kernel.ApiRequest.Lifetime;
import org.mm4j.lab.report.JsonReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mm which}: which allocation function to use. */
@Command(
        name = "which",
        description = {
            "Says which function of Linux to allocate memory with, with which flags, and why; what it really takes, how much "
                    + "of that is wasted, and what else would do."
        },
        footer = {
            "",
            "Examples:",
            "  mm which --size 100",
            "  mm which --size 132K --contiguous physical",
            "  mm which --size 184 --count 1000 --lifetime long",
            "  mm which --size 2000 --atomic --zero --json"
        })
final class WhichCommand implements Callable<Integer> {
    private static final Pattern SIZE = Pattern.compile("0*(\\d{1,15})([KMGT]?)(?:I?B)?");
    private static final String UNITS = "KMGT";
    private static final int CPUS_MAX = 8192;

    private final Surroundings surroundings;

    @Option(names = "--size", paramLabel = "N", required = true, description = "Bytes of an object: 100, 132K, 8M.")
    private String size = "";

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "How many such objects; with --lifetime short they are one array. Default: 1.")
    private String count = "1";

    @Option(names = "--atomic", description = "The caller must not wait: an interrupt, a spin lock is held.")
    private boolean atomic;

    @Option(
            names = "--contiguous",
            paramLabel = "physical|virtual",
            description =
                    "What has to be contiguous: physical addresses, or virtual ones only. Default: does not matter.")
    private @Nullable String contiguous;

    @Option(
            names = "--lifetime",
            paramLabel = "short|long|device|rcu",
            description =
                    "Until soon, until it is freed, until a driver leaves its device, or until all RCU readers have "
                            + "left. Default: long.")
    private String lifetime = "long";

    @Option(names = "--dma", description = "A device reads or writes it.")
    private boolean dma;

    @Option(names = "--user", description = "A user process maps it.")
    private boolean user;

    @Option(names = "--zero", description = "It has to be zeroes.")
    private boolean zero;

    @Option(
            names = "--cpus",
            paramLabel = "N",
            description = "CPUs of the machine: with more of them slabs are larger. Default: those of this machine.")
    private @Nullable String cpus;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    WhichCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        WhichFigures figures = WhichFigures.of(ApiChoice.of(request(), cpus()));
        if (json) {
            surroundings.out().println(JsonReport.render(figures));
        } else {
            surroundings.out().print(figures.render());
        }
        return Mm.GOOD;
    }

    private ApiRequest request() {
        long bytes = bytes();
        long objects = WholeNumber.of("--count", count.strip(), 1, ApiRequest.BYTES_MAX);
        Contiguity contiguity = contiguous == null
                ? Contiguity.ANY
                : Choice.of("--contiguous", contiguous, List.of(Contiguity.PHYSICAL, Contiguity.VIRTUAL));
        Lifetime until = Choice.of("--lifetime", lifetime, List.of(Lifetime.values()));
        try {
            return new ApiRequest(bytes, objects, atomic, contiguity, until, dma, user, zero);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private long bytes() {
        Matcher text = SIZE.matcher(size.strip().toUpperCase(Locale.ROOT));
        if (text.matches()) {
            long unit = text.group(2).isEmpty() ? 1 : 1L << (10 * (UNITS.indexOf(text.group(2)) + 1));
            long number = Long.parseLong(text.group(1));
            if (number >= 1 && number <= ApiRequest.BYTES_MAX / unit) {
                return number * unit;
            }
        }
        throw new UsageException("--size is 1 byte to 32 TiB, as 100, 132K or 8M, not \"" + size + '"');
    }

    private int cpus() {
        return cpus == null
                ? Runtime.getRuntime().availableProcessors()
                : (int) WholeNumber.of("--cpus", cpus.strip(), 1, CPUS_MAX);
    }
}
