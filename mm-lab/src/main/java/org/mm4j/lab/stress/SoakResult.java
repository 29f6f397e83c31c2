package org.mm4j.lab.stress;

import java.util.ArrayList;
import java.util.List;

/**
 * What a soak has shown.
 *
 * @param machine CPUs, kind of processor and Java, as tables name them
 * @param seconds how long it took
 * @param inject what was made to fail, as it was asked for; empty: nothing
 * @param rounds one for each kernel that was booted and has ended
 * @param faults one for each point where calls were made to fail, of all rounds together
 * @param troubles what speaks against the run, in sentences
 * @param isGood whether every block had one owner, every failure a cause, and everything came back
 */
public record SoakResult(
        String machine,
        double seconds,
        String inject,
        List<Round> rounds,
        List<Faults> faults,
        List<String> troubles,
        boolean isGood) {
    /** Copies of the lists are kept. */
    public SoakResult {
        rounds = List.copyOf(rounds);
        faults = List.copyOf(faults);
        troubles = List.copyOf(troubles);
    }

    /**
     * One kernel, from its boot to its end.
     *
     * @param engine of its slabs
     * @param seed of all its threads
     * @param steps how many things were done
     * @param threads how many threads lived
     * @param failures how many calls told that there was nothing
     * @param validations how often it was validated
     */
    public record Round(String engine, long seed, long steps, long threads, long failures, int validations) {}

    /**
     * One point where calls are made to fail. Its faults are those that were seen and absorbed, and those of the kernel's own
     * threads.
     *
     * @param point as {@code failslab}
     * @param rate which part of the calls fails, as {@code 1/1000}
     * @param calls how many came there
     * @param faults how many were made to fail
     * @param seen how many of them were in calls that told their caller of it
     * @param absorbed how many of them were in calls that found another way
     * @param fallback what that way is
     * @param sites the classes from which they came
     */
    public record Faults(
            String point,
            String rate,
            long calls,
            long faults,
            long seen,
            long absorbed,
            String fallback,
            List<String> sites) {
        /** A copy of the list is kept. */
        public Faults {
            sites = List.copyOf(sites);
        }

        /** Faults of the kernel's own threads, which have no caller. */
        public long own() {
            return faults - seen - absorbed;
        }
    }

    /** The same with something that speaks against it. */
    public SoakResult withTrouble(String trouble) {
        List<String> all = new ArrayList<>(troubles);
        all.add(trouble);
        return new SoakResult(machine, seconds, inject, rounds, faults, all, false);
    }
}
