package org.mm4j.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * Decides which calls at one point fail: allocations, mappings, attempts to get a lock. The same calls in the same order
 * fail with the same random numbers. Any thread may call; while something is to fail it takes a lock.
 *
 * <pre>
 *   the task's n-th -> probability 0 -> filters -> times used up -> space left -> not this one of the interval
 *        -> not by chance -> fails
 * </pre>
 *
 * <p>Each step that says no leaves the state of those behind it alone. A point is a class of its own in front of what may
 * fail; where nothing is to fail ever it is not there, and costs nothing.
 *
 * <p>In Linux 6.18: lib/fault-inject.c, should_fail_ex(). Differs: the filter by stack is any condition, which is asked
 * after the filter by task; a task's n-th call counts requests that the attributes spare; reports are not limited in time.
 */
public final class FaultInjection {
    private static final int FRAMES_SHOWN = 32;

    private final String name;
    private final RandomGenerator random;
    private final KernelLog log;
    private volatile FaultAttributes attributes = FaultAttributes.NONE;
    private volatile BooleanSupplier filter = () -> true;
    private volatile Runnable onFault = () -> {};

    // Guarded by this.
    private long spaceLeft;
    private long timesLeft;
    private long intervalCalls;
    private long calls;
    private long faults;

    /** A point where nothing fails yet. The name is for reports, as {@code failslab}. */
    public FaultInjection(String name, RandomGenerator random, KernelLog log) {
        this.name = name;
        this.random = random;
        this.log = log;
    }

    /** Faults as the attributes say, from now on: their space and times begin anew. Returns this point. */
    public synchronized FaultInjection set(FaultAttributes next) {
        spaceLeft = next.space();
        timesLeft = next.times();
        attributes = next;
        return this;
    }

    /** The attributes, with the space and the times that are left. */
    public synchronized FaultAttributes attributes() {
        return attributes.withSpace(spaceLeft).withTimes(timesLeft);
    }

    /** Faults only where the condition holds: in some method, between two points in time. Asked by the thread that may fail. */
    public void setFilter(BooleanSupplier next) {
        filter = next;
    }

    /** What the thread that fails does besides. It must not reach the point itself. */
    public void setOnFault(Runnable next) {
        onFault = next;
    }

    /** As {@code failslab}. */
    public String name() {
        return name;
    }

    /**
     * Whether a request for pages or objects fails. Those that must not fail never do. In Linux: should_fail_alloc_page(),
     * should_failslab().
     */
    public boolean shouldFailAlloc(int gfp, int order, long bytes) {
        FaultAttributes now = attributes;
        boolean isSpared = order < now.minOrder() || (now.sparesWaiters() && Gfp.has(gfp, Gfp.__GFP_DIRECT_RECLAIM));
        boolean mayFail = !Gfp.has(gfp, Gfp.__GFP_NOFAIL) && (!isSpared || FaultTask.failNth() > 0);
        return mayFail && shouldFail(bytes, !Gfp.has(gfp, Gfp.__GFP_NOWARN));
    }

    /** Whether a call that is worth so much fails. In Linux: should_fail(). */
    public boolean shouldFail(long size) {
        return shouldFail(size, true);
    }

    private boolean shouldFail(long size, boolean reports) {
        boolean isNth = FaultTask.failNth() > 0;
        if (isNth ? !FaultTask.countDown() : !concernsCaller()) {
            return false;
        }
        List<String> report;
        synchronized (this) {
            if (!isNth && !isChosen(size)) {
                return false;
            }
            report = reports && attributes.verbose() > 0 ? report(attributes()) : List.of();
            faults++;
            timesLeft -= timesLeft > 0 ? 1 : 0;
        }
        onFault.run();
        if (!report.isEmpty()) {
            log.warn(report);
        }
        return true;
    }

    private boolean concernsCaller() {
        FaultAttributes now = attributes;
        return now.rate().faults() > 0 && (!now.filtersTasks() || FaultTask.makesItFail()) && filter.getAsBoolean();
    }

    private boolean isChosen(long size) {
        FaultAttributes now = attributes;
        calls++;
        if (timesLeft == 0) {
            return false;
        }
        if (spaceLeft > size) {
            spaceLeft -= size;
            return false;
        }
        if (now.interval() > 1 && ++intervalCalls % now.interval() != 0) {
            return false;
        }
        return now.rate().hits(random);
    }

    /** In Linux: fail_dump(). */
    private List<String> report(FaultAttributes now) {
        List<String> lines = new ArrayList<>();
        lines.add("FAULT_INJECTION: forcing a failure.");
        lines.add("name " + name + ", interval " + now.interval() + ", probability "
                + now.rate().percent() + ", space " + now.space() + ", times " + now.times());
        if (now.verbose() > 1) {
            lines.add("Call Trace:");
            StackWalker.getInstance().forEach(frame -> {
                if (lines.size() < FRAMES_SHOWN && !frame.getClassName().equals(FaultInjection.class.getName())) {
                    lines.add(" " + frame.getClassName() + "." + frame.getMethodName());
                }
            });
        }
        return lines;
    }

    /** How many calls came here while something was to fail, spared ones left out. */
    public synchronized long calls() {
        return calls;
    }

    /** How many calls were made to fail. */
    public synchronized long faults() {
        return faults;
    }
}
