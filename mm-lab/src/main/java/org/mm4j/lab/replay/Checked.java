package org.mm4j.lab.replay;

/**
 * How often something of ours was compared with what the real kernel printed, and how often it was equal.
 *
 * @param checked comparisons
 * @param equal those that found no difference
 */
public record Checked(long checked, long equal) {
    /** Nothing was compared. */
    public static final Checked NONE = new Checked(0, 0);

    /** With {@code times} more comparisons of one kind. */
    Checked plus(long times, boolean isEqual) {
        return new Checked(checked + times, equal + (isEqual ? times : 0));
    }
}
