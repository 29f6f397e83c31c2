package org.mm4j.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many mappings of the host a reserve may still make. At most half of what the process has left when the reserve is
 * made. As others in the process map too, the process is counted again each time that this budget has grown by {@value
 * #STEP} since it was counted last; then nothing is given that would fill more than three quarters of the limit.
 *
 * <p>Any thread may call any method. Taking costs one compare-and-set, and now and then the reading of /proc/self/maps.
 */
final class MappingBudget {
    /** Mappings between two looks at the process. */
    static final long STEP = 4096;

    private final ProcessMappings process;
    private final long max;
    private final AtomicLong used = new AtomicLong();

    /** How far the budget may grow before the process is counted again. Grows only. */
    private volatile long looked = STEP;

    /** A budget of {@code max} mappings, or of as many as the process can have. */
    MappingBudget(ProcessMappings process, long max) {
        this.process = process;
        this.max = Math.max(0, Math.min(max, (process.limit() - process.count()) / 2));
    }

    long used() {
        return used.get();
    }

    long max() {
        return max;
    }

    /** Takes {@code mappings}, or none. */
    boolean tryTake(long mappings) {
        long before;
        do {
            before = used.get();
            if (before + mappings > max || (before + mappings > looked && !look(before + mappings))) {
                return false;
            }
        } while (!used.compareAndSet(before, before + mappings));
        return true;
    }

    void give(long mappings) {
        long left = used.addAndGet(-mappings);
        assert left >= 0 : "more mappings were given back than taken";
    }

    private synchronized boolean look(long wanted) {
        if (wanted <= looked) {
            return true;
        }
        long room = process.limit() / 4 * 3 - process.count();
        if (room < STEP + wanted - used.get()) {
            return false;
        }
        looked = wanted + STEP;
        return true;
    }

    @Override
    public String toString() {
        return used + " of " + max + " are in use; the process may have " + process.limit() + ", see vm.max_map_count";
    }
}
