package org.mm4j.buddy;

import java.util.Comparator;
import java.util.List;
import org.mm4j.api.Gfp;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;

/**
 * Contiguous frames of any number, wherever there is room for them or can be made: for what is larger than a block of order
 * 10. Movable pages that are in the way are moved.
 *
 * <p>Places are tried from the start of a zone on, at multiples of as many frames as are wanted; each try costs about as much
 * as moving the pages that are there. Any thread may call it; requests wait.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, alloc_contig_pages(). Differs: a place is tried without a look at each of its frames
 * first.
 */
public final class ContigPages {
    private final BuddyAllocator buddy;

    /** Of the frames of an allocator. */
    public ContigPages(BuddyAllocator buddy) {
        this.buddy = buddy;
    }

    /**
     * Takes contiguous frames, each of order 0 with one reference. In Linux: alloc_contig_pages().
     *
     * @param pages how many, 1 or more
     * @param gfp for the frames to which others move; its zone is the highest that is tried
     * @param nid the node, or {@link PageAllocator#NO_NODE}: any, from node 0 on
     * @return the first frame, or {@link PageFrame#NONE} when there is no such place
     * @throws IllegalArgumentException when there are no such pages, or there is no such node
     */
    public long alloc(long pages, int gfp, int nid) {
        if (pages <= 0) {
            throw new IllegalArgumentException("contiguous pages are 1 or more, not " + pages);
        }
        List<NodeSnapshot> nodes = buddy.snapshot();
        if (nid != PageAllocator.NO_NODE && (nid < 0 || nid >= nodes.size())) {
            throw new IllegalArgumentException("there are nodes 0 to " + (nodes.size() - 1) + ", and no " + nid);
        }
        for (NodeSnapshot node : nodes) {
            if (nid == PageAllocator.NO_NODE || nid == node.nid()) {
                long pfn = allocOnNode(node, pages, gfp);
                if (pfn != PageFrame.NONE) {
                    return pfn;
                }
            }
        }
        return PageFrame.NONE;
    }

    private long allocOnNode(NodeSnapshot node, long pages, int gfp) {
        List<ZoneSnapshot> zones = node.zones().stream()
                .filter(zone -> zone.pagesManaged() >= pages && zone.type().compareTo(Gfp.zone(gfp)) <= 0)
                .sorted(Comparator.comparing(ZoneSnapshot::type).reversed())
                .toList();
        for (ZoneSnapshot zone : zones) {
            long pfn = allocInZone(zone, pages, gfp);
            if (pfn != PageFrame.NONE) {
                return pfn;
            }
        }
        return PageFrame.NONE;
    }

    private long allocInZone(ZoneSnapshot zone, long pages, int gfp) {
        long block = PageFrame.PAGEBLOCK_NR_PAGES;
        long end = (zone.startPfn() + zone.pagesSpanned()) / block * block;
        long start = (zone.startPfn() + block - 1) / block * block;
        for (long pfn = (start + pages - 1) / pages * pages; pfn <= end - pages; pfn += pages) {
            if (buddy.allocContigRange(pfn, pfn + pages, gfp)) {
                return pfn;
            }
        }
        return PageFrame.NONE;
    }

    /**
     * Gives frames back that {@link #alloc} gave; all of them or none. In Linux: free_contig_range().
     *
     * @throws org.mm4j.api.BadPageException when one of them is not the caller's
     */
    public void free(long pfn, long pages) {
        buddy.freeContigRange(pfn, pages);
    }
}
