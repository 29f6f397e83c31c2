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
        LOW,
        HIGH,
        MAX,
        OOM,
        OOM_KILL,
        OOM_GROUP_KILL
    }

    private static final int KINDS = Kind.values().length;

    private final @Nullable CgroupCounts parent;
    private final AtomicLongArray bytesUsed = new AtomicLongArray(KINDS);
    private final AtomicLongArray events = new AtomicLongArray(Event.values().length);

    /** Those that happened to the group itself, not to one below it. */
    private final AtomicLongArray eventsLocal = new AtomicLongArray(Event.values().length);

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
        eventsLocal.getAndIncrement(event.ordinal());
        for (CgroupCounts counts = this; counts != null; counts = counts.parent) {
            counts.events.getAndIncrement(event.ordinal());
        }
    }

    CgroupEvents events() {
        return events(events);
    }

    CgroupEvents eventsLocal() {
        return events(eventsLocal);
    }

    private static CgroupEvents events(AtomicLongArray of) {
        return new CgroupEvents(
                of.get(Event.LOW.ordinal()),
                of.get(Event.HIGH.ordinal()),
                of.get(Event.MAX.ordinal()),
                of.get(Event.OOM.ordinal()),
                of.get(Event.OOM_KILL.ordinal()),
                of.get(Event.OOM_GROUP_KILL.ordinal()));
    }

    CgroupStat stat() {
        return new CgroupStat(
                used(Kind.FILE),
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
