package org.mm4j.kernel.pools;

import java.util.List;
import java.util.stream.IntStream;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.SlotGate;

/**
 * A {@link PageFragCache} for every slot of a gate, so that threads on different CPUs do not meet. Requests never wait
 * for reclaim: they are served inside of a section. Any thread may call any method.
 *
 * <p>In Linux 6.18: net/core/skbuff.c, netdev_alloc_frag(), page_frag_free().
 */
public final class PageFragCaches {
    private final SlotGate gate;
    private final List<PageFragCache> caches;

    /** Empty caches, one for each slot. The gate is nobody else's. */
    public PageFragCaches(SlotGate gate, PageAllocator pages, PhysicalMemory memory) {
        this.gate = gate;
        caches = IntStream.range(0, gate.slots())
                .mapToObj(_ -> new PageFragCache(pages, memory))
                .toList();
    }

    /** The address of a fragment, or {@link PageFragCache#NONE}; see {@link PageFragCache#alloc(int, int, int)}. */
    public long alloc(int bytes, int align) {
        int slot = gate.enter();
        if (slot == SlotGate.NONE) {
            return allocAnywhere(bytes, align);
        }
        try {
            return caches.get(slot).alloc(bytes, Gfp.GFP_ATOMIC, align);
        } finally {
            gate.leave(slot);
        }
    }

    /** The thread's slot is taken: waits for the last one, which belongs to no thread where slots have owners. */
    private long allocAnywhere(int bytes, int align) {
        int slot = gate.slots() - 1;
        gate.seize(slot);
        try {
            return caches.get(slot).alloc(bytes, Gfp.GFP_ATOMIC, align);
        } finally {
            gate.release(slot);
        }
    }

    /** Gives a fragment back: {@link PageFragCache#free}. */
    public void free(long address) {
        caches.getFirst().free(address);
    }

    /** Leaves all blocks to their fragments, slot by slot. */
    public void drain() {
        for (int slot = 0; slot < gate.slots(); slot++) {
            gate.seize(slot);
            try {
                caches.get(slot).drain();
            } finally {
                gate.release(slot);
            }
        }
    }
}
