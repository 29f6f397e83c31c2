package org.mm4j.slab;

import static org.mm4j.api.PageAllocator.NO_NODE;

import java.util.Objects;
import org.mm4j.api.CpuSource;
import org.mm4j.api.ObjectStock;

/**
 * An engine whose objects somebody else's {@link ObjectStock} keeps. Who has an object is noted here, so that bad frees are
 * refused whatever the stock does, and an object that it hands out twice is noticed. Requests for a node go past it.
 *
 * <p>In Linux: nothing; there the engine is chosen when the kernel is built.
 */
final class StockEngine implements SlabEngine, ObjectStock.Slabs {
    private final KmemCache cache;
    private final SlabFrames frames;
    private final ObjectMemory memory;
    private final SlabObjects objects;
    private final CpuSource source;
    private final int cpus;
    private final int[] nodeOfCpu;
    private final ObjectStock stock;

    StockEngine(KmemCache cache, SlabParts parts, ObjectStock.Maker maker) {
        this.cache = cache;
        frames = parts.frames();
        memory = cache.memory();
        objects = new SlabObjects(cache, frames);
        source = parts.config().cpus();
        cpus = parts.config().settings().cpus();
        nodeOfCpu = SlotNodes.of(cpus, parts.config());
        stock = Objects.requireNonNull(maker.over(cache.name(), cache.objectSize(), this), "a cache has a stock");
    }

    private int home() {
        return nodeOfCpu[source.cpu(cpus)];
    }

    // What the cache asks.

    @Override
    public long alloc(int gfp, int nid) {
        if (nid != NO_NODE) {
            return objects.alloc(gfp, nid, nid);
        }
        long address = stock.take(gfp);
        if (address == ObjectStock.NONE) {
            return 0;
        }
        Slab slab = slabOf(address);
        if (!slab.takeFree(memory.number(slab, address))) {
            throw new IllegalStateException(
                    "the stock of " + cache + " gave out 0x" + Long.toHexString(address) + ", which somebody has");
        }
        return address;
    }

    /** The slab of an object of this cache. */
    private Slab slabOf(long address) {
        Slab slab = frames.find(address);
        if (slab == null || slab.cache != cache || memory.number(slab, address) == 0) {
            throw new IllegalStateException(
                    "the stock of " + cache + " has 0x" + Long.toHexString(address) + ", which is none of its objects");
        }
        return slab;
    }

    @Override
    public boolean free(Slab slab, int object) {
        if (!slab.claim(object)) {
            return false;
        }
        boolean isKept = false;
        try {
            stock.put(memory.address(slab, object));
            isKept = true;
        } finally {
            if (!isKept) {
                slab.unclaim(object);
            }
        }
        return true;
    }

    @Override
    public int allocBulk(int gfp, long[] taken, int from, int to) {
        for (int at = from; at < to; at++) {
            long address = alloc(gfp, NO_NODE);
            if (address == 0) {
                return at - from;
            }
            taken[at] = address;
        }
        return to - from;
    }

    /** Chains are many objects of one slab, for which its freelist is as good a place. */
    @Override
    public void freeChain(Slab slab, int head, int tail, int count) {
        objects.free(slab, head, tail, count);
    }

    @Override
    public void flush() {
        stock.flush();
    }

    @Override
    public void visit(Visitor visitor) {
        stock.forEach(address -> {
            Slab slab = slabOf(address);
            visitor.keeps(slab, memory.number(slab, address));
        });
    }

    // What the stock asks.

    @Override
    public int take(int gfp, long[] taken, int from, int to) {
        int home = home();
        int place = from + objects.take(home, taken, from, to);
        while (place < to) {
            int count = objects.takeOfAny(gfp, home, taken, place, to);
            if (count == 0) {
                break;
            }
            place += count;
        }
        for (int at = from; at < place; at++) {
            taken[at] = memory.address(KeptObject.start(taken[at]));
        }
        return place - from;
    }

    @Override
    public void give(long[] given, int from, int to) {
        for (int at = from; at < to; at++) {
            Slab slab = slabOf(given[at]);
            given[at] = objects.keep(slab, memory.number(slab, given[at]));
        }
        objects.discard(objects.put(given, from, to));
    }
}
