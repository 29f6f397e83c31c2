package org.mm4j.kernel.memcg;

/**
 * How all groups of a kernel behave. Immutable; the {@code with…} methods return changed copies.
 *
 * @param waitsAboveHigh whether requests that exceed {@code high} wait for up to two seconds when reclaim does not help, so
 *     that whoever takes more and more is slowed down; they succeed in any case. Where a wait is worse than a group that
 *     grows up to {@code max}, switch it off. In Linux: always
 * @param protectsRecursively whether protection that the groups below one do not claim is shared among them by their use.
 *     In Linux: mount option memory_recursiveprot
 */
public record CgroupOptions(boolean waitsAboveHigh, boolean protectsRecursively) {
    /** As in a Linux that was told nothing else. */
    public static final CgroupOptions DEFAULT = new CgroupOptions(true, false);

    /** The same with another {@link #waitsAboveHigh}. */
    public CgroupOptions withWaitsAboveHigh(boolean next) {
        return new CgroupOptions(next, protectsRecursively);
    }

    /** The same with another {@link #protectsRecursively}. */
    public CgroupOptions withProtectsRecursively(boolean next) {
        return new CgroupOptions(waitsAboveHigh, next);
    }
}
