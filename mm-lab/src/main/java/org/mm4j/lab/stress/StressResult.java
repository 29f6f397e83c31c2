package org.mm4j.lab.stress;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run of stress tests has shown.
 *
 * @param machine CPUs, kind of processor and Java, as tables name them
 * @param mode how it was run
 * @param seconds how long it took
 * @param testsPlanned how many tests were to run, twins included
 * @param testsRun how many did
 * @param testsCrowded how many of them have more actors than there are CPUs, which they shared
 * @param tests a row for each test, its twin in it
 * @param troubles what else speaks against the run, in sentences
 * @param isGood whether all ran, nothing forbidden was seen, and every twin was caught
 */
public record StressResult(
        String machine,
        String mode,
        double seconds,
        int testsPlanned,
        int testsRun,
        int testsCrowded,
        List<Row> tests,
        List<String> troubles,
        boolean isGood) {
    /** How it went with the broken twin of a test. */
    public enum Twin {
        /** The test has none. */
        NONE,
        /** It did not run. */
        DID_NOT_RUN,
        /** It has shown what it was broken for. */
        CAUGHT,
        /** It has not, not even with more time: so the test may be unable to fail. */
        NOT_CAUGHT
    }

    /**
     * A test and its twin.
     *
     * @param test the name with its package
     * @param hasRun whether it did
     * @param samples how many results were counted
     * @param interesting how many of them are marked as worth a look
     * @param forbidden how many must not be
     * @param twin how it went with the twin
     * @param failures what speaks against the test and its twin, in sentences
     */
    public record Row(
            String test,
            boolean hasRun,
            long samples,
            long interesting,
            long forbidden,
            Twin twin,
            List<String> failures) {
        /** A copy of the failures is kept. */
        public Row {
            failures = List.copyOf(failures);
        }

        /** Without its package. */
        public String name() {
            int outer = test.lastIndexOf('.', test.lastIndexOf('.') - 1);
            return test.substring(outer + 1);
        }

        /** Whether nothing speaks against it. */
        public boolean isGood() {
            return failures.isEmpty();
        }
    }

    /** Copies of the lists are kept. */
    public StressResult {
        tests = List.copyOf(tests);
        troubles = List.copyOf(troubles);
    }

    /** What was seen of tests; {@code troubles} speak against the run as a whole. */
    public static StressResult of(
            String machine, String mode, double seconds, List<String> planned, StressRun run, List<String> troubles) {
        List<Row> rows = new ArrayList<>();
        for (String test : planned) {
            if (!StressRun.isTwin(test)
                    || !planned.contains(test.substring(0, test.length() - StressRun.TWIN.length()))) {
                rows.add(row(test, planned, run));
            }
        }
        int ran = (int) planned.stream().filter(test -> run.seen(test) != null).count();
        boolean isGood =
                troubles.isEmpty() && ran == planned.size() && rows.stream().allMatch(Row::isGood);
        int crowded = (int)
                run.crowded().stream().filter(test -> run.seen(test) != null).count();
        return new StressResult(machine, mode, seconds, planned.size(), ran, crowded, rows, troubles, isGood);
    }

    private static Row row(String test, List<String> planned, StressRun run) {
        List<String> failures = new ArrayList<>();
        TestOutcomes seen = run.seen(test);
        if (seen == null) {
            failures.add("it did not run, not even with actors that share CPUs");
        } else {
            failures.addAll(seen.failures());
        }
        Twin twin = twin(test + StressRun.TWIN, planned, run);
        if (twin == Twin.NOT_CAUGHT) {
            failures.add("its broken twin was not caught, so it may be unable to fail");
        } else if (twin == Twin.DID_NOT_RUN) {
            failures.add("its broken twin did not run");
        } else if (twin == Twin.CAUGHT) {
            twinFailures(test, run).forEach(failure -> failures.add("its twin: " + failure));
        }
        return new Row(
                test,
                seen != null,
                seen == null ? 0 : seen.samples(),
                seen == null ? 0 : seen.samples(Outcome.Grade.INTERESTING),
                seen == null ? 0 : seen.samples(Outcome.Grade.FORBIDDEN),
                twin,
                failures);
    }

    private static List<String> twinFailures(String test, StressRun run) {
        TestOutcomes twin = run.seen(test + StressRun.TWIN);
        return twin == null ? List.of() : twin.failures();
    }

    private static Twin twin(String twin, List<String> planned, StressRun run) {
        if (!planned.contains(twin)) {
            return Twin.NONE;
        }
        if (run.seen(twin) == null) {
            return Twin.DID_NOT_RUN;
        }
        return run.isCaught(twin) ? Twin.CAUGHT : Twin.NOT_CAUGHT;
    }
}
