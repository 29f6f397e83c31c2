package org.mm4j.kernel.pagecache;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.ZoneType;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.NodeBalance;
import org.mm4j.kernel.memcg.FileCharge;
import org.mm4j.kernel.memcg.FileCharges;

/**
 * The frames of all blobs of one kernel: takes them, fills them, moves them when their place is needed, gives them back.
 * It costs 4 to 8 bytes of Java heap for each frame of the machine.
 *
 * <p>In Linux 6.18: mapping of {@code struct folio}; mm/filemap.c, filemap_alloc_folio(), filemap_migrate_folio().
 */
public final class BlobFrames implements MovableOwner {
    /** One round of reclaim: who caches can do without. */
    static final int GFP = Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_NORETRY | Gfp.__GFP_NOWARN;

    private final BuddyAllocator buddy;
    private final PageAllocator requests;
    private final MemorySegment map;
    private final int owner;
    private final FileCharges charges;
    private final NodeBalance[] balances;

    /** At its number, whose page it is. In Linux: folio-&gt;mapping. */
    private final AtomicReferenceArray<@Nullable BlobPages> blobs;

    /**
     * The frames of an allocator over a memory. One for each allocator is enough.
     *
     * @param source where pages are asked for: the allocator, or what fails in front of it
     * @param charges who pays for them
     */
    public BlobFrames(BuddyAllocator buddy, PageAllocator source, PhysicalMemory memory, FileCharges charges) {
        this.buddy = buddy;
        requests = source;
        this.charges = charges;
        map = memory.directMap();
        blobs = new AtomicReferenceArray<>((int) (memory.bytes() >>> PageFrame.PAGE_SHIFT));
        balances = IntStream.range(0, buddy.nodes()).mapToObj(buddy::balance).toArray(NodeBalance[]::new);
        owner = buddy.registerOwner(this);
    }

    /** Who pays for pages. */
    FileCharges charges() {
        return charges;
    }

    /**
     * Pages with the bytes of {@code source} in them, which are charged already; null, and they are charged no more, when
     * there are not so many pages.
     */
    @Nullable
    BlobPages fill(MemorySegment source, FileCharge charge) {
        long bytes = source.byteSize();
        long[] pfns = {};
        int taken = 0;
        boolean filled = false;
        try {
            pfns = new long[Math.toIntExact(PageFrame.pagesFor(bytes))];
            BlobPages blob = new BlobPages(bytes, pfns, charge);
            while (taken < pfns.length) {
                long pfn = requests.allocPages(GFP, 0);
                if (pfn == PageFrame.NONE) {
                    return null;
                }
                pfns[taken++] = pfn;
                long offset = (taken - 1L) << PageFrame.PAGE_SHIFT;
                MemorySegment.copy(source, offset, page(blob, taken - 1), 0, pageBytes(blob, taken - 1));
            }
            settle(blob);
            filled = true;
            return blob;
        } finally {
            for (int page = 0; !filled && page < taken; page++) {
                free(pfns[page]);
            }
            if (!filled) {
                charge.giveBack();
            }
        }
    }

    /** Makes all pages of a new blob movable. Until all of them are, none moves; so they can be given back if this fails. */
    void settle(BlobPages blob) {
        boolean isFrozen = blob.tryFreeze();
        assert isFrozen : "nobody else knows a new blob";
        for (long pfn : blob.pfns()) {
            blobs.setRelease((int) pfn, blob);
            buddy.setMovable(pfn, owner);
        }
        blob.thaw();
    }

    /** Frees the pages of a blob that nobody holds. */
    void free(BlobPages blob) {
        for (long pfn : blob.pfns()) {
            free(pfn);
        }
        blob.charge().giveBack();
    }

    private void free(long pfn) {
        blobs.setRelease((int) pfn, null);
        buddy.freePages(pfn, 0);
    }

    /** Bytes of the blob in one of its pages. */
    static int pageBytes(BlobPages blob, int page) {
        return (int) Math.min(PageFrame.PAGE_SIZE, blob.bytes() - ((long) page << PageFrame.PAGE_SHIFT));
    }

    /** The bytes of the blob in one of its pages. The caller holds the blob. */
    MemorySegment page(BlobPages blob, int page) {
        return map.asSlice(blob.pfns()[page] << PageFrame.PAGE_SHIFT, pageBytes(blob, page));
    }

    /** Whether some node has so much free memory that caches may grow; requests go there when their own has not. */
    boolean hasPlenty() {
        for (NodeBalance balance : balances) {
            if (balance.isBalanced(0, ZoneType.MOVABLE)) {
                return true;
            }
        }
        return false;
    }

    /** Moves a page, if nobody but its cache holds the blob. */
    @Override
    public boolean migratePage(long fromPfn, long toPfn, int order) {
        BlobPages blob = blobs.getAcquire((int) fromPfn);
        if (blob == null || !blob.tryFreeze()) {
            return false;
        }
        try {
            int page = pageAt(blob, fromPfn);
            if (page < 0) {
                return false;
            }
            MemorySegment from = map.asSlice(fromPfn << PageFrame.PAGE_SHIFT, PageFrame.PAGE_SIZE);
            MemorySegment to = map.asSlice(toPfn << PageFrame.PAGE_SHIFT, PageFrame.PAGE_SIZE);
            to.copyFrom(from);
            blob.pfns()[page] = toPfn;
            blobs.setRelease((int) toPfn, blob);
            blobs.setRelease((int) fromPfn, null);
            return true;
        } finally {
            blob.thaw();
        }
    }

    @Override
    public String name() {
        return "the page cache";
    }

    private static int pageAt(BlobPages blob, long pfn) {
        for (int page = 0; page < blob.pfns().length; page++) {
            if (blob.pfns()[page] == pfn) {
                return page;
            }
        }
        return -1;
    }
}
