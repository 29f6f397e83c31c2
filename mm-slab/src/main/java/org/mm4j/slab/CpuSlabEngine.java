package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

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
 * <p>In Linux 6.18: mm/slub.c, slab_alloc_node(), do_slab_free(). Differs: a CPU is a slot that threads
 * share, so the slab's change is guarded by a lock, and the word is closed meanwhile.
 */
final class CpuSlabEngine extends CpuSlabs implements SlabEngine {
    /*
     * Why the pair of word and slab is never torn: a thread loads the word w, then the slab s, and changes w by
     * compare-and-set. If that succeeds, the word was w all the time, since no value of it returns: its tid grows. So no
     * close lies between, and by E2 s was the active slab of w.
     *
     * The link of the head may be read while somebody takes the head and its owner writes to it. Then the word has
     * changed, and what was read is thrown away.
     */
    private final CpuSource source;
    private final int[] nodeOfCpu;

    CpuSlabEngine(KmemCache cache, CacheSlabs slabs, SlabConfig config) {
        super(cache, slabs, config.settings().cpus());
        source = config.cpus();
        nodeOfCpu = SlotNodes.of(cpus, config);
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

    /** The CPU's freelist is empty, or of another node, or its first link is bad. */
    private long allocSlow(int cpu, int gfp, int nid) {
        if (nid != NO_NODE) {
            evict(cpu, nid);
        }
        long object = takeOne(cpu, nid);
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
        Slab wasFull = freelists.free(slab, head, tail, count, tuning.cpuPartialSlabs() == 0);
        if (wasFull != null) {
            keep(cpu, wasFull);
        }
    }

    // Many at once.

    @Override
    public int allocBulk(int gfp, long[] objects, int from, int to) {
        int place = from;
        while (place < to) {
            place = takeMany(source.cpu(cpus), objects, place, to);
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
}
