package org.mm4j.kernel;

/**
 * What kind of code a thread runs, in the order in which less and less is allowed.
 *
 * <p>In Linux 6.18: include/linux/preempt.h, in_task(), in_atomic(), in_interrupt(), in_nmi().
 */
public enum Context {
    /** Ordinary code. It may wait. */
    PROCESS,
    /** Code that must not be interrupted, as under a spin lock. It must not wait. */
    ATOMIC,
    /** Code that interrupts other code. It must not wait, and what the other was allowed does not count. */
    INTERRUPT,
    /** Code that interrupts even code that holds locks. It must take none. In Linux: in_nmi(). */
    NMI
}
