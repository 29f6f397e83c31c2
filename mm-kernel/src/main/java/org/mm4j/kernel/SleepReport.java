package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.mm4j.api.KernelLog;
import org.mm4j.api.LockRank;

/**
 * What stands in the log after code waited, or might have, where it must not. At most one report a second.
 *
 * <p>In Linux 6.18: kernel/sched/core.c, __might_resched(). Differs: Java's stacks, and the ranks of spin locks.
 */
final class SleepReport {
    private static final long INTERVAL_NANOS = 1_000_000_000L;
    private static final int FRAMES_MOST = 32;

    private final KernelLog log;
    private final LongSupplier nanoTime;
    private boolean hasWritten;
    private long lastNanos;

    SleepReport(KernelLog log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
    }

    void write(String site, Scope scope) {
        if (!mayWrite()) {
            return;
        }
        List<LockRank> locks = LockRank.held();
        Thread thread = Thread.currentThread();
        List<String> lines = new ArrayList<>();
        lines.add("BUG: sleeping function called from invalid context at " + site);
        lines.add("in_atomic(): 1, irqs_disabled(): " + (scope.has(Scope.INTERRUPT) ? 1 : 0) + ", pid: "
                + thread.threadId() + ", name: " + thread.getName());
        lines.add("preempt_count: " + (scope.atomicDepth() + locks.size()) + ", expected: 0");
        if (!locks.isEmpty()) {
            lines.add("spin locks held: " + locks);
        }
        if (scope.isAtomic()) {
            addEntry(lines, scope.atomicEntry());
        }
        lines.add("Call Trace:");
        addFrames(lines, callers());
        log.warn(lines);
    }

    private static void addEntry(List<String> lines, List<StackTraceElement> entry) {
        if (entry.isEmpty()) {
            lines.add("Preemption disabled at: unknown; contexts().noteEntries(true) tells from then on");
        } else {
            lines.add("Preemption disabled at:");
            addFrames(lines, entry);
        }
    }

    private static void addFrames(List<String> lines, List<StackTraceElement> frames) {
        frames.forEach(frame -> lines.add(" " + frame));
    }

    private synchronized boolean mayWrite() {
        long now = nanoTime.getAsLong();
        if (hasWritten && now - lastNanos < INTERVAL_NANOS) {
            return false;
        }
        hasWritten = true;
        lastNanos = now;
        return true;
    }

    /** Who called the contexts, innermost first; 32 frames at most. */
    static List<StackTraceElement> callers() {
        return StackWalker.getInstance().walk(frames -> outside(frames).toList());
    }

    private static Stream<StackTraceElement> outside(Stream<StackWalker.StackFrame> frames) {
        return frames.dropWhile(frame -> isOurs(frame.getClassName()))
                .limit(FRAMES_MOST)
                .map(StackWalker.StackFrame::toStackTraceElement);
    }

    private static boolean isOurs(String className) {
        return className.equals(SleepReport.class.getName()) || className.equals(Contexts.class.getName());
    }
}
