package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Gfp;

/**
 * No objects for CPUs: whoever allocates or frees goes to the slab's {@link DebugNode}, so that each object can be checked
 * and marked. Here is on which node that is.
 *
 * <p>Costs Java heap, a lock and as many bytes as the objects have: for finding bugs, not for speed.
 *
 * <p>In Linux 6.18: mm/slub.c, ___slab_alloc() and __slab_free() of a debug cache. As there, a bad object that is freed is
 * lost and its slab goes on being used; one that would be handed out ends its slab.
 */
final class DebugEngine implements SlabEngine {
    private final CacheSlabs slabs;
    private final DebugNode[] nodes;
    private final ObjectUsers users;
    private final SlabReports reports;
    private final CpuSource source;
    private final int cpus;
    private final int[] nodeOfCpu;
    private final CacheTuning tuning;

    DebugEngine(KmemCache cache, ObjectPatterns patterns, CacheSlabs slabs, SlabConfig config) {
        this.slabs = slabs;
        reports = cache.reports();
        users = new ObjectUsers(cache.layout(), cache.memory());
        source = config.cpus();
        cpus = config.settings().cpus();
        tuning = cache.tuning();
        nodeOfCpu = new int[cpus];
        for (int cpu = 0; cpu < cpus; cpu++) {
            nodeOfCpu[cpu] = config.nodeOfCpu().applyAsInt(cpu);
        }
        nodes = new DebugNode[slabs.nodes()];
        for (int nid = 0; nid < nodes.length; nid++) {
            nodes[nid] = new DebugNode(cache, nid, patterns, users, slabs, config.log());
        }
    }

    // Allocation.

    @Override
    public long alloc(int gfp, int nid) {
        int cpu = source.cpu(cpus);
        int stack = users.stack();
        int home = nid == NO_NODE ? nodeOfCpu[cpu] : nid;
        long object = nodes[home].take(null, cpu, stack);
        if (object != 0 || Gfp.has(gfp, Gfp.__GFP_THISNODE)) {
            return object != 0 ? object : takeNew(slabs.create(gfp, nid), gfp, nid, home, cpu, stack);
        }
        if (nid != NO_NODE) {
            Slab here = slabs.create(Gfp.GFP_NOWAIT | Gfp.__GFP_THISNODE | Gfp.__GFP_NOWARN, nid);
            if (here != null) {
                return nodes[here.node].take(here, cpu, stack);
            }
        }
        boolean isWanted = slabs.nodes() > 1 && slabs.looksElsewhere();
        for (int step = 1; isWanted && step < slabs.nodes() && object == 0; step++) {
            int other = (home + step) % slabs.nodes();
            object = slabs.node(other).partial() > tuning.minPartial() ? nodes[other].take(null, cpu, stack) : 0;
        }
        return object != 0 ? object : takeNew(slabs.create(gfp, nid), gfp, nid, home, cpu, stack);
    }

    private long takeNew(@Nullable Slab slab, int gfp, int nid, int home, int cpu, int stack) {
        if (slab == null) {
            reports.outOfMemory(slabs, gfp, home, nid);
            return 0;
        }
        return nodes[slab.node].take(slab, cpu, stack);
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
        nodes[slab.node].freeChain(slab, head, count, cpu, stack);
    }

    // The cache as a whole.

    /** Checks all slabs that are not isolated, repairs what is broken, and returns how many errors it logged. */
    int validate() {
        int errors = 0;
        for (DebugNode node : nodes) {
            errors += node.validate();
        }
        return errors;
    }

    /** Objects that nobody has and nobody gets, because something of them or of their slab was broken. Racy. */
    long objectsLost() {
        long objects = 0;
        for (DebugNode node : nodes) {
            objects += node.objectsLost();
        }
        return objects;
    }

    @Override
    public void flush() {}

    @Override
    public void visit(Visitor visitor) {}

    // Beside the objects.

    /** How many bytes the owner of an object asked for. */
    int originalSize(Slab slab, int object) {
        return nodes[slab.node].originalSize(slab, object);
    }

    /** See {@link ObjectSizes#setOriginal}. */
    void setOriginalSize(Slab slab, int object, int bytes) {
        nodes[slab.node].setOriginalSize(slab, object, bytes);
    }

    /** Who had the objects that are in use, as text: see {@link UserTraces}. */
    String traces(int use) {
        List<UserTraces.Use> uses = new ArrayList<>();
        if (users.areKept()) {
            for (DebugNode node : nodes) {
                node.addUses(use, uses);
            }
        }
        return UserTraces.format(uses, cpus, nodes.length, ObjectUsers.now());
    }
}
