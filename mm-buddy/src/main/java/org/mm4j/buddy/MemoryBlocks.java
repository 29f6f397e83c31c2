package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MigrateType;
import org.mm4j.api.ZoneType;

/**
 * The memory of an allocator in blocks, which go offline and come back while everybody else goes on.
 *
 * <pre>
 *             isolate          page caches drained,       all frames free
 *             its pageblocks   owners move away           at one moment, under the zone lock
 *   ONLINE -----------------> ISOLATED ----------------> EMPTY ---------------------------> OFFLINE
 *     ^                         |                          |                                   |
 *     |    somebody cannot move |            a notifier throws                                 |
 *     |&lt;------------------------'--------------------------'                                   |
 *     `------------------------------ all of its frames become free ---------------------------'
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>M1: from isolation on, no frame of the block is handed out; once the page caches were drained, none gets into one, as
 * whoever puts a page in looks at its pageblock inside of his slot's section, and a drain goes through all sections.
 * <li>M2: an offline block has reserved frames only, which are in no count of the zone.
 * <li>M3: managed pages and what follows from them change together with the frames, under the zone lock.
 * </ul>
 *
 * <p>Any thread may call any method; changes come one after the other. Going offline costs a look at every frame of the block
 * and a move of every page in it; both ways the zone lock is held while every frame's word is written.
 *
 * <p>In Linux 6.18: mm/memory_hotplug.c, offline_pages(), online_pages(). Differs: frames that may come are numbered at boot, so
 * nothing has to be allocated for them; going offline ends by itself when somebody does not move away.
 */
public final class MemoryBlocks {
    /** How often a block of pages is asked to leave, most times a millisecond apart. */
    private static final int ATTEMPTS = 100;

    /** For the places that pages move to. */
    private static final int GFP = Gfp.GFP_KERNEL | Gfp.__GFP_MOVABLE | Gfp.__GFP_RETRY_MAYFAIL | Gfp.__GFP_NOWARN;

    private final Zones zones;
    private final MemMap map;
    private final Evacuation evacuation;
    private final BlockLayout layout;
    private final KernelLog log;

    /** In Linux: mem_hotplug_lock. */
    private final ReentrantLock changing = new ReentrantLock();

    private final List<MemoryNotifier> notifiers = new CopyOnWriteArrayList<>();

    MemoryBlocks(Zones zones, Evacuation evacuation, BuddyConfig config) {
        this.zones = zones;
        this.map = zones.map();
        this.evacuation = evacuation;
        layout = config.blocks();
        log = config.log();
        for (FrameRange range : layout.offline()) {
            for (long pfn = range.startPfn(); pfn < range.endPfn(); pfn += layout.pages()) {
                changeable((int) (pfn >> layout.order()));
            }
        }
    }

    // Looking.

    /** Pages of a block. */
    public long pagesPerBlock() {
        return layout.pages();
    }

    /** All blocks that have frames, by number. Racy. */
    public List<MemoryBlock> list() {
        List<MemoryBlock> all = new ArrayList<>();
        long endPfn = map.pfn(map.frames() - 1) + 1;
        for (int number = (int) (map.firstPfn() >> layout.order());
                (long) number << layout.order() < endPfn;
                number++) {
            if (!zonesOf(number).isEmpty()) {
                all.add(block(number));
            }
        }
        return all;
    }

    /**
     * One block. Racy.
     *
     * @throws IllegalArgumentException when no zone has frames of it
     */
    public MemoryBlock block(int number) {
        List<Zone> its = zonesOf(number);
        if (its.isEmpty()) {
            throw new IllegalArgumentException("there is no memory block " + number + "; a block has " + layout.pages()
                    + " pages, and the last pfn is " + (map.pfn(map.frames()) - 1));
        }
        long start = (long) number << layout.order();
        boolean isOffline = map.contains(start) && zones.blockTypes().isOffline(map.frame(start));
        List<ZoneType> types = its.stream().map(zone -> zone.extent().type()).toList();
        return new MemoryBlock(
                number, start, layout.pages(), !isOffline, its.getFirst().nid(), types);
    }

    private List<Zone> zonesOf(int number) {
        long start = (long) number << layout.order();
        long end = start + layout.pages();
        return zones.populated().stream()
                .filter(zone -> map.pfn(zone.extent().startFrame()) < end
                        && start < map.firstPfn() + zone.extent().endFrame())
                .toList();
    }

    /** Who is told of every change from now on. */
    public void addNotifier(MemoryNotifier notifier) {
        notifiers.add(notifier);
    }

    /**
     * Who can say who holds a block that cannot move: whatever is refused because of it then names them.
     *
     * @param holders from the first pfn of a block in use to words, which are empty when nobody knows. Called without locks
     */
    public void setHolders(LongFunction<String> holders) {
        evacuation.setHolders(holders);
    }

    /**
     * What keeps a range from being emptied, as a sentence about the first block that cannot leave it. Racy. It costs a look at
     * each frame.
     *
     * @return empty when nothing does
     * @throws IllegalArgumentException when the range is empty, or the allocator has no such frames
     */
    public String pin(long startPfn, long endPfn) {
        if (startPfn >= endPfn || !map.contains(startPfn) || !map.contains(endPfn - 1)) {
            throw new IllegalArgumentException("pfn " + startPfn + " to " + endPfn
                    + " is refused: the allocator has pfn " + map.firstPfn() + " to " + (map.pfn(map.frames()) - 1));
        }
        int frame = evacuation.firstPinned(map.frame(startPfn), map.frame(endPfn - 1) + 1);
        return frame == FreeAreas.NONE ? "" : evacuation.pin(frame);
    }

    /** Where failures to empty a range are told. */
    KernelLog log() {
        return log;
    }

    // Changing.

    /**
     * Empties a block and takes it out of the allocator; all or nothing.
     *
     * @throws IllegalArgumentException when there is no such block
     * @throws IllegalStateException when it is offline already, can never be, or has pages that cannot move; the sentence says
     *     which
     */
    public void offline(int number) {
        changing.lock();
        try {
            Zone zone = changeable(number);
            MemoryBlock block = block(number);
            if (!block.isOnline()) {
                throw refused(number, "cannot go offline", "it is offline already");
            }
            List<ZoneSizes> next = zones.sizesWith(zone, -block.pages());
            takeOut(zone, block, next);
            zones.resize(next);
            MemoryBlock now = block(number);
            notifiers.forEach(notifier -> notifier.changed(now));
        } finally {
            changing.unlock();
        }
    }

    /**
     * Brings a block back, or in for the first time: all of its pages are free.
     *
     * @throws IllegalArgumentException when there is no such block
     * @throws IllegalStateException when it is online already
     */
    public void online(int number) {
        changing.lock();
        try {
            Zone zone = changeable(number);
            MemoryBlock block = block(number);
            if (block.isOnline()) {
                throw refused(number, "cannot come online", "it is online already");
            }
            List<ZoneSizes> next = zones.sizesWith(zone, block.pages());
            int start = map.frame(block.startPfn());
            ZoneBlocks.bringOnline(zone, start, start + (int) block.pages(), sizesOf(zone, next));
            zones.resize(next);
            MemoryBlock now = block(number);
            notifiers.forEach(notifier -> notifier.changed(now));
        } finally {
            changing.unlock();
        }
    }

    private static ZoneSizes sizesOf(Zone zone, List<ZoneSizes> sizes) {
        return sizes.get(zone.nid() * ZoneType.COUNT + zone.extent().type().ordinal());
    }

    /** From online to offline, or nothing has changed. */
    private void takeOut(Zone zone, MemoryBlock block, List<ZoneSizes> next) {
        int start = map.frame(block.startPfn());
        int end = start + (int) block.pages();
        Isolation isolation = new Isolation(zone);
        isolate(zone, isolation, block);
        boolean isOut = false;
        try {
            zone.drainCache();
            int pinned = evacuation.empty(start, end, GFP, ATTEMPTS);
            if (pinned != FreeAreas.NONE) {
                throw refused(block.number(), "cannot go offline", evacuation.pin(pinned));
            }
            notifiers.forEach(notifier -> notifier.emptied(block));
            isOut = ZoneBlocks.takeOffline(zone, isolation, start, end, typeAtBoot(), sizesOf(zone, next));
            if (!isOut) {
                throw refused(block.number(), "cannot go offline", "a free page of it was taken");
            }
        } finally {
            if (!isOut) {
                undo(zone, isolation, start, end);
            }
        }
    }

    private int typeAtBoot() {
        return (zones.groupsByMobility() ? MigrateType.MOVABLE : MigrateType.UNMOVABLE).ordinal();
    }

    private void isolate(Zone zone, Isolation isolation, MemoryBlock block) {
        int start = map.frame(block.startPfn());
        int end = start + (int) block.pages();
        zone.lock().lock();
        try {
            for (int each = start; each < end; each += PAGEBLOCK_NR_PAGES) {
                if (zone.blocks().typeBeneathIsolation(each) == MigrateType.CMA.ordinal()) {
                    throw refused(block.number(), "cannot go offline", "pfn " + map.pfn(each) + " is of a CMA area");
                }
            }
            if (!isolation.isolate(start, end)) {
                throw refused(block.number(), "cannot go offline", "somebody else empties a range in it just now");
            }
        } finally {
            zone.lock().unlock();
        }
    }

    private static void undo(Zone zone, Isolation isolation, int start, int end) {
        zone.lock().lock();
        try {
            isolation.undo(start, end);
        } finally {
            zone.lock().unlock();
        }
    }

    /** The zone of a block that can change: all of it lies in one zone, and all of its frames are handed out. */
    private Zone changeable(int number) {
        List<Zone> its = zonesOf(number);
        long start = block(number).startPfn();
        if (its.size() > 1) {
            throw refused(
                    number,
                    "never changes",
                    "it has frames of several zones, "
                            + block(number).zones().stream()
                                    .map(ZoneType::kernelName)
                                    .toList());
        }
        Zone zone = its.getFirst();
        long end = start + layout.pages();
        ZoneExtent extent = zone.extent();
        if (start < map.pfn(extent.startFrame()) || end > map.firstPfn() + extent.endFrame()) {
            throw refused(
                    number,
                    "never changes",
                    "its zone, " + extent.type().kernelName() + ", has only a part of its frames");
        }
        if (hasFixed(map.frame(start), map.frame(end - 1))) {
            throw refused(number, "never changes", "it has frames that do not exist, or are never handed out");
        }
        return zone;
    }

    /** Whether a frame from first to last is reserved though its pageblock is online. */
    private boolean hasFixed(int first, int last) {
        if (zones.blockTypes().isOffline(first)) {
            return false;
        }
        for (int frame = first; frame <= last; frame++) {
            if (FrameWord.state(map.wordOpaque(frame)) == FrameWord.RESERVED) {
                return true;
            }
        }
        return false;
    }

    private static IllegalStateException refused(int number, String what, String why) {
        return new IllegalStateException("memory block " + number + " " + what + ": " + why);
    }
}
