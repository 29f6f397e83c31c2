package org.mm4j.kernel.reclaim;

/**
 * How a shrinker is treated. Immutable; the {@code with…} methods return changed copies.
 *
 * <p>In Linux 6.18: the fields of {@code struct shrinker} that shrinker_alloc() and its caller fill.
 *
 * @param name for reports
 * @param seeks how dear it is to make an object again, in seeks of a disk; 0: it costs nothing, half of them go at once
 * @param batch how many objects one call of scanObjects looks at, 1 or more
 * @param isNumaAware whether it tells nodes apart; if not, it is always asked about node 0
 * @param objectsArePages whether each object that is freed is a page; if not, pages are counted by what comes free
 * @param isMemcgAware whether it tells memory cgroups apart; if not, it is not asked when a cgroup is at its limit
 */
public record ShrinkerConfig(
        String name, int seeks, long batch, boolean isNumaAware, boolean objectsArePages, boolean isMemcgAware) {
    /** In Linux: DEFAULT_SEEKS. */
    public static final int DEFAULT_SEEKS = 2;
    /** In Linux: SHRINK_BATCH. */
    public static final long SHRINK_BATCH = 128;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when a value is outside its range; the message names it
     */
    public ShrinkerConfig {
        if (seeks < 0) {
            throw new IllegalArgumentException("the seeks of a shrinker are 0 or more, not " + seeks);
        }
        if (batch < 1) {
            throw new IllegalArgumentException("the batch of a shrinker is 1 object or more, not " + batch);
        }
    }

    /** Two seeks, 128 objects a call, the same objects for all nodes. */
    public static ShrinkerConfig of(String name) {
        return new ShrinkerConfig(name, DEFAULT_SEEKS, SHRINK_BATCH, false, false, false);
    }

    /** The same with other {@link #seeks}. */
    public ShrinkerConfig withSeeks(int next) {
        return new ShrinkerConfig(name, next, batch, isNumaAware, objectsArePages, isMemcgAware);
    }

    /** The same with another {@link #batch}. */
    public ShrinkerConfig withBatch(long next) {
        return new ShrinkerConfig(name, seeks, next, isNumaAware, objectsArePages, isMemcgAware);
    }

    /** The same, asked about each node apart. In Linux: SHRINKER_NUMA_AWARE. */
    public ShrinkerConfig numaAware() {
        return new ShrinkerConfig(name, seeks, batch, true, objectsArePages, isMemcgAware);
    }

    /** The same for objects that are pages. */
    public ShrinkerConfig ofPages() {
        return new ShrinkerConfig(name, seeks, batch, isNumaAware, true, isMemcgAware);
    }

    /** The same, asked about each memory cgroup apart. In Linux: SHRINKER_MEMCG_AWARE. */
    public ShrinkerConfig memcgAware() {
        return new ShrinkerConfig(name, seeks, batch, isNumaAware, objectsArePages, true);
    }
}
