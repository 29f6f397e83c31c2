package org.mm4j.slab;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.KernelLog;

/**
 * The slabs of a debug cache on one node. Each is in one of three places:
 *
 * <pre>
 *   partial list   some objects are free
 *   full list      none is
 *   on no list     isolated: something of it was broken; its word is frozen and full, and its free objects are lost
 * </pre>
 *
 * <p>Every method takes the node's lock, and logs what it has found broken behind it.
 *
 * <p>In Linux 6.18: mm/slub.c, alloc_single_from_partial(), alloc_debug_processing(), free_to_partial_list(),
 * free_debug_processing(). Differs: full slabs are listed whatever the flags, and reports are logged after the lock.
 */
final class DebugNode {
    /*
     * Invariant
     *   D1  words, lists, marks and objectsLost of the node's slabs change only under its lock.
     *
     * An object is claimed before the lock is taken, so that a second free is refused as by other engines. So the freelist
     * tells which objects are free, not their states: between claim and lock an object is in use for the slab.
     */
    private final KmemCache cache;
    private final CacheSlabs slabs;
    private final NodeSlabs node;
    private final ObjectMemory memory;
    private final ObjectPatterns patterns;
    private final ObjectChecks checks;
    private final ObjectUsers users;
    private final KernelLog log;
    private final boolean isChecked;
    private final boolean isTraced;
    private final AtomicLong objectsLost = new AtomicLong();

    /** Under the lock. */
    private final BugReport report;

    DebugNode(KmemCache cache, int nid, ObjectPatterns patterns, ObjectUsers users, CacheSlabs slabs, KernelLog log) {
        SlabLayout layout = cache.layout();
        this.cache = cache;
        this.slabs = slabs;
        this.patterns = patterns;
        this.users = users;
        this.log = log;
        node = slabs.node(nid);
        memory = cache.memory();
        checks = new ObjectChecks(layout, memory, patterns);
        report = new BugReport(cache, users);
        isChecked = SlabFlags.has(layout.flags(), SlabFlags.SLAB_CONSISTENCY_CHECKS);
        isTraced = SlabFlags.has(layout.flags(), SlabFlags.SLAB_TRACE);
    }

    // Allocation.

    /**
     * An object of the listed slabs; 0 when there is none.
     *
     * @param fresh a new slab, which is listed first; null: none
     */
    long take(@Nullable Slab fresh, int cpu, int stack) {
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
                object = takeFirst(slab, cpu, stack);
                slab = next;
            }
        } finally {
            lines = report.take();
            node.unlock();
        }
        log(lines);
        return object;
    }

    /** The first free object of a slab; 0, and the slab is isolated, when something is wrong with it. */
    private long takeFirst(Slab slab, int cpu, int stack) {
        int object = SlabWord.freelist(slab.wordAcquire());
        int next = memory.next(slab, object);
        boolean isGood = !isChecked || (checks.slab(slab, report) && checks.object(slab, object, true, report));
        if (isGood && next == ObjectMemory.CORRUPT) {
            report.objectBug(slab, object, "Freechain corrupt");
            isGood = false;
        }
        if (!isGood) {
            isolate(slab);
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
    private void isolate(Slab slab) {
        long word = slab.wordAcquire();
        lose(slab, SlabWord.free(word));
        ObjectChecks.set(slab, word, SlabWord.taken(word, true));
        node.removePartial(slab);
        report.fix("Marking all objects used");
    }

    // Freeing.

    /** Frees objects that were claimed, from {@code head} along the links; an empty slab may go. */
    void freeChain(Slab slab, int head, int count, int cpu, int stack) {
        List<String> lines;
        boolean isDiscarded;
        node.lock();
        try {
            int partial = node.partial();
            int object = head;
            for (int done = 0; done < count; done++) {
                int next = done + 1 == count ? 0 : memory.next(slab, object);
                free(slab, object, cpu, stack);
                if (next == ObjectMemory.CORRUPT) {
                    report.objectBug(slab, object, "Freechain corrupt");
                    lose(slab, count - done - 1);
                    break;
                }
                object = next;
            }
            isDiscarded = slab.isOnPartial
                    && SlabWord.inuse(slab.wordAcquire()) == 0
                    && partial >= cache.tuning().minPartial();
            if (isDiscarded) {
                node.removePartial(slab);
            }
        } finally {
            lines = report.take();
            node.unlock();
        }
        if (isDiscarded) {
            slabs.discard(slab);
        }
        log(lines);
    }

    /** An object with a bad look is not freed: nobody gets it any more. */
    private void free(Slab slab, int object, int cpu, int stack) {
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
        report.add("TRACE " + cache.name() + " " + what + " " + report.pointer(slab, object) + " inuse="
                + SlabWord.inuse(slab.wordAcquire()) + " fp="
                + report.pointer(slab, SlabWord.freelist(slab.wordAcquire())));
    }

    private void log(List<String> lines) {
        if (!lines.isEmpty()) {
            log.warn(lines);
        }
    }

    // The node as a whole.

    /** Checks all slabs that are not isolated, repairs what is broken, and returns how many errors it logged. */
    int validate() {
        List<String> lines;
        int errors;
        node.lock();
        try {
            Slab slab = node.first();
            while (slab != null) {
                Slab next = slab.next;
                validate(slab);
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
    private void validate(Slab slab) {
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

    // Beside the objects.

    /** How many bytes the owner of an object asked for. */
    int originalSize(Slab slab, int object) {
        node.lock();
        try {
            return patterns.originalSize(slab, object);
        } finally {
            node.unlock();
        }
    }

    /** See {@link ObjectSizes#setOriginal}. */
    void setOriginalSize(Slab slab, int object, int bytes) {
        node.lock();
        try {
            patterns.setOriginalSize(slab, object, bytes);
        } finally {
            node.unlock();
        }
    }

    /** Adds who had the objects that are in use. */
    void addUses(int use, List<UserTraces.Use> uses) {
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

    private void addUses(Slab slab, int use, List<UserTraces.Use> uses) {
        for (int object = 1; object <= slab.objects; object++) {
            if (!slab.isFree(object)) {
                int waste = use == ObjectUsers.ALLOC ? cache.objectSize() - patterns.originalSize(slab, object) : 0;
                uses.add(new UserTraces.Use(users.get(slab, object, use), waste, slab.node));
            }
        }
    }
}
