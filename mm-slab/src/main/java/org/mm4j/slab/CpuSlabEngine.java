package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Padded;

/**
 * One active slab for each CPU, whose free objects are taken and given back by one compare-and-set of the CPU's word;
 * behind it a few slabs more.
 *
 * <pre>
 *   CPU's word   freelist, tid  ----&gt; objects that the CPU has of its active slab, linked
 *   active slab                 ----&gt; word: freelist, ...  ----&gt; objects of it that others freed
 *   partial slabs               ----&gt; slab ----&gt; slab         each was full until somebody of this CPU freed an object
 *
 *   alloc    the CPU's freelist; else what others freed of the active slab; else a partial slab; else slabs of the node;
 *            else new pages
 *   free     of the active slab: the CPU's freelist; else the slab's own; if that slab was full, it becomes partial here
 * </pre>
 *
 * <p>In Linux 6.18: mm/slub.c, slab_alloc_node(), ___slab_alloc(), do_slab_free(), put_cpu_partial(). Differs: a CPU is a
 * slot that threads share, so the slab's change is guarded by a lock, and the word is closed meanwhile.
 */
final class CpuSlabEngine implements SlabEngine {
    /*
     * Invariants
     *   E1  while a CPU's word is open, its active slab is not null, is frozen, and all objects of the CPU's freelist are
     *       of it.
     *   E2  the active slab changes only under the CPU's lock while the word is closed.
     *   E3  what the CPU's freelist has is in use for the slab's word, and FREE for its states.
     *
     * Why the pair of word and slab is never torn: a thread loads the word w, then the slab s, and changes w by
     * compare-and-set. If that succeeds, the word was w all the time, since no value of it returns: its tid grows. So no
     * close lies between, and by E2 s was the active slab of w.
     *
     * The link of the head may be read while somebody takes the head and its owner writes to it. Then the word has
     * changed, and what was read is thrown away.
     */
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle SLAB = MethodHandles.arrayElementVarHandle(Slab[].class);

    private final CacheSlabs slabs;
    private final ObjectMemory memory;
    private final SlabReports reports;
    private final CpuSource source;
    private final int cpus;
    private final int[] nodeOfCpu;
    private final CacheTuning tuning;

    private final long[] words;
    private final @Nullable Slab[] active;
    private final CpuPartial[] partials;

    CpuSlabEngine(KmemCache cache, CacheSlabs slabs, SlabConfig config) {
        this.slabs = slabs;
        memory = cache.memory();
        reports = cache.reports();
        source = config.cpus();
        cpus = config.settings().cpus();
        tuning = cache.tuning();
        words = new long[Padded.length(cpus)];
        active = new Slab[Padded.length(cpus)];
        partials = new CpuPartial[cpus];
        nodeOfCpu = new int[cpus];
        for (int cpu = 0; cpu < cpus; cpu++) {
            words[Padded.index(cpu)] = CpuWord.CLOSED;
            partials[cpu] = new CpuPartial();
            nodeOfCpu[cpu] = config.nodeOfCpu().applyAsInt(cpu);
        }
    }

    // Allocation.

    @Override
    public long alloc(int gfp, int nid) {
        while (true) {
            int cpu = source.cpu(cpus);
            int at = Padded.index(cpu);
            long word = wordAcquire(at); // [cpuslab.A1] pairs with [cpuslab.R1] in freeChain(), [cpuslab.R2] in open()
            int object = CpuWord.freelist(word);
            Slab slab = activeAcquire(at); // [cpuslab.A3] pairs with [cpuslab.R3] in setActiveRelease()
            if (object == 0 || slab == null || isElsewhere(slab, nid)) {
                return allocSlow(cpu, gfp, nid);
            }
            int next = memory.next(slab, object); // may be stale: the compare-and-set is the judge
            if (next == ObjectMemory.CORRUPT) {
                if (wordAcquire(at) == word) { // [cpuslab.A1]
                    return allocSlow(cpu, gfp, nid);
                }
            } else if (casWord(at, word, CpuWord.withFreelist(word, next))) {
                slab.setAllocated(object);
                return memory.address(slab, object);
            }
        }
    }

    private static boolean isElsewhere(Slab slab, int nid) {
        return nid != NO_NODE && slab.node != nid;
    }

    /** The CPU's freelist is empty, or of another node, or its first link is bad. */
    private long allocSlow(int cpu, int gfp, int nid) {
        if (nid != NO_NODE) {
            evict(cpu, nid);
        }
        long object = allocFromCpu(cpu, nid);
        if (object != 0) {
            return object;
        }
        int home = nid == NO_NODE ? nodeOfCpu[cpu] : nid;
        int partialMax = tuning.cpuPartialSlabs();
        Slab chain = slabs.get(gfp, nid, home, partialMax == 0 ? 1 : partialMax / 2 + 2);
        if (chain == null) {
            return 0;
        }
        Slab more = chain.next;
        chain.next = null;
        keepAll(cpu, more);
        return install(cpu, chain);
    }

    /** From what the CPU has: its active slab or a partial one. */
    private long allocFromCpu(int cpu, int nid) {
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
                head = head == 0 ? slabs.takeFreed(slab) : head;
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
            return open(at, next, slabs.freeze(next));
        } finally {
            own.unlock();
        }
    }

    /** Makes a slab that only this thread has the CPU's active one; one that somebody else has installed goes back. */
    private long install(int cpu, Slab slab) {
        int at = Padded.index(cpu);
        CpuPartial own = partials[cpu];
        own.lock();
        Slab old = active[at];
        int oldHead = close(at);
        long object = open(at, slab, slabs.freeze(slab));
        own.unlock();
        deactivate(old, oldHead);
        return object;
    }

    /** Gives the CPU's slabs back that are not of the node that is wanted. */
    private void evict(int cpu, int nid) {
        int at = Padded.index(cpu);
        CpuPartial own = partials[cpu];
        own.lock();
        Slab first = own.first();
        Slab chain = first != null && isElsewhere(first, nid) ? own.takeAll() : null;
        Slab old = active[at];
        int head = 0;
        if (old != null && isElsewhere(old, nid)) {
            head = close(at);
            setActiveRelease(at, null);
        } else {
            old = null;
        }
        own.unlock();
        deactivate(old, head);
        slabs.putPartials(chain);
    }

    private void deactivate(@Nullable Slab slab, int head) {
        int bad = slab == null ? 0 : slabs.deactivate(slab, head);
        if (slab != null && bad != 0) {
            reports.corrupt(slab, bad);
        }
    }

    // Changing the slab; holding the CPU's lock.

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

    // Freeing.

    @Override
    public boolean free(Slab slab, int object) {
        if (!slab.claim(object)) {
            return false;
        }
        freeChain(slab, object, object, 1);
        return true;
    }

    @Override
    public void freeChain(Slab slab, int head, int tail, int count) {
        while (true) {
            int cpu = source.cpu(cpus);
            int at = Padded.index(cpu);
            long word = wordAcquire(at); // [cpuslab.A1]
            if (CpuWord.isClosed(word) || activeAcquire(at) != slab) { // [cpuslab.A3]
                freeSlow(cpu, slab, head, tail, count);
                return;
            }
            memory.setNext(slab, tail, CpuWord.freelist(word));
            if (casWord(at, word, CpuWord.withFreelist(word, head))) { // [cpuslab.R1] publishes the link
                return;
            }
        }
    }

    /** The slab is not this CPU's active one. */
    private void freeSlow(int cpu, Slab slab, int head, int tail, int count) {
        Slab wasFull = slabs.free(slab, head, tail, count, tuning.cpuPartialSlabs() == 0);
        if (wasFull != null) {
            keep(cpu, wasFull);
        }
    }

    /** Keeps a slab as one of the CPU's partial ones; when there are too many, the others go to their nodes. */
    private void keep(int cpu, Slab slab) {
        CpuPartial own = partials[cpu];
        own.lock();
        Slab overflow = own.slabs() >= tuning.cpuPartialSlabs() ? own.takeAll() : null;
        own.push(slab);
        own.unlock();
        slabs.putPartials(overflow);
    }

    private void keepAll(int cpu, @Nullable Slab chain) {
        Slab slab = chain;
        while (slab != null) {
            Slab next = slab.next;
            keep(cpu, slab);
            slab = next;
        }
    }

    // Many at once.

    @Override
    public int allocBulk(int gfp, long[] objects, int from, int to) {
        int place = from;
        while (place < to) {
            place = takeActive(source.cpu(cpus), objects, place, to);
            if (place < to) {
                long object = alloc(gfp, NO_NODE);
                if (object == 0) {
                    break;
                }
                objects[place++] = object;
            }
        }
        return place - from;
    }

    /** Takes what the CPU's freelist has, or as much of it as is wanted, at once. */
    private int takeActive(int cpu, long[] objects, int from, int to) {
        int at = Padded.index(cpu);
        int place = from;
        CpuPartial own = partials[cpu];
        own.lock();
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
        own.unlock();
        return place;
    }

    @Override
    public void flush() {
        for (int cpu = 0; cpu < cpus; cpu++) {
            int at = Padded.index(cpu);
            CpuPartial own = partials[cpu];
            own.lock();
            Slab old = active[at];
            int head = close(at);
            setActiveRelease(at, null);
            Slab chain = own.takeAll();
            own.unlock();
            deactivate(old, head);
            slabs.putPartials(chain);
        }
    }

    @Override
    public int partialSlabs(int cpu) {
        CpuPartial own = partials[cpu];
        own.lock();
        try {
            return own.slabs();
        } finally {
            own.unlock();
        }
    }

    @Override
    public void visit(Visitor visitor) {
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

    private void visitActive(int at, int cpu, Visitor visitor) {
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

    private long wordAcquire(int at) {
        return (long) WORD.getAcquire(words, at);
    }

    private void setWordRelease(int at, long word) {
        WORD.setRelease(words, at, word);
    }

    private boolean casWord(int at, long expected, long next) {
        return WORD.compareAndSet(words, at, expected, next);
    }

    private @Nullable Slab activeAcquire(int at) {
        return (Slab) SLAB.getAcquire(active, at);
    }

    private void setActiveRelease(int at, @Nullable Slab slab) {
        SLAB.setRelease(active, at, slab); // [cpuslab.R3] a thread that sees it sees the word closed
    }
}
