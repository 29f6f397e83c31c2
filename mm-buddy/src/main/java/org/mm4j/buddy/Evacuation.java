package org.mm4j.buddy;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/**
 * Has every block leave a range of isolated pageblocks: those that are cached go to their zone, movable ones go elsewhere, and
 * those that are on their way are waited for.
 *
 * <p>While a block moves, the allocator holds a reference on it, so that it cannot vanish.
 *
 * <p>In Linux 6.18: __alloc_contig_migrate_range() of mm/page_alloc.c, scan_movable_pages() and do_migrate_range() of
 * mm/memory_hotplug.c.
 */
final class Evacuation {
    private static final int UNFIT = Gfp.__GFP_COMP | Gfp.__GFP_NOFAIL | Gfp.__GFP_RECLAIMABLE;
    private static final int ATTEMPTS_AT_ONCE = 5;
    private static final long PAUSE_NANOS = 1_000_000;

    private final Zones zones;
    private final MemMap map;
    private final AllocPath path;
    private final References references;
    private final Migration migration;
    private final @Nullable BuddyFaults faults;

    /** Who holds the block of a pfn, in words; empty when nobody knows. */
    private volatile LongFunction<String> holders = _ -> "";

    Evacuation(Zones zones, AllocPath path, References references, Migration migration, @Nullable BuddyFaults faults) {
        this.zones = zones;
        this.map = zones.map();
        this.path = path;
        this.references = references;
        this.migration = migration;
        this.faults = faults;
    }

    /**
     * Empties the range.
     *
     * @param attempts how often each block is asked to leave; from the sixth time on a millisecond lies between two
     * @return the first frame of a block that does not leave, or {@link FreeAreas#NONE}: all of them have left
     */
    int empty(int startFrame, int endFrame, int gfp, int attempts) {
        if (fails(gfp, (long) (endFrame - startFrame) << PageFrame.PAGE_SHIFT)) {
            return map.blockHead(startFrame);
        }
        int attempt = 0;
        for (int frame = startFrame; frame < endFrame; ) {
            int head = map.blockHead(frame);
            long word = map.wordOpaque(head);
            if (FrameWord.state(word) == FrameWord.FREE) {
                frame = head + (1 << FrameWord.order(word));
                attempt = 0;
            } else if (attempt++ == attempts || !canLeave(word)) {
                return head;
            } else {
                leave(head, word, gfp);
                if (attempt > ATTEMPTS_AT_ONCE) {
                    LockSupport.parkNanos(this, PAUSE_NANOS);
                }
            }
        }
        return FreeAreas.NONE;
    }

    private boolean fails(int gfp, long bytes) {
        return faults != null && faults.contig().shouldFailAlloc(gfp, PageFrame.order(bytes), bytes);
    }

    /** Whether the frame may be free soon. One that seems to be in no block is being merged just now. */
    private static boolean canLeave(long word) {
        return switch (FrameWord.state(word)) {
            case FrameWord.IN_USE -> FrameWord.owner(word) != 0;
            case FrameWord.GOING, FrameWord.CACHED, FrameWord.INTERIOR -> true;
            default -> false;
        };
    }

    /** Whoever can say who holds a block, from now on. */
    void setHolders(LongFunction<String> next) {
        holders = next;
    }

    /** The first frame of a block that cannot leave, or {@link FreeAreas#NONE}. Racy. */
    int firstPinned(int startFrame, int endFrame) {
        for (int frame = startFrame; frame < endFrame; ) {
            int head = map.blockHead(frame);
            long word = map.wordOpaque(head);
            boolean mayLeave = FrameWord.state(word) == FrameWord.IN_USE
                    ? FrameWord.owner(word) != 0 && FrameWord.references(word) == 1
                    : FrameWord.state(word) != FrameWord.RESERVED;
            if (!mayLeave) {
                return head;
            }
            frame = Math.max(frame, head) + 1;
        }
        return FreeAreas.NONE;
    }

    /** What keeps a block where it is, as the rest of a sentence. Racy. */
    String pin(int head) {
        long word = map.wordOpaque(head);
        String block = "pfn " + map.pfn(head) + ", "
                + (FrameWord.order(word) == 0 ? "one page" : (1 << FrameWord.order(word)) + " pages");
        return switch (FrameWord.state(word)) {
            case FrameWord.RESERVED -> "pfn " + map.pfn(head) + " is reserved";
            case FrameWord.IN_USE -> block + why(word, map.pfn(head));
            default -> block + ", is on its way to the free lists for too long (" + FrameWord.format(word) + ")";
        };
    }

    private String why(long word, long pfn) {
        int references = FrameWord.references(word);
        if (FrameWord.owner(word) == 0) {
            String holder = holders.apply(pfn);
            return ", is in use" + (holder.isEmpty() ? "" : " by " + holder) + ", and nobody has said that it can move";
        }
        String owner = ", of " + migration.ownerOf(word);
        return references > 1
                ? owner + ", can move, but has " + references + " references, its owner's and others"
                : owner + ", can move, but its owner refused, or no page was free elsewhere";
    }

    /** One attempt to have the block leave. */
    @SuppressWarnings("ThreadPriorityCheck") // whoever holds or frees the block goes on meanwhile
    private void leave(int head, long word, int gfp) {
        if (FrameWord.state(word) == FrameWord.CACHED) {
            zones.zoneOf(head).drainCache();
        } else if (FrameWord.state(word) != FrameWord.IN_USE || FrameWord.references(word) != 1) {
            Thread.yield();
        } else if (references.tryGet(map.pfn(head))) {
            try {
                migrate(head, map.wordOpaque(head), gfp);
            } finally {
                migration.drop(head);
            }
        }
    }

    /** The caller holds a reference, so that the block stays what it is. */
    private void migrate(int from, long word, int gfp) {
        int order = FrameWord.order(word);
        if (FrameWord.owner(word) == 0 || FrameWord.references(word) != Migration.REFERENCES_OF_OWNER_AND_MOVER) {
            return;
        }
        int compound = order > 0 ? Gfp.__GFP_COMP : 0;
        int to = path.take(
                (gfp & ~UNFIT) | Gfp.__GFP_MOVABLE | compound,
                order,
                zones.zoneOf(from).nid());
        if (to == FreeAreas.NONE) {
            return;
        }
        boolean moved = false;
        try {
            moved = migration.move(from, to, order);
        } finally {
            if (!moved) {
                references.put(map.pfn(to));
            }
        }
    }
}
