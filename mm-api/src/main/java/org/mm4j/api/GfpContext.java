package org.mm4j.api;

/**
 * What an allocator asks about the code that calls it: whether it may wait, and what the scopes around it leave of its
 * request's flags. Every allocator asks once, at the entry of every call that allocates. Asking twice is harmless: the
 * flags stay as they are.
 *
 * <p>In Linux 6.18: include/linux/sched/mm.h, might_alloc() and current_gfp_context().
 */
@FunctionalInterface
public interface GfpContext {
    /** All code may wait, and nothing is around it. */
    GfpContext PROCESS = gfp -> gfp;

    /**
     * The flags that count for a request of the calling thread. A request that waits where nobody may wait is reported,
     * and goes on. Called without locks, on the fast path: it allocates no Java heap unless it reports, and never throws.
     */
    int effective(int gfp);

    /** Whether the calling code interrupts other code, which may hold any lock but those of atomic code. In Linux: in_interrupt(). */
    default boolean isInInterrupt() {
        return false;
    }

    /** Whether the calling code interrupts any other code, which may hold any lock. In Linux: in_nmi(). */
    default boolean isInNmi() {
        return false;
    }

    /**
     * Runs code that frees more than it takes: its requests leave reclaim alone and may use all reserves, as far as the
     * context knows of them. In Linux: memalloc_noreclaim_save().
     */
    default void noreclaim(Runnable code) {
        code.run();
    }
}
