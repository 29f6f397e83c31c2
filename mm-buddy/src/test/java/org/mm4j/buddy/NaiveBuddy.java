package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.NONE;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/**
 * The page allocator written down once more, for one thread, with an object for each block and a loop for each rule:
 * what the shipped one is compared with. It shares with it the interface, the layouts, and the figures of
 * {@link ZoneSizing}.
 */
final class NaiveBuddy implements PageAllocator {
    /** How many single frames are taken in a row before the search begins with the own list again. */
    private static final int ROW = 64;

    final NaiveNodes nodes;
    private final NaiveRequests requests;
    private final BuddyConfig config;

    NaiveBuddy(BuddyConfig config) {
        this.config = config;
        nodes = new NaiveNodes(config);
        requests = new NaiveRequests(nodes, config);
    }

    @Override
    public long allocPages(int gfp, int order, int nid) {
        NaiveBlock block = order > MAX_PAGE_ORDER ? null : requests.take(gfp, order, node(nid));
        return block == null ? NONE : block.pfn;
    }

    private int node(int nid) {
        return nid == NO_NODE ? config.callerNode().getAsInt() : nid;
    }

    @Override
    public void freePages(long pfn, int order) {
        NaiveBlock block = begins(pfn, order);
        if (--block.references == 0) {
            release(block);
        } else if (!block.compound && order > 0) {
            replace(block, 0, 1, block.references, false);
            for (int half = order - 1; half >= 0; half--) {
                zoneAt(pfn).free(pfn + (1L << half), half, false);
            }
        }
    }

    private void release(NaiveBlock block) {
        zoneAt(block.pfn).forget(block);
        zoneAt(block.pfn).free(block.pfn, block.order, false);
    }

    /** Puts {@code pieces} blocks of another order where a block was. */
    private void replace(NaiveBlock block, int order, long pieces, int references, boolean compound) {
        NaiveZone zone = zoneAt(block.pfn);
        zone.forget(block);
        for (long piece = 0; piece < pieces; piece++) {
            NaiveBlock next = NaiveBlock.inUse(block.pfn + (piece << order), order, block.type);
            next.references = references;
            next.compound = compound;
            zone.putInUse(next);
        }
    }

    @Override
    public void splitPage(long pfn, int order) {
        NaiveBlock block = begins(pfn, order);
        refuseIf(block.compound || block.references > 1, pfn);
        if (order > 0) {
            replace(block, 0, 1L << order, 1, false);
        }
    }

    @Override
    public void splitCompound(long pfn, int newOrder) {
        NaiveBlock block = blockAt(pfn);
        refuseIf(block == null || block.free || block.pfn != pfn, pfn);
        refuseIf(newOrder < 0 || newOrder >= block.order || !block.compound || block.references > 1, pfn);
        replace(block, newOrder, 1L << (block.order - newOrder), 1, newOrder > 0);
    }

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        long pages = PageFrame.pagesFor(bytes);
        int order = 0;
        while ((1L << order) < pages) {
            order++;
        }
        long pfn = allocPages(gfp & ~(Gfp.__GFP_COMP | Gfp.__GFP_HIGHMEM), order, NO_NODE);
        if (pfn != NONE) {
            NaiveBlock block = blockAt(pfn);
            replace(block, 0, pages, 1, false);
            for (long each = pfn; each < pfn + pages; each++) {
                blockAt(each).pagesExact = each == pfn ? pages : 0;
            }
            for (long each = pfn + pages; each < pfn + (1L << order); each++) {
                zoneAt(pfn).free(each, 0, true);
            }
        }
        return pfn;
    }

    @Override
    public void freePagesExact(long pfn, long bytes) {
        long pages = PageFrame.pagesFor(bytes);
        for (long each = pfn; each < pfn + pages; each++) {
            NaiveBlock block = begins(each, 0);
            refuseIf(block.pagesExact != (each == pfn ? pages : 0), each);
        }
        for (long each = pfn; each < pfn + pages; each++) {
            putPage(each);
        }
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        List<Integer> empty = new ArrayList<>();
        for (int at = 0; at < pfns.length; at++) {
            if (pfns[at] == NONE) {
                empty.add(at);
            }
        }
        boolean charged = config.chargesCgroups() && (gfp & Gfp.__GFP_ACCOUNT) != 0;
        if (!empty.isEmpty() && (empty.size() == 1 || charged || !takeRow(gfp, node(nid), pfns, empty))) {
            pfns[empty.getFirst()] = allocPages(gfp, 0, nid);
        }
        int filled = 0;
        while (filled < pfns.length && pfns[filled] != NONE) {
            filled++;
        }
        return filled;
    }

    private boolean takeRow(int gfp, int nid, long[] pfns, List<Integer> empty) {
        List<NaiveZone> list = requests.list(gfp, nid);
        NaiveTry wanted = requests.fast(list, gfp, 0);
        for (NaiveZone zone : list) {
            if (zone.nid != list.getFirst().nid) {
                return false;
            }
            if (zone.marks.isAboveLow(wanted, pfns.length)) {
                return takeRow(zone, wanted, pfns, empty);
            }
        }
        return false;
    }

    private boolean takeRow(NaiveZone zone, NaiveTry wanted, long[] pfns, List<Integer> empty) {
        int taken = 0;
        while (taken < empty.size()) {
            NaiveBlock block = taken % ROW == 0 ? zone.taking.takeFirst(wanted) : zone.taking.takeNext(wanted);
            if (block == null) {
                break;
            }
            zone.putInUse(NaiveBlock.inUse(block.pfn, 0, wanted.type()));
            pfns[empty.get(taken)] = block.pfn;
            taken++;
        }
        requests.count(zone, zone, taken);
        return taken > 0;
    }

    @Override
    public void getPage(long pfn) {
        refuseIf(!tryGetPage(pfn), pfn);
    }

    @Override
    public boolean tryGetPage(long pfn) {
        NaiveBlock block = referenced(pfn);
        if (block != null) {
            block.references++;
        }
        return block != null;
    }

    @Override
    public void putPage(long pfn) {
        NaiveBlock block = referenced(pfn);
        refuseIf(block == null, pfn);
        if (--block.references == 0) {
            release(block);
        }
    }

    @Override
    public int pageCount(long pfn) {
        NaiveBlock block = referenced(pfn);
        return block == null ? 0 : block.references;
    }

    @Override
    public long blockHead(long pfn) {
        refuseIf(!nodes.spans(pfn), pfn);
        NaiveBlock block = blockAt(pfn);
        return block == null ? pfn : block.pfn;
    }

    @Override
    public int nodeOf(long pfn) {
        return zoneAt(pfn).nid;
    }

    /** The block whose references count for the frame: it begins there, or is compound. */
    private @Nullable NaiveBlock referenced(long pfn) {
        NaiveBlock block = blockAt(pfn);
        return block != null && !block.free && (block.compound || block.pfn == pfn) ? block : null;
    }

    private NaiveBlock begins(long pfn, int order) {
        NaiveBlock block = blockAt(pfn);
        refuseIf(block == null || block.free || block.pfn != pfn || block.order != order, pfn);
        return block;
    }

    private @Nullable NaiveBlock blockAt(long pfn) {
        NaiveZone zone = nodes.zoneAt(pfn);
        return zone == null ? null : zone.blockAt(pfn);
    }

    private NaiveZone zoneAt(long pfn) {
        NaiveZone zone = nodes.zoneAt(pfn);
        refuseIf(zone == null, pfn);
        return zone;
    }

    private static void refuseIf(boolean refused, long pfn) {
        if (refused) {
            throw new BadPageException(pfn, "pfn " + pfn + " is refused");
        }
    }
}
