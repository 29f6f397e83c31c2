package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.mm4j.api.VirtualAreaSnapshot;
import org.mm4j.slab.KmemCache;

/**
 * The end of a kernel, from the top down. What is live then is told to the log: arenas by their labels, objects by their
 * caches, areas and large blocks by their number, and all pages behind them by who took them.
 */
final class Closing {
    private static final int OWNERS_TOLD = 32;

    private final KernelParts parts;
    private final AtomicBoolean isClosing = new AtomicBoolean();

    Closing(KernelParts parts) {
        this.parts = parts;
    }

    /**
     * Gives all memory back to the host; a second time it does nothing.
     *
     * @throws IllegalStateException while somebody uses the memory who cannot be stopped, or closes it; close again later
     */
    void close() {
        if (parts.contexts.isClosed()) {
            return;
        }
        if (!isClosing.compareAndSet(false, true)) {
            throw new IllegalStateException("the kernel is being closed already");
        }
        try {
            if (!parts.contexts.isClosed()) {
                closeParts().forEach(parts.config.log()::warn);
            }
        } finally {
            isClosing.set(false);
        }
    }

    /** Returns what to tell when that is done. */
    private List<String> closeParts() {
        if (parts.rcu.isReading()) {
            throw new IllegalStateException(
                    "the kernel cannot close inside of a read section of the calling thread, which it would wait for");
        }
        parts.arenas.close().forEach(parts.config.log()::warn);
        parts.reclaim.close();
        List<PageOwner> owners = owners();
        parts.vmalloc.close();
        parts.kmalloc.close();
        parts.slab.close();
        parts.rcu.close();
        long pages = PageCounts.inUse(parts);
        parts.percpu.close();
        parts.memory.close();
        parts.buddy.close();
        if (parts.cgroups != null) {
            parts.cgroups.close();
        }
        parts.contexts.close();
        List<String> lines = new ArrayList<>();
        if (pages > 0) {
            lines.add("the kernel is closed with " + pages + " pages in use");
        }
        lines.addAll(told(owners));
        return lines;
    }

    /** Who holds pages, but for what allocators keep for themselves. */
    private List<PageOwner> owners() {
        parts.kvmalloc.kvfreeRcuBarrier();
        parts.slab.caches().forEach(KmemCache::shrink); // slabs that are left have objects
        boolean hasAreas = !parts.vmalloc.areas().stream().allMatch(VirtualAreaSnapshot::isUnpurged);
        boolean hasPercpu = parts.percpu.stats().counts().allocationsNow() > 0;
        return parts.owners.live().stream()
                .filter(owner -> hasAreas || !owner.label().equals(KernelParts.VMALLOC))
                .filter(owner -> hasPercpu || !owner.label().equals(KernelParts.PERCPU))
                .toList();
    }

    private static List<String> told(List<PageOwner> owners) {
        List<String> lines = new ArrayList<>();
        owners.stream().limit(OWNERS_TOLD).forEach(owner -> lines.add("  " + owner));
        if (owners.size() > OWNERS_TOLD) {
            lines.add("  and " + (owners.size() - OWNERS_TOLD) + " more owners");
        }
        return lines;
    }
}
