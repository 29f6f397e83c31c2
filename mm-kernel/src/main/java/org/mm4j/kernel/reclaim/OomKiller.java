package org.mm4j.kernel.reclaim;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.FaultyLock;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageFrame;
import org.mm4j.api.trace.Tracepoints;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * The last resort: ends the group by which most is won. As long as no group was ever registered, requests fail instead;
 * once one was, and none is left that may be ended, the request gets an {@link OomPanic}.
 *
 * <pre>
 *   asks the notifiers: freed something?  -- yes -->  try again
 *              | no
 *   the group with the largest badness    -- one --->  its callback frees; it is a group no more;  try again
 *              | none                     -- never had one: the request fails
 *              `---> OomPanic
 * </pre>
 *
 * <p>When a memory cgroup is at its limit, only groups that belong to it are ended, and if there is none the request
 * fails. Of a cgroup that goes as a whole all are ended, for whatever reason the first was.
 *
 * <p>In Linux 6.18: mm/oom_kill.c, out_of_memory(), select_bad_process(), oom_kill_process(). Differs: a request without
 * {@code __GFP_FS} fails, where the kernel lets it try again until somebody else has a victim.
 *
 * <p>Any thread may call it.
 */
public final class OomKiller {
    private static final long TICK_NANOS = 1_000_000;

    private final KernelLog log;
    private final Tracepoints trace;
    private final List<OomGroup> groups = new CopyOnWriteArrayList<>();
    private final List<LongSupplier> notifiers = new CopyOnWriteArrayList<>();

    /** Held by whoever ends somebody of a cgroup. */
    private final ReentrantLock cgroupLock;

    private volatile long pagesTotal;
    private volatile boolean hadGroups;
    private volatile boolean isClosed;

    OomKiller(KernelLog log, Tracepoints trace, @Nullable FaultInjection trylock) {
        this.log = log;
        this.trace = trace;
        cgroupLock = FaultyLock.of(trylock);
    }

    void setPagesTotal(long pages) {
        pagesTotal = pages;
    }

    /**
     * Makes somebody known who can be ended. The callback is called once, by a request that lacks memory, without locks;
     * what it allocates comes from the reserves.
     *
     * @param name for reports
     * @param scoreAdj −1000, never, to 1000, first
     * @param pagesUsed how many pages it has now
     * @param end gives them back
     * @throws IllegalArgumentException when the adjustment is outside its range
     * @throws IllegalStateException when the kernel is closed
     */
    public OomGroup register(String name, int scoreAdj, LongSupplier pagesUsed, Runnable end) {
        return register(name, null, scoreAdj, pagesUsed, end);
    }

    /** {@link #register(String, int, LongSupplier, Runnable)} of somebody who belongs to a memory cgroup; null: to none. */
    public OomGroup register(
            String name, @Nullable MemoryCgroup cgroup, int scoreAdj, LongSupplier pagesUsed, Runnable end) {
        if (scoreAdj < OomGroup.NEVER || scoreAdj > OomGroup.FIRST) {
            throw new IllegalArgumentException("an oom_score_adj is -1000 to 1000, not " + scoreAdj);
        }
        checkOpen(name);
        OomGroup group = new OomGroup(this, name, cgroup, scoreAdj, pagesUsed, end);
        groups.add(group);
        hadGroups = true;
        return group;
    }

    /**
     * Somebody who is asked before anybody is ended, and says how many pages it freed. In Linux: register_oom_notifier().
     */
    public void registerNotifier(LongSupplier freesPages) {
        checkOpen("the notifier");
        notifiers.add(freesPages);
    }

    /** From now on nobody can register. */
    void close() {
        isClosed = true;
    }

    private void checkOpen(String name) {
        if (isClosed) {
            throw new IllegalStateException("the kernel is closed: " + name + " comes too late");
        }
    }

    void remove(OomGroup group) {
        groups.remove(group);
    }

    /** Those who can be ended. */
    public List<OomGroup> groups() {
        return List.copyOf(groups);
    }

    /** Whether something was freed. Called by one thread at a time. */
    boolean outOfMemory(int gfp, int order) {
        long pagesFreed = 0;
        for (LongSupplier notifier : notifiers) {
            pagesFreed += notifier.getAsLong();
        }
        if (pagesFreed > 0) {
            return true;
        }
        if (!hadGroups || (gfp & Gfp.__GFP_FS) == 0) {
            return false;
        }
        OomGroup victim = worst(groups, pagesTotal);
        if (victim == null) {
            throw panic(gfp, order);
        }
        end(victim, null, "Out of memory", gfp, order);
        return true;
    }

    /**
     * Ends it, and if a cgroup that it belongs to goes as a whole, all others of that. Whoever else chose them, nobody is
     * ended twice. In Linux: oom_kill_process().
     */
    private void end(OomGroup victim, @Nullable MemoryCgroup domain, String why, int gfp, int order) {
        if (!groups.remove(victim)) {
            return;
        }
        MemoryCgroup whole = goesAsAWhole(victim, domain);
        log.warn(List.of(invoked(gfp, order), killed(victim, why)));
        end(victim);
        if (whole != null) {
            whole.countOomGroupKill();
            log.warn("Tasks in " + whole.path() + " are going to be killed due to memory.oom.group set");
            for (OomGroup other : inside(whole)) {
                if (other.isEligible() && groups.remove(other)) {
                    log.warn(killed(other, why));
                    end(other);
                }
            }
        }
    }

    private void end(OomGroup victim) {
        trace.markVictim(victim.name(), victim.pagesUsed(), victim.scoreAdj());
        victim.end();
    }

    private static String killed(OomGroup victim, String why) {
        return why + ": Killed group " + victim.name() + ", pages:" + victim.pagesUsed() + " oom_score_adj:"
                + victim.scoreAdj();
    }

    /** The highest cgroup with memory.oom.group from the victim's up to the domain. In Linux: mem_cgroup_get_oom_group(). */
    private static @Nullable MemoryCgroup goesAsAWhole(OomGroup victim, @Nullable MemoryCgroup domain) {
        MemoryCgroup highest = null;
        MemoryCgroup each = victim.cgroup() == null ? null : victim.cgroup().living();
        while (each != null) {
            highest = each.isOomGroup() ? each : highest;
            each = each == domain ? null : each.parent();
        }
        return highest;
    }

    private List<OomGroup> inside(MemoryCgroup cgroup) {
        return groups.stream().filter(group -> group.isWithin(cgroup)).toList();
    }

    /**
     * Ends the worst of a memory cgroup and those below it. One thread at a time does so; others wait a moment, and try
     * again. In Linux: mem_cgroup_out_of_memory().
     *
     * @return false when there is none that may be ended
     */
    boolean outOfMemory(MemoryCgroup cgroup, int gfp, int order) {
        if (!cgroupLock.tryLock()) {
            LockSupport.parkNanos(this, TICK_NANOS);
            return true;
        }
        try {
            OomGroup victim = worst(inside(cgroup), cgroup.limits().maxBytes() >> PageFrame.PAGE_SHIFT);
            if (victim != null) {
                end(victim, cgroup, "Memory cgroup out of memory", gfp, order);
            }
            return victim != null;
        } finally {
            cgroupLock.unlock();
        }
    }

    /** In Linux: select_bad_process(). Of equals the first. */
    private static @Nullable OomGroup worst(List<OomGroup> groups, long pagesTotal) {
        OomGroup worst = null;
        long points = OomGroup.NOT_ELIGIBLE;
        for (OomGroup group : groups) {
            long badness = group.badness(pagesTotal);
            if (badness > points) {
                worst = group;
                points = badness;
            }
        }
        return worst;
    }

    private static String invoked(int gfp, int order) {
        return Thread.currentThread().getName() + " invoked oom-killer: gfp_mask=0x" + Integer.toHexString(gfp) + "("
                + Gfp.format(gfp) + "), order=" + order;
    }

    private OomPanic panic(int gfp, int order) {
        List<String> report = new ArrayList<>();
        report.add("Out of memory and no killable groups: System is deadlocked on memory");
        report.add(invoked(gfp, order));
        for (OomGroup group : groups) {
            report.add("group " + group.name() + ", pages:" + group.pagesUsed() + " oom_score_adj:" + group.scoreAdj());
        }
        log.warn(report);
        return new OomPanic(report);
    }
}
