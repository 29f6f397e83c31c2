package org.mm4j.api;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The log of a kernel: what it warns about, newest last. The last {@value #LINES_KEPT} lines are kept; a listener sees
 * all of them. Nothing is printed. Any thread may call it.
 *
 * <p>In Linux 6.18: kernel/printk, dmesg, and the once-only warnings of include/asm-generic/bug.h. Differs: "once"
 * means once per log, not once per boot of the machine.
 */
public final class KernelLog {
    private static final int LINES_KEPT = 256;

    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private final Set<String> warnedSites = new HashSet<>();
    private final Consumer<String> listener;
    private long linesWritten;

    /** A log that only keeps its lines. */
    public KernelLog() {
        this(line -> {});
    }

    /** A log that also passes each line on; the listener is called by the thread that logs. */
    public KernelLog(Consumer<String> listener) {
        this.listener = listener;
    }

    /** Adds a line. */
    public void warn(String line) {
        warn(List.of(line));
    }

    /** Adds the lines of one report. No line of another thread comes between them in {@link #lines}. */
    public void warn(List<String> report) {
        synchronized (this) {
            report.forEach(this::add);
        }
        report.forEach(listener);
    }

    private void add(String line) {
        if (lines.size() == LINES_KEPT) {
            lines.removeFirst();
        }
        lines.addLast(line);
        linesWritten++;
    }

    /** Adds a line unless this place in the code has warned before. In Linux: WARN_ON_ONCE(). */
    public void warnOnce(String site, String line) {
        synchronized (this) {
            if (!warnedSites.add(site)) {
                return;
            }
        }
        warn(line);
    }

    /** The lines that are kept, oldest first. */
    public synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /** How many lines were ever written. */
    public synchronized long linesWritten() {
        return linesWritten;
    }
}
