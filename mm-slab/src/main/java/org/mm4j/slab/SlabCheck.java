package org.mm4j.slab;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Walks all slabs of a cache, and names what is broken. Exact only while nobody else calls.
 *
 * <ul>
 * <li>V1: a slab is in exactly one place: on its node's partial list, with the engine, or full and on no list.
 * <li>V2: its word says so: frozen when it is a CPU's, with free objects when it is listed, without when it is full.
 * <li>V3: inuse + |freelist| == objects; the freelist has no cycle and no object that somebody has.
 * <li>V4: inuse == objects that callers have + objects that the engine keeps + objects that a debug cache gave up, and no
 * object is in two places.
 * <li>V5: slabs, objects and listed slabs of each node are counted.
 * <li>V6: nobody pays for an object that is free.
 * </ul>
 *
 * <p>In Linux 6.18: mm/slub.c, validate_slab_cache().
 */
final class SlabCheck implements SlabEngine.Visitor {
    private static final String PARTIAL = "the partial list";

    private final KmemCache cache;
    private final CacheSlabs slabs;
    private final Map<Slab, String> places = new HashMap<>();
    private final Map<Slab, boolean[]> kept = new HashMap<>();
    private final List<String> findings = new ArrayList<>();
    private final long[] slabsSeen;
    private final long[] objectsSeen;

    SlabCheck(SlabFrames frames, KmemCache cache) {
        this.cache = cache;
        slabs = cache.slabs();
        slabsSeen = new long[slabs.nodes()];
        objectsSeen = new long[slabs.nodes()];
        cache.engine().visit(this);
        for (int nid = 0; nid < slabs.nodes(); nid++) {
            visitList(nid);
        }
        frames.forEachSlab(slab -> {
            if (slab.cache == cache) {
                check(slab);
            }
        });
        for (int nid = 0; nid < slabs.nodes(); nid++) {
            expect("V5", "slabs of node " + nid, slabsSeen[nid], slabs.node(nid).slabs());
            expect(
                    "V5",
                    "objects of node " + nid,
                    objectsSeen[nid],
                    slabs.node(nid).objects());
        }
    }

    /** What is broken, one sentence each. */
    List<String> findings() {
        return findings;
    }

    @Override
    public void holds(Slab slab, String where) {
        String before = places.put(slab, where);
        if (before != null) {
            findings.add("V1: " + slab + " is " + where + ", and in another place too: " + before);
        }
    }

    @Override
    public void keeps(Slab slab, int object) {
        mark(slab, object, "the engine");
    }

    private void visitList(int nid) {
        long[] listed = new long[1];
        slabs.node(nid).forEachPartial(slab -> {
            holds(slab, PARTIAL);
            listed[0]++;
            if (slab.node != nid) {
                findings.add("V1: " + slab + " of node " + slab.node + " is on the list of node " + nid);
            }
        });
        expect("V5", "listed slabs of node " + nid, listed[0], slabs.node(nid).partial());
    }

    private void check(Slab slab) {
        slabsSeen[slab.node]++;
        objectsSeen[slab.node] += slab.objects;
        long word = slab.wordAcquire();
        checkPlace(slab, word);
        int inEngine = marked(slab);
        long used = slab.allocated() + (long) inEngine + slab.objectsLost;
        expect("V4", "objects in use of " + slab, used, SlabWord.inuse(word));
        int onFreelist = walk(slab, word);
        expect("V3", "objects on the freelist of " + slab, onFreelist, SlabWord.free(word));
    }

    private void checkPlace(Slab slab, long word) {
        String place = places.getOrDefault(slab, "nowhere");
        boolean isFull = SlabWord.freelist(word) == 0;
        boolean isActive = place.startsWith("the active");
        boolean isNowhere = place.equals("nowhere");
        if (slab.isOnPartial != place.equals(PARTIAL)) {
            findings.add("V1: " + slab + " is " + place);
        }
        boolean isLeftAlone = cache.patterns() != null && isNowhere && isFull;
        if (SlabWord.isFrozen(word) != isActive && !isLeftAlone) {
            findings.add("V2: " + slab + " is " + place);
        }
        if (!isActive && isFull != isNowhere) {
            findings.add("V2: " + slab + " is " + place);
        }
    }

    private int walk(Slab slab, long word) {
        int length = 0;
        int object = SlabWord.freelist(word);
        while (object > 0 && length <= slab.objects) {
            mark(slab, object, "the freelist");
            length++;
            object = cache.memory().next(slab, object);
        }
        if (object != 0) {
            findings.add("V3: the freelist of " + slab
                    + (object == ObjectMemory.CORRUPT ? ": Freepointer corrupt" : ": Freelist cycle detected"));
        }
        return length;
    }

    private void mark(Slab slab, int object, String who) {
        boolean[] seen = kept.computeIfAbsent(slab, _ -> new boolean[slab.objects + 1]);
        if (seen[object]) {
            findings.add("V4: object " + object + " of " + slab + " is free twice, the second time with " + who);
        }
        if (!slab.isFree(object)) {
            findings.add("V4: object " + object + " of " + slab + " is allocated, and with " + who);
        }
        if (slab.payer(object) != null) {
            findings.add("V6: object " + object + " of " + slab + " is free, and somebody pays for it");
        }
        seen[object] = true;
    }

    private int marked(Slab slab) {
        int count = 0;
        for (boolean isMarked : kept.getOrDefault(slab, new boolean[0])) {
            count += isMarked ? 1 : 0;
        }
        return count;
    }

    private void expect(String invariant, String what, long seen, long counted) {
        if (seen != counted) {
            findings.add(invariant + ": " + cache.name() + " has " + seen + " " + what + ", but counts " + counted);
        }
    }
}
