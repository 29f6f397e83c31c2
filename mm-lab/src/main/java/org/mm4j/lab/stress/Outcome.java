package org.mm4j.lab.stress;

/**
 * A result that a test has had, and how often.
 *
 * @param result what the actors returned, as jcstress prints it
 * @param samples how often
 * @param grade what the test says of it
 * @param description in the test's words
 */
public record Outcome(String result, long samples, Grade grade, String description) {
    /** What a test says of a result. */
    public enum Grade {
        /** It may be. */
        ACCEPTABLE,
        /** In a twin: it is what the twin was broken for. */
        INTERESTING,
        /** It must not be. */
        FORBIDDEN,
        /** The test does not know it. */
        UNKNOWN
    }

    Outcome plus(long more) {
        return new Outcome(result, samples + more, grade, description);
    }
}
