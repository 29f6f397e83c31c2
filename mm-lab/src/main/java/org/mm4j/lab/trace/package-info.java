/**
 * Reads what a real kernel's tracepoints printed: lines of ftrace, {@code trace-cmd report} or {@code perf script} become
 * {@link org.mm4j.lab.trace.TraceEvent}s.
 */
@NullMarked
package org.mm4j.lab.trace;

import org.jspecify.annotations.NullMarked;
