package org.mm4j.bench;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** JMH's own command line, and behind its table each figure as a multiple of the yardsticks of the same class. */
public final class Ratios {
    private static final String CAS = "loadAndCas";
    private static final String ALLOCATOR = "allocator";
    private static final String ANY_SIZE = "anySize";
    private static final String MALLOC = "mallocAndFree";

    private Ratios() {}

    /** Runs the benchmarks that the options name; what only shows something is left to JMH. */
    public static void main(String[] arguments) throws Exception {
        if (asksOnly(arguments)) {
            org.openjdk.jmh.Main.main(arguments);
            return;
        }
        try {
            CommandLineOptions chosen = new CommandLineOptions(arguments);
            print(new Runner(withPresentAllocators(chosen)).run());
            Allocator.missing().ifPresent(System.out::println);
        } catch (RunnerException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    /** Unless the command line says which allocators to measure, those that are here. */
    private static Options withPresentAllocators(CommandLineOptions chosen) {
        OptionsBuilder options = new OptionsBuilder();
        options.parent(chosen);
        if (!chosen.getParameter(ALLOCATOR).hasValue()) {
            options.param(ALLOCATOR, Allocator.present());
        }
        if (!chosen.getParameter(ANY_SIZE).hasValue()) {
            options.param(ANY_SIZE, Allocator.presentOfAnySize());
        }
        return options.build();
    }

    private static boolean asksOnly(String[] arguments) {
        try {
            CommandLineOptions options = new CommandLineOptions(arguments);
            return options.shouldHelp()
                    || options.shouldList()
                    || options.shouldListWithParams()
                    || options.shouldListProfilers()
                    || options.shouldListResultFormats();
        } catch (CommandLineOptionException e) {
            return true; // and JMH says why
        }
    }

    private static void print(Collection<RunResult> results) {
        Map<String, Double> scores = new TreeMap<>();
        results.forEach(result -> scores.put(
                result.getParams().getBenchmark(), result.getPrimaryResult().getScore()));
        System.out.printf("%n%-78s %8s %8s%n", "Ratios to the yardsticks of the same run", "CAS", "malloc");
        for (RunResult result : results) {
            BenchmarkParams benchmark = result.getParams();
            String name = benchmark.getBenchmark();
            String group = name.substring(0, name.lastIndexOf('.') + 1);
            double score = result.getPrimaryResult().getScore();
            System.out.printf(
                    "%-78s %8s %8s%n",
                    name.substring(name.indexOf("bench.") + 6) + parameters(benchmark),
                    ratio(score, scores.get(group + CAS)),
                    ratio(score, scores.get(group + MALLOC)));
        }
    }

    private static String parameters(BenchmarkParams benchmark) {
        StringBuilder text = new StringBuilder();
        benchmark.getParamsKeys().forEach(key -> text.append(' ').append(benchmark.getParam(key)));
        return text.toString();
    }

    private static String ratio(double score, Double yardstick) {
        return yardstick == null ? "-" : String.format("%.2f", score / yardstick);
    }
}
