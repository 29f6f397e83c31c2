package org.mm4j.kernel.reclaim;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * Somebody who can be ended when memory is at its end: a cache, a session, a tenant. Whoever ends it calls its callback
 * once, which gives back all that it can.
 *
 * <p>In Linux 6.18: a process, as mm/oom_kill.c sees it.
 */
public final class OomGroup implements AutoCloseable {
    /** An adjustment with which a group is never ended. In Linux: OOM_SCORE_ADJ_MIN. */
    public static final int NEVER = -1000;
    /** An adjustment with which a group is ended first. In Linux: OOM_SCORE_ADJ_MAX. */
    public static final int FIRST = 1000;

    /** A badness of groups that are not ended. */
    static final long NOT_ELIGIBLE = Long.MIN_VALUE;

    private final OomKiller killer;
    private final String name;
    private final @Nullable MemoryCgroup cgroup;
    private final int scoreAdj;
    private final LongSupplier pagesUsed;
    private final Runnable end;

    OomGroup(
            OomKiller killer,
            String name,
            @Nullable MemoryCgroup cgroup,
            int scoreAdj,
            LongSupplier pagesUsed,
            Runnable end) {
        this.killer = killer;
        this.name = name;
        this.cgroup = cgroup;
        this.scoreAdj = scoreAdj;
        this.pagesUsed = pagesUsed;
        this.end = end;
    }

    /** For reports. */
    public String name() {
        return name;
    }

    /** The memory cgroup that it belongs to; null: none but the root. */
    public @Nullable MemoryCgroup cgroup() {
        return cgroup;
    }

    /** Whether ending it helps a cgroup. */
    boolean isWithin(MemoryCgroup other) {
        return cgroup != null ? cgroup.isWithin(other) : other.parent() == null;
    }

    /** Thousandths of the machine that are added to what it uses. In Linux: oom_score_adj. */
    public int scoreAdj() {
        return scoreAdj;
    }

    /** Pages that it uses now. */
    public long pagesUsed() {
        return pagesUsed.getAsLong();
    }

    /** How much is won by ending it. */
    long badness(long pagesTotal) {
        return badness(pagesUsed(), scoreAdj, pagesTotal);
    }

    /** The pages and, for each point of the adjustment, a thousandth of the machine. In Linux: oom_badness(). */
    static long badness(long pagesUsed, int scoreAdj, long pagesTotal) {
        return scoreAdj == NEVER ? NOT_ELIGIBLE : pagesUsed + scoreAdj * (pagesTotal / 1000);
    }

    boolean isEligible() {
        return scoreAdj != NEVER;
    }

    void end() {
        if (cgroup != null) {
            cgroup.countOomKill();
        }
        end.run();
    }

    /** It cannot be ended any more, and is not missed. */
    @Override
    public void close() {
        killer.remove(this);
    }
}
