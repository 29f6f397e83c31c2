package org.mm4j.lab.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.mm4j.api.BadPageException;
import org.mm4j.api.FreeBlocks;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.NumaStats;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.Watermarks;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;

/** The simplest page allocator: an array that says of every frame whose it is, one lock, first fit from a hint. */
class NaivePages implements PageAllocator, ReplayTarget {
    private static final byte FREE = -1;
    private static final byte TAIL = -2;
    private static final int FIRST = PageFrame.MAX_ORDER_NR_PAGES;

    /** FREE, TAIL, or the order of the block that begins here. */
    private final byte[] frames;

    private final boolean[] compound;
    private final List<String> violations = new ArrayList<>();
    private final NaiveAreas areas = new NaiveAreas();
    private final NaiveObjects objects = new NaiveObjects();
    private final NaiveVmaps vmaps = new NaiveVmaps();
    private int hint = FIRST;
    private long pagesFree;

    /** An allocator of {@code blocks} blocks of the largest order. */
    NaivePages(int blocks) {
        frames = new byte[FIRST + blocks * PageFrame.MAX_ORDER_NR_PAGES];
        compound = new boolean[frames.length];
        Arrays.fill(frames, FREE);
        pagesFree = frames.length - FIRST;
    }

    @Override
    public PerCpuAllocator percpu() {
        return areas;
    }

    @Override
    public ObjectTarget objects() {
        return objects;
    }

    @Override
    public VmapTarget vmaps() {
        return vmaps;
    }

    @Override
    public long pagesKept() {
        return 0;
    }

    @Override
    public synchronized long allocPages(int gfp, int order, int nid) {
        int size = PageFrame.pages(order);
        int pfn = find(hint & -size, frames.length, size);
        pfn = pfn < 0 ? find(FIRST, frames.length, size) : pfn;
        if (pfn < 0) {
            return PageFrame.NONE;
        }
        Arrays.fill(frames, pfn, pfn + size, TAIL);
        frames[pfn] = (byte) order;
        compound[pfn] = order > 0 && Gfp.has(gfp, Gfp.__GFP_COMP);
        hint = pfn + size;
        pagesFree -= size;
        return pfn;
    }

    private int find(int from, int to, int size) {
        for (int pfn = Math.max(from, FIRST); pfn + size <= to; pfn += size) {
            int at = 0;
            while (at < size && frames[pfn + at] == FREE) {
                at++;
            }
            if (at == size) {
                return pfn;
            }
        }
        return -1;
    }

    @Override
    public synchronized void freePages(long pfn, int order) {
        check(pfn, order);
        int from = Math.toIntExact(pfn);
        Arrays.fill(frames, from, from + PageFrame.pages(order), FREE);
        hint = Math.min(hint, from);
        pagesFree += PageFrame.pages(order);
    }

    @Override
    public synchronized void splitPage(long pfn, int order) {
        check(pfn, order);
        if (compound[(int) pfn]) {
            throw new BadPageException(pfn, "the block is compound");
        }
        Arrays.fill(frames, (int) pfn, (int) pfn + PageFrame.pages(order), (byte) 0);
    }

    @Override
    public synchronized void splitCompound(long pfn, int newOrder) {
        int order = frames[(int) pfn];
        if (!compound[(int) pfn] || order <= newOrder) {
            throw new BadPageException(pfn, "the block is no compound block of a larger order");
        }
        for (int at = (int) pfn; at < pfn + PageFrame.pages(order); at += PageFrame.pages(newOrder)) {
            frames[at] = (byte) newOrder;
            compound[at] = newOrder > 0;
        }
    }

    private void check(long pfn, int order) {
        if (pfn < FIRST || pfn >= frames.length || frames[(int) pfn] != order) {
            throw new BadPageException(pfn, "frame " + pfn + " is no block of order " + order + " in use");
        }
    }

    @Override
    public PageAllocator pages() {
        return this;
    }

    @Override
    public synchronized List<NodeSnapshot> snapshot() {
        long[] counts = new long[PageFrame.NR_PAGE_ORDERS * MigrateType.COUNT];
        for (int pfn = FIRST; pfn < frames.length; ) {
            int order = frames[pfn] == FREE ? freeOrder(pfn) : 0;
            counts[order * MigrateType.COUNT + MigrateType.MOVABLE.ordinal()] += frames[pfn] == FREE ? 1 : 0;
            pfn += PageFrame.pages(order);
        }
        long managed = frames.length - FIRST;
        ZoneSnapshot zone = new ZoneSnapshot(
                0,
                ZoneType.NORMAL,
                FIRST,
                managed,
                managed,
                managed,
                pagesFree,
                0,
                0,
                0,
                0,
                new Watermarks(0, 0, 0, 0),
                0,
                List.of(),
                new FreeBlocks(counts),
                List.of(),
                new NumaStats(0, 0, 0, 0, 0),
                0,
                List.of());
        return List.of(new NodeSnapshot(0, List.of(zone)));
    }

    private int freeOrder(int pfn) {
        int order = 0;
        while (order < PageFrame.MAX_PAGE_ORDER
                && (pfn & PageFrame.pages(order)) == 0
                && isFree(pfn + PageFrame.pages(order), PageFrame.pages(order))) {
            order++;
        }
        return order;
    }

    private boolean isFree(int pfn, int count) {
        for (int at = pfn; at < pfn + count; at++) {
            if (at >= frames.length || frames[at] != FREE) {
                return false;
            }
        }
        return true;
    }

    /** Lets validation find something broken from now on. */
    void breakInvariant(String sentence) {
        violations.add(sentence);
    }

    @Override
    public String read(String path) {
        return "";
    }

    @Override
    public List<String> list(String path) {
        throw new IllegalArgumentException("there is no " + path);
    }

    @Override
    public List<String> validate() {
        return List.copyOf(violations);
    }

    @Override
    public String description() {
        return "an array of " + frames.length + " frames";
    }

    @Override
    public String preset() {
        return "linux";
    }

    @Override
    public String engine() {
        return "naive";
    }

    @Override
    public void close() {}

    @Override
    public long allocPagesExact(long bytes, int gfp) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void freePagesExact(long pfn, long bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int allocPagesBulk(int gfp, int nid, long[] pfns) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void getPage(long pfn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean tryGetPage(long pfn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void putPage(long pfn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int pageCount(long pfn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long blockHead(long pfn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int nodeOf(long pfn) {
        return 0;
    }
}
