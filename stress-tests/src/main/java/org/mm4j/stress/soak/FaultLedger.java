package org.mm4j.stress.soak;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.KernelFaults;
import org.mm4j.memory.HostMemoryException;

/**
 * Books every fault to the call in which it happened, and looks whether the two go together.
 *
 * <pre>
 *   the call failed       there was a fault in it
 *   the call did well     there was none in it that fails such a call always, as failslab does for an object
 *   for each point        faults = seen (in calls that failed) + absorbed (in others) + those outside of all calls
 * </pre>
 *
 * <p>Memory must never become short, for then a call fails without a fault; what may fail for other reasons is an {@link
 * #attempt}, whose faults are only counted. Without faults it only counts failures.
 */
final class FaultLedger {
    private final ThreadLocal<@Nullable Map<FaultPoint, Integer>> call = new ThreadLocal<>();
    private final Map<FaultPoint, LongAdder> seen = counters();
    private final Map<FaultPoint, LongAdder> absorbed = counters();
    private final Map<FaultPoint, LongAdder> outside = counters();
    private final AtomicLong failures = new AtomicLong();
    private final FaultSites sites = new FaultSites();
    private final boolean isChecked;

    /** Books the faults of a kernel; of none when there are none to be. */
    FaultLedger(@Nullable KernelFaults faults) {
        isChecked = faults != null;
        if (faults != null) {
            faults.onFault(this::note);
        }
    }

    private static Map<FaultPoint, LongAdder> counters() {
        Map<FaultPoint, LongAdder> counters = new EnumMap<>(FaultPoint.class);
        for (FaultPoint point : FaultPoint.values()) {
            counters.put(point, new LongAdder());
        }
        return counters;
    }

    /** By the thread that fails. */
    private void note(FaultPoint point) {
        sites.note(point);
        Map<FaultPoint, Integer> now = call.get();
        if (now == null) {
            outside.get(point).increment();
        } else {
            now.merge(point, 1, Integer::sum);
        }
    }

    /**
     * Takes something; null is a failure.
     *
     * @param direct what fails such a request with each fault there, besides what has no fallback
     */
    <T> @Nullable T take(Supplier<@Nullable T> request, FaultPoint... direct) {
        return take(request, false, List.of(direct));
    }

    /** The same of something that may fail for other reasons too. */
    <T> @Nullable T attempt(Supplier<@Nullable T> request) {
        return take(request, true, List.of());
    }

    private <T> @Nullable T take(Supplier<@Nullable T> request, boolean mayFail, List<FaultPoint> direct) {
        Map<FaultPoint, Integer> faults = begin();
        T taken;
        try {
            taken = request.get();
        } finally {
            call.remove();
        }
        if (taken != null) {
            faults.keySet().stream()
                    .filter(point -> direct.contains(point) || point.fallback().isEmpty())
                    .forEach(point -> {
                        throw new AssertionError(point.kernelName() + " has failed, but its caller was given " + taken);
                    });
        } else if (isChecked && !mayFail && faults.isEmpty()) {
            throw new AssertionError("a request has failed, although nothing was made to fail in it");
        }
        book(faults, taken == null);
        return taken;
    }

    /** Gives something back. What the host refuses stays, and is tried again until it is done. */
    void giveBack(Runnable free) {
        if (!isChecked) {
            free.run();
            return;
        }
        while (!isGivenBack(free)) {}
    }

    private boolean isGivenBack(Runnable free) {
        Map<FaultPoint, Integer> faults = begin();
        boolean isDone = false;
        try {
            free.run();
            isDone = true;
        } catch (HostMemoryException e) {
            if (!faults.containsKey(FaultPoint.FAIL_UNMAP)) {
                throw new AssertionError("the host has refused, although it was not made to", e);
            }
        } finally {
            call.remove();
        }
        book(faults, !isDone);
        return isDone;
    }

    private Map<FaultPoint, Integer> begin() {
        Map<FaultPoint, Integer> faults = new EnumMap<>(FaultPoint.class);
        call.set(faults);
        return faults;
    }

    private void book(Map<FaultPoint, Integer> faults, boolean hasFailed) {
        failures.addAndGet(hasFailed ? 1 : 0);
        faults.forEach(
                (point, count) -> (hasFailed ? seen : absorbed).get(point).add(count));
    }

    /** Calls that failed. */
    long failures() {
        return failures.get();
    }

    /** From where they came. */
    FaultSites sites() {
        return sites;
    }

    long seen(FaultPoint point) {
        return seen.get(point).sum();
    }

    long absorbed(FaultPoint point) {
        return absorbed.get(point).sum();
    }

    /** Compares with what the points have counted; what is wrong, one sentence each. Nobody may be in a call. */
    List<String> check(KernelFaults faults) {
        List<String> findings = new ArrayList<>();
        for (FaultPoint point : FaultPoint.values()) {
            long made = faults.of(point).faults();
            long others = outside.get(point).sum();
            if (made != seen(point) + absorbed(point) + others) {
                findings.add(point.kernelName() + ": " + made + " faults, but " + seen(point) + " were seen, "
                        + absorbed(point) + " absorbed, and " + others + " outside of all calls");
            }
            if (point.fallback().isEmpty() && absorbed(point) + others > 0) {
                findings.add(point.kernelName() + ": " + (absorbed(point) + others) + " faults were told to nobody");
            }
        }
        return findings;
    }
}
