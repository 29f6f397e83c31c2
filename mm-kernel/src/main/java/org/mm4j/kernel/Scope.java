package org.mm4j.kernel;

import java.util.List;
import org.mm4j.api.Gfp;

/**
 * All scopes around some code, folded into one immutable value. Leaving a scope is going back to the value before.
 *
 * <pre>
 *   PROCESS  --noio-->  NOIO  --atomic-->  NOIO, ATOMIC depth 1  --nofs-->  NOIO, NOFS, ATOMIC depth 1
 *                       NOIO  <---end----                        <---end--
 * </pre>
 *
 * @param flags those of the constants that hold
 * @param atomicDepth how many atomic and interrupt scopes are nested; 0: the code may wait
 * @param atomicEntry where the outermost of them began; empty when nobody noted it
 */
record Scope(int flags, int atomicDepth, List<StackTraceElement> atomicEntry) {
    /** In an interrupt, however deep. */
    static final int INTERRUPT = 1;
    /** In Linux: PF_MEMALLOC_NOIO. */
    static final int NOIO = 1 << 1;
    /** In Linux: PF_MEMALLOC_NOFS. */
    static final int NOFS = 1 << 2;
    /** In Linux: PF_MEMALLOC. */
    static final int NORECLAIM = 1 << 3;
    /** In Linux: PF_MEMALLOC_PIN. */
    static final int PIN = 1 << 4;

    /** In an interrupt that nothing masks. */
    static final int NMI = 1 << 5;

    /** Code without any scope around it. */
    static final Scope PROCESS = new Scope(0, 0, List.of());

    /** This scope and a memalloc scope in it. */
    Scope with(int flag) {
        return new Scope(flags | flag, atomicDepth, atomicEntry);
    }

    /** This scope and an atomic one in it; {@code entry} is where it begins. */
    Scope atomic(List<StackTraceElement> entry) {
        return new Scope(flags, atomicDepth + 1, isAtomic() ? atomicEntry : entry);
    }

    /** This scope and an interrupt in it: the reserves were for the code that it interrupts. */
    Scope interrupt(List<StackTraceElement> entry) {
        return new Scope((flags | INTERRUPT) & ~NORECLAIM, atomicDepth + 1, isAtomic() ? atomicEntry : entry);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    boolean isAtomic() {
        return atomicDepth > 0;
    }

    Context context() {
        if (has(NMI)) {
            return Context.NMI;
        }
        if (has(INTERRUPT)) {
            return Context.INTERRUPT;
        }
        return isAtomic() ? Context.ATOMIC : Context.PROCESS;
    }

    /** What is left of the flags of a request; the same again when they are asked for again. */
    int effective(int gfp) {
        int left = gfp;
        if (has(NOIO)) {
            left &= ~(Gfp.__GFP_IO | Gfp.__GFP_FS);
        } else if (has(NOFS)) {
            left &= ~Gfp.__GFP_FS;
        }
        if (has(PIN)) {
            left &= ~Gfp.__GFP_MOVABLE;
        }
        return has(NORECLAIM) ? withoutReclaim(left) : left;
    }

    /**
     * All reserves instead of reclaim. A request that must not fail keeps the permission to wait, for it has to wait until
     * others give memory back.
     */
    private static int withoutReclaim(int gfp) {
        int reserves = Gfp.has(gfp, Gfp.__GFP_NOMEMALLOC) ? 0 : Gfp.__GFP_MEMALLOC;
        int reclaim = Gfp.has(gfp, Gfp.__GFP_NOFAIL) ? 0 : Gfp.__GFP_DIRECT_RECLAIM;
        return (gfp | reserves) & ~reclaim;
    }
}
