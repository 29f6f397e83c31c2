package org.mm4j.kernel.memcg;

import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.MemoryAccounting.Kind;

/**
 * What a group counts besides its charges, each also for all of its ancestors: what the memory is used for, and what
 * happened.
 *
 * <p>For all threads. In Linux 6.18: mod_memcg_state(), memcg_memory_event().
 */
final class CgroupCounts {
    /** What can happen to a group. In Linux: enum memcg_memory_event. */
    enum Event {
        HIGH,
        MAX,
        OOM,
        OOM_KILL
    }

    private static final int KINDS = Kind.values().length;

    private final @Nullable CgroupCounts parent;
    private final AtomicLongArray bytesUsed = new AtomicLongArray(KINDS);
    private final AtomicLongArray events = new AtomicLongArray(Event.values().length);

    CgroupCounts(@Nullable CgroupCounts parent) {
        this.parent = parent;
    }

    /** More bytes, or fewer, are used for something. */
    void addUsed(int kind, long bytes) {
        for (CgroupCounts counts = this; counts != null && bytes != 0; counts = counts.parent) {
            counts.bytesUsed.getAndAdd(kind, bytes);
        }
    }

    void happened(Event event) {
        for (CgroupCounts counts = this; counts != null; counts = counts.parent) {
            counts.events.getAndIncrement(event.ordinal());
        }
    }

    CgroupEvents events() {
        return new CgroupEvents(count(Event.HIGH), count(Event.MAX), count(Event.OOM), count(Event.OOM_KILL));
    }

    private long count(Event event) {
        return events.get(event.ordinal());
    }

    CgroupStat stat() {
        return new CgroupStat(
                used(Kind.PAGES),
                used(Kind.VMALLOC),
                used(Kind.PERCPU),
                used(Kind.SLAB_RECLAIMABLE),
                used(Kind.SLAB_UNRECLAIMABLE));
    }

    private long used(Kind kind) {
        return bytesUsed.get(kind.ordinal());
    }
}
