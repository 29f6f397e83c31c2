package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

/**
 * No objects for CPUs: whoever allocates or frees takes the lock of the slab's node, so that each object can be checked
 * and marked. Every slab of the cache is in one of three places:
 *
 * <pre>
 *   partial list   some objects are free
 *   full list      none is
 *   on no list     isolated: something of it was broken; its word is frozen and full, and its free objects are lost
 * </pre>
 *
 * <p>Costs Java heap, a lock and as many bytes as the objects have: for finding bugs, not for speed.
 *
 * <p>In Linux 6.18: mm/slub.c, alloc_single_from_partial(), alloc_debug_processing(), free_to_partial_list(),
 * free_debug_processing(). As there, a bad object that is freed is lost and its slab goes on being used; one that would be
 * handed out ends its slab. Differs: full slabs are listed whatever the flags, and reports are logged after the lock.
 */
final class DebugEngine implements SlabEngine {
    /*
     * Invariant
     *   D1  words, lists, marks and objectsLost of a node's slabs change only under the node's lock.
     *
     * An object is claimed before the lock is taken, so that a second free is refused as by other engines. So the freelist
     * tells which objects are free, not their states: between claim and lock an object is in use for the slab.
     */
    private final KmemCache cache;
    private final CacheSlabs slabs;
    private final ObjectMemory memory;
    private final ObjectPatterns patterns;
    private final ObjectChecks checks;
    private final ObjectUsers users;
    private final SlabReports reports;
    private final KernelLog log;
    private final CpuSource source;
    private final int cpus;
    private final int[] nodeOfCpu;
    private final CacheTuning tuning;
    private final boolean isChecked;
    private final boolean isTraced;
    private final AtomicLong objectsLost = new AtomicLong();

    /** One for each node, under its lock. */
    private final BugReport[] bugs;

    DebugEngine(KmemCache cache, ObjectPatterns patterns, CacheSlabs slabs, SlabConfig config) {
        SlabLayout layout = cache.layout();
        this.cache = cache;
        this.slabs = slabs;
        this.patterns = patterns;
        memory = cache.memory();
        reports = cache.reports();
        checks = new ObjectChecks(layout, memory, patterns);
        users = new ObjectUsers(layout, memory);
        log = config.log();
        source = config.cpus();
        cpus = config.settings().cpus();
        tuning = cache.tuning();
        isChecked = SlabFlags.has(layout.flags(), SlabFlags.SLAB_CONSISTENCY_CHECKS);
        isTraced = SlabFlags.has(layout.flags(), SlabFlags.SLAB_TRACE);
        nodeOfCpu = new int[cpus];
        for (int cpu = 0; cpu < cpus; cpu++) {
            nodeOfCpu[cpu] = config.nodeOfCpu().applyAsInt(cpu);
        }
        bugs = new BugReport[slabs.nodes()];
        for (int nid = 0; nid < bugs.length; nid++) {
            bugs[nid] = new BugReport(cache, users);
        }
    }

    // Allocation.

    @Override
    public long alloc(int gfp, int nid) {
        int cpu = source.cpu(cpus);
        int stack = users.stack();
        int home = nid == NO_NODE ? nodeOfCpu[cpu] : nid;
        long object = take(home, null, cpu, stack);
        if (object != 0 || Gfp.has(gfp, Gfp.__GFP_THISNODE)) {
            return object != 0 ? object : takeNew(slabs.create(gfp, nid), gfp, nid, home, cpu, stack);
        }
        if (nid != NO_NODE) {
            Slab here = slabs.create(Gfp.GFP_NOWAIT | Gfp.__GFP_THISNODE | Gfp.__GFP_NOWARN, nid);
            if (here != null) {
                return take(here.node, here, cpu, stack);
            }
        }
        boolean isWanted = slabs.nodes() > 1 && slabs.looksElsewhere();
        for (int step = 1; isWanted && step < slabs.nodes() && object == 0; step++) {
            int other = (home + step) % slabs.nodes();
            object = slabs.node(other).partial() > tuning.minPartial() ? take(other, null, cpu, stack) : 0;
        }
        return object != 0 ? object : takeNew(slabs.create(gfp, nid), gfp, nid, home, cpu, stack);
    }

    private long takeNew(@Nullable Slab slab, int gfp, int nid, int home, int cpu, int stack) {
        if (slab == null) {
            reports.outOfMemory(slabs, gfp, home, nid);
            return 0;
        }
        return take(slab.node, slab, cpu, stack);
    }

    /**
     * An object of a node's listed slabs; 0 when there is none.
     *
     * @param fresh a new slab, which is listed first; null: none
     */
    private long take(int nid, @Nullable Slab fresh, int cpu, int stack) {
        NodeSlabs node = slabs.node(nid);
        List<String> lines;
        long object = 0;
        node.lock();
        try {
            if (fresh != null) {
                node.addPartial(fresh, false);
            }
            Slab slab = node.first();
            while (slab != null && object == 0) {
                Slab next = slab.next;
                object = takeFirst(node, slab, cpu, stack);
                slab = next;
            }
        } finally {
            lines = bugs[nid].take();
            node.unlock();
        }
        log(lines);
        return object;
    }

    /** The first free object of a slab; 0, and the slab is isolated, when something is wrong with it. */
    private long takeFirst(NodeSlabs node, Slab slab, int cpu, int stack) {
        BugReport report = bugs[slab.node];
        int object = SlabWord.freelist(slab.wordAcquire());
        int next = memory.next(slab, object);
        boolean isGood = !isChecked || (checks.slab(slab, report) && checks.object(slab, object, true, report));
        if (isGood && next == ObjectMemory.CORRUPT) {
            report.objectBug(slab, object, "Freechain corrupt");
            isGood = false;
        }
        if (!isGood) {
            isolate(node, slab);
            return 0;
        }
        if (isTraced) {
            trace(slab, object, "alloc");
        }
        patterns.activate(slab, object);
        users.set(slab, object, ObjectUsers.ALLOC, stack, cpu);
        long word = slab.wordAcquire();
        ObjectChecks.set(slab, word, SlabWord.takenOne(word, next));
        slab.setAllocated(object);
        if (next == 0) {
            node.removePartial(slab);
            node.addFull(slab);
        }
        return memory.address(slab, object);
    }

    /** No object of the slab is handed out any more. */
    private void isolate(NodeSlabs node, Slab slab) {
        long word = slab.wordAcquire();
        slab.objectsLost += SlabWord.free(word);
        objectsLost.getAndAdd(SlabWord.free(word));
        ObjectChecks.set(slab, word, SlabWord.taken(word, true));
        node.removePartial(slab);
        bugs[slab.node].fix("Marking all objects used");
    }

    @Override
    public int allocBulk(int gfp, long[] objects, int from, int to) {
        int place = from;
        while (place < to) {
            long object = alloc(gfp, NO_NODE);
            if (object == 0) {
                break;
            }
            objects[place++] = object;
        }
        return place - from;
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
        int cpu = source.cpu(cpus);
        int stack = users.stack();
        NodeSlabs node = slabs.node(slab.node);
        List<String> lines;
        boolean isDiscarded;
        node.lock();
        try {
            int partial = node.partial();
            int object = head;
            for (int done = 0; done < count; done++) {
                int next = done + 1 == count ? 0 : memory.next(slab, object);
                free(node, slab, object, cpu, stack);
                if (next == ObjectMemory.CORRUPT) {
                    bugs[slab.node].objectBug(slab, object, "Freechain corrupt");
                    lose(slab, count - done - 1);
                    break;
                }
                object = next;
            }
            isDiscarded = slab.isOnPartial && SlabWord.inuse(slab.wordAcquire()) == 0 && partial >= tuning.minPartial();
            if (isDiscarded) {
                node.removePartial(slab);
            }
        } finally {
            lines = bugs[slab.node].take();
            node.unlock();
        }
        if (isDiscarded) {
            slabs.discard(slab);
        }
        log(lines);
    }

    /** An object with a bad look is not freed: nobody gets it any more. */
    private void free(NodeSlabs node, Slab slab, int object, int cpu, int stack) {
        BugReport report = bugs[slab.node];
        boolean isGood = !isChecked || (checks.slab(slab, report) && checks.object(slab, object, false, report));
        long word = slab.wordAcquire();
        if (!isGood || SlabWord.isFrozen(word)) {
            report.fix("Object at " + report.pointer(slab, object) + " not freed");
            lose(slab, 1);
            return;
        }
        users.set(slab, object, ObjectUsers.FREE, stack, cpu);
        if (isTraced) {
            trace(slab, object, "free");
        }
        patterns.deactivate(slab, object);
        memory.setNext(slab, object, SlabWord.freelist(word));
        ObjectChecks.set(slab, word, SlabWord.freed(word, object, 1));
        if (slab.isOnFull) {
            node.removeFull(slab);
        }
        if (!slab.isOnPartial) {
            node.addPartial(slab, true);
        }
    }

    private void lose(Slab slab, int count) {
        slab.objectsLost += count;
        objectsLost.getAndAdd(count);
    }

    private void trace(Slab slab, int object, String what) {
        BugReport report = bugs[slab.node];
        report.add("TRACE " + cache.name() + " " + what + " " + report.pointer(slab, object) + " inuse="
                + SlabWord.inuse(slab.wordAcquire()) + " fp="
                + report.pointer(slab, SlabWord.freelist(slab.wordAcquire())));
    }

    private void log(List<String> lines) {
        if (!lines.isEmpty()) {
            log.warn(lines);
        }
    }

    // The cache as a whole.

    /** Checks all slabs that are not isolated, repairs what is broken, and returns how many errors it logged. */
    int validate() {
        int errors = 0;
        for (int nid = 0; nid < bugs.length; nid++) {
            errors += validate(slabs.node(nid), bugs[nid]);
        }
        return errors;
    }

    private int validate(NodeSlabs node, BugReport report) {
        List<String> lines;
        int errors;
        node.lock();
        try {
            Slab slab = node.first();
            while (slab != null) {
                Slab next = slab.next;
                validate(node, slab, report);
                slab = next;
            }
            for (Slab full = node.firstFull(); full != null; full = full.next) {
                checks.validate(full, report);
            }
        } finally {
            errors = report.errors();
            lines = report.take();
            node.unlock();
        }
        log(lines);
        return errors;
    }

    /** A slab whose freelist was cleared has no free objects any more. */
    private void validate(NodeSlabs node, Slab slab, BugReport report) {
        int lostBefore = slab.objectsLost;
        checks.validate(slab, report);
        objectsLost.getAndAdd(slab.objectsLost - lostBefore);
        if (SlabWord.freelist(slab.wordAcquire()) == 0) {
            node.removePartial(slab);
            node.addFull(slab);
        }
    }

    /** Objects that nobody has and nobody gets, because something of them or of their slab was broken. Racy. */
    long objectsLost() {
        return objectsLost.get();
    }

    @Override
    public void flush() {}

    @Override
    public void visit(Visitor visitor) {}

    // Beside the objects.

    /** How many bytes the owner of an object asked for. */
    int originalSize(Slab slab, int object) {
        NodeSlabs node = slabs.node(slab.node);
        node.lock();
        try {
            return patterns.originalSize(slab, object);
        } finally {
            node.unlock();
        }
    }

    /** See {@link ObjectSizes#setOriginal}. */
    void setOriginalSize(Slab slab, int object, int bytes) {
        NodeSlabs node = slabs.node(slab.node);
        node.lock();
        try {
            patterns.setOriginalSize(slab, object, bytes);
        } finally {
            node.unlock();
        }
    }

    /** Who had the objects that are in use, as text: see {@link UserTraces}. */
    String traces(int use) {
        List<UserTraces.Use> uses = new ArrayList<>();
        for (int nid = 0; users.areKept() && nid < slabs.nodes(); nid++) {
            NodeSlabs node = slabs.node(nid);
            node.lock();
            try {
                for (Slab slab = node.first(); slab != null; slab = slab.next) {
                    addUses(slab, use, uses);
                }
                for (Slab slab = node.firstFull(); slab != null; slab = slab.next) {
                    addUses(slab, use, uses);
                }
            } finally {
                node.unlock();
            }
        }
        return UserTraces.format(uses, cpus, slabs.nodes(), ObjectUsers.now());
    }

    private void addUses(Slab slab, int use, List<UserTraces.Use> uses) {
        for (int object = 1; object <= slab.objects; object++) {
            if (!slab.isFree(object)) {
                int waste = use == ObjectUsers.ALLOC ? cache.objectSize() - patterns.originalSize(slab, object) : 0;
                uses.add(new UserTraces.Use(users.get(slab, object, use), waste, slab.node));
            }
        }
    }
}
