package org.mm4j.lab.stress;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mm4j.lab.stress.Outcome.Grade;

/** What one test has shown so far, in all the ways in which it was compiled. Not thread-safe. */
public final class TestOutcomes {
    private final String test;
    private final Map<String, Outcome> outcomes = new TreeMap<>();
    private final List<String> troubles = new ArrayList<>();

    /** A test that has shown nothing yet. */
    TestOutcomes(String test) {
        this.test = test;
    }

    /** The name with its package. */
    public String test() {
        return test;
    }

    void add(Outcome outcome) {
        Outcome before = outcomes.get(outcome.result());
        outcomes.put(outcome.result(), before == null ? outcome : before.plus(outcome.samples()));
    }

    void addTrouble(String sentence) {
        troubles.add(sentence);
    }

    /** In the order of the results. */
    public Collection<Outcome> outcomes() {
        return outcomes.values();
    }

    /** All that was counted. */
    public long samples() {
        return outcomes.values().stream().mapToLong(Outcome::samples).sum();
    }

    /** How often results of this grade were seen. */
    public long samples(Grade grade) {
        return outcomes.values().stream()
                .filter(outcome -> outcome.grade() == grade)
                .mapToLong(Outcome::samples)
                .sum();
    }

    /** What speaks against the test, in sentences: forbidden and unknown results, errors, nothing counted. */
    public List<String> failures() {
        List<String> failures = new ArrayList<>(troubles);
        for (Outcome outcome : outcomes.values()) {
            boolean isBad = outcome.grade() == Grade.FORBIDDEN || outcome.grade() == Grade.UNKNOWN;
            if (isBad && outcome.samples() > 0) {
                failures.add(outcome.result() + " was seen " + outcome.samples() + " times: "
                        + (outcome.grade() == Grade.FORBIDDEN ? outcome.description() : "the test does not know it"));
            }
        }
        if (failures.isEmpty() && samples() == 0) {
            failures.add("nothing was counted");
        }
        return failures;
    }
}
