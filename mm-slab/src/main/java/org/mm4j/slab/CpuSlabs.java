package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Padded;

/**
 * The slabs that each CPU has: an active one with the word of its freelist, and a few partial ones. Here is how they change
 * under the CPU's lock; {@link CpuSlabEngine} is what changes the word without it.
 *
 * <pre>
 *   word open, head a   ----- close: compare-and-set ----&gt;   word closed; the caller has a and what is behind it
 *          ^                                                      |
 *          '------- open: hands a out, the rest is the CPU's -----'------- or the slab goes: deactivate
 *
 *   partial slabs       keep ----&gt;  [ newest ] -&gt; [ slab ] -&gt; ...  ----&gt; the next active one; too many: to their nodes
 * </pre>
 *
 * <p>It is the engine's superclass and not a part of it, so that the fast path finds the words by one load.
 *
 * <p>In Linux 6.18: mm/slub.c, {@code struct kmem_cache_cpu}, ___slab_alloc(), flush_slab(), put_cpu_partial().
 */
abstract class CpuSlabs {
    /*
     * Invariants
     *   E1  while a CPU's word is open, its active slab is not null, is frozen, and all objects of the CPU's freelist are
     *       of it.
     *   E2  the active slab changes only under the CPU's lock while the word is closed.
     *   E3  what the CPU's freelist has is in use for the slab's word, and FREE for its states.
     *
     * Between close and open, deactivate or the change of the slab nothing is called that can fail: a freelist that was
     * closed is in no field, and would be lost.
     */
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle SLAB = MethodHandles.arrayElementVarHandle(Slab[].class);

    final int cpus;
    final ObjectMemory memory;
    final CacheSlabs slabs;
    final SlabFreelists freelists;
    final CacheTuning tuning;
    private final SlabReports reports;

    private final long[] words;
    private final @Nullable Slab[] active;
    private final CpuPartial[] partials;

    CpuSlabs(KmemCache cache, CacheSlabs slabs, int cpus) {
        this.slabs = slabs;
        this.cpus = cpus;
        memory = cache.memory();
        freelists = slabs.freelists();
        tuning = cache.tuning();
        reports = cache.reports();
        words = new long[Padded.length(cpus)];
        active = new Slab[Padded.length(cpus)];
        partials = new CpuPartial[cpus];
        for (int cpu = 0; cpu < cpus; cpu++) {
            words[Padded.index(cpu)] = CpuWord.CLOSED;
            partials[cpu] = new CpuPartial();
        }
    }

    static boolean isElsewhere(Slab slab, int nid) {
        return nid != NO_NODE && slab.node != nid;
    }

    // Taking.

    /** An object of the CPU's active slab or of a partial one; 0 when there is none. */
    final long takeOne(int cpu, int nid) {
        int at = Padded.index(cpu);
        CpuPartial own = partials[cpu];
        own.lock();
        try {
            Slab slab = active[at];
            if (slab != null) {
                if (isElsewhere(slab, nid)) {
                    return 0;
                }
                int head = close(at);
                head = head == 0 ? freelists.takeFreed(slab) : head;
                if (head != 0) {
                    return open(at, slab, head);
                }
                setActiveRelease(at, null);
            }
            Slab next = own.first();
            if (next == null || isElsewhere(next, nid)) {
                return 0;
            }
            own.pop();
            return open(at, next, freelists.freeze(next));
        } finally {
            own.unlock();
        }
    }

    /** Takes what the CPU's freelist has, or as much of it as is wanted, at once. Returns the next place. */
    final int takeMany(int cpu, long[] objects, int from, int to) {
        int at = Padded.index(cpu);
        int place = from;
        CpuPartial own = partials[cpu];
        own.lock();
        try {
            Slab slab = active[at];
            if (slab != null) {
                int head = close(at);
                while (head != 0 && place < to) {
                    int next = memory.next(slab, head);
                    if (next == ObjectMemory.CORRUPT) {
                        break; // left to alloc()
                    }
                    slab.setAllocated(head);
                    objects[place++] = memory.address(slab, head);
                    head = next;
                }
                reopen(at, slab, head);
            }
        } finally {
            own.unlock();
        }
        return place;
    }

    // The active slab.

    /**
     * Makes a slab that only this thread has the CPU's active one, and takes an object of it; the slab that somebody else
     * has installed meanwhile goes back.
     */
    final long install(int cpu, Slab slab) {
        int at = Padded.index(cpu);
        int head = freelists.freeze(slab);
        Slab old;
        int oldHead;
        long object;
        CpuPartial own = partials[cpu];
        own.lock();
        try {
            old = active[at];
            oldHead = close(at);
            object = open(at, slab, head);
        } finally {
            own.unlock();
        }
        deactivate(old, oldHead);
        return object;
    }

    /** Gives the CPU's slabs back that are not of the node that is wanted. */
    final void evict(int cpu, int nid) {
        int at = Padded.index(cpu);
        Slab chain;
        Slab old;
        int head = 0;
        CpuPartial own = partials[cpu];
        own.lock();
        try {
            Slab first = own.first();
            chain = first != null && isElsewhere(first, nid) ? own.takeAll() : null;
            old = active[at];
            if (old != null && isElsewhere(old, nid)) {
                head = close(at);
                setActiveRelease(at, null);
            } else {
                old = null;
            }
        } finally {
            own.unlock();
        }
        deactivate(old, head);
        slabs.putPartials(chain);
    }

    /** See {@link SlabEngine#flush}. */
    public final void flush() {
        for (int cpu = 0; cpu < cpus; cpu++) {
            int at = Padded.index(cpu);
            Slab old;
            int head;
            Slab chain;
            CpuPartial own = partials[cpu];
            own.lock();
            try {
                old = active[at];
                head = close(at);
                setActiveRelease(at, null);
                chain = own.takeAll();
            } finally {
                own.unlock();
            }
            deactivate(old, head);
            slabs.putPartials(chain);
        }
    }

    private void deactivate(@Nullable Slab slab, int head) {
        int bad = slab == null ? 0 : freelists.deactivate(slab, head);
        if (slab != null && bad != 0) {
            reports.corrupt(slab, bad);
        }
    }

    /** Takes the CPU's freelist, and keeps all others from the word. */
    private int close(int at) {
        long word;
        do {
            word = wordAcquire(at); // [cpuslab.A1]
        } while (!casWord(at, word, CpuWord.closed(word)));
        return CpuWord.freelist(word);
    }

    /** Takes the first object of a freelist that only this thread has, and makes the rest the CPU's. */
    private long open(int at, Slab slab, int head) {
        int next = memory.next(slab, head);
        reopen(at, slab, Math.max(next, 0));
        slab.setAllocated(head);
        if (next == ObjectMemory.CORRUPT) {
            reports.corrupt(slab, head);
        }
        return memory.address(slab, head);
    }

    private void reopen(int at, Slab slab, int head) {
        setActiveRelease(at, slab);
        setWordRelease(at, CpuWord.withFreelist(wordPlain(at), head)); // [cpuslab.R2] publishes the slab and its links
    }

    // The partial slabs.

    /** Keeps a slab as one of the CPU's partial ones; when there are too many, the others go to their nodes. */
    final void keep(int cpu, Slab slab) {
        slabs.putPartials(partials[cpu].keep(slab, tuning.cpuPartialSlabs()));
    }

    final void keepAll(int cpu, @Nullable Slab chain) {
        Slab slab = chain;
        while (slab != null) {
            Slab next = slab.next;
            keep(cpu, slab);
            slab = next;
        }
    }

    // Looking.

    /** See {@link SlabEngine#partialSlabs}. */
    public final int partialSlabs(int cpu) {
        return partials[cpu].count();
    }

    /** See {@link SlabEngine#visit}. */
    public final void visit(SlabEngine.Visitor visitor) {
        for (int cpu = 0; cpu < cpus; cpu++) {
            CpuPartial own = partials[cpu];
            own.lock();
            try {
                visitActive(Padded.index(cpu), cpu, visitor);
                for (Slab slab = own.first(); slab != null; slab = slab.next) {
                    visitor.holds(slab, "a partial slab of CPU " + cpu);
                }
            } finally {
                own.unlock();
            }
        }
    }

    private void visitActive(int at, int cpu, SlabEngine.Visitor visitor) {
        Slab slab = active[at];
        if (slab == null) {
            return;
        }
        visitor.holds(slab, "the active slab of CPU " + cpu);
        int object = CpuWord.freelist(wordAcquire(at)); // [cpuslab.A1]
        for (int seen = 0; object > 0 && seen < slab.objects; seen++) {
            visitor.keeps(slab, object);
            object = memory.next(slab, object);
        }
    }

    // The words.

    private long wordPlain(int at) {
        return (long) WORD.get(words, at);
    }

    final long wordAcquire(int at) {
        return (long) WORD.getAcquire(words, at);
    }

    private void setWordRelease(int at, long word) {
        WORD.setRelease(words, at, word);
    }

    final boolean casWord(int at, long expected, long next) {
        return WORD.compareAndSet(words, at, expected, next);
    }

    final @Nullable Slab activeAcquire(int at) {
        return (Slab) SLAB.getAcquire(active, at);
    }

    private void setActiveRelease(int at, @Nullable Slab slab) {
        SLAB.setRelease(active, at, slab); // [cpuslab.R3] a thread that sees it sees the word closed
    }
}
