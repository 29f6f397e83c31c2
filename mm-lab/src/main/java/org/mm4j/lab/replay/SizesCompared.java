package org.mm4j.lab.replay;

/**
 * How often a size of ours was compared with what the real kernel printed, and how it was. Presets that save memory have
 * smaller sizes, and those that check have larger ones.
 *
 * @param checked comparisons
 * @param equal those that found no difference
 * @param smaller those where ours has fewer bytes
 * @param larger those where ours has more
 */
public record SizesCompared(long checked, long equal, long smaller, long larger) {
    /** Nothing was compared. */
    public static final SizesCompared NONE = new SizesCompared(0, 0, 0, 0);

    /** Checks that the parts are the whole. */
    public SizesCompared {
        if (equal + smaller + larger != checked) {
            throw new IllegalArgumentException(
                    equal + " equal, " + smaller + " smaller and " + larger + " larger are not " + checked);
        }
    }

    /** With {@code times} more comparisons of one kind. */
    SizesCompared plus(long times, long ours, long recorded) {
        return new SizesCompared(
                checked + times,
                equal + (ours == recorded ? times : 0),
                smaller + (ours < recorded ? times : 0),
                larger + (ours > recorded ? times : 0));
    }
}
