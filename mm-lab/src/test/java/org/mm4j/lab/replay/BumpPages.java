package org.mm4j.lab.replay;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.mm4j.api.BadPageException;
import org.mm4j.api.PageFrame;

/** Hands out every frame once and never again, so that a frame tells which allocation it is; dawdles to mix threads up. */
final class BumpPages extends NaivePages {
    private final AtomicLong next = new AtomicLong(PageFrame.MAX_ORDER_NR_PAGES);
    private final Map<Long, Integer> live = new ConcurrentHashMap<>();

    BumpPages() {
        super(1);
    }

    Map<Long, Integer> live() {
        return live;
    }

    @Override
    public long allocPages(int gfp, int order, int nid) {
        dawdle();
        long pfn = next.getAndAdd(PageFrame.MAX_ORDER_NR_PAGES);
        live.put(pfn, order);
        return pfn;
    }

    @Override
    public void freePages(long pfn, int order) {
        dawdle();
        if (!live.remove(pfn, order)) {
            throw new BadPageException(pfn, "frame " + pfn + " is no block of order " + order + " in use");
        }
    }

    @Override
    public void splitPage(long pfn, int order) {
        split(pfn, order, 0);
    }

    @Override
    public void splitCompound(long pfn, int newOrder) {
        split(pfn, live.getOrDefault(pfn, -1), newOrder);
    }

    private void split(long pfn, int order, int newOrder) {
        dawdle();
        if (order <= newOrder || !live.remove(pfn, order)) {
            throw new BadPageException(pfn, "frame " + pfn + " is no block that can be split");
        }
        for (long piece = pfn; piece < pfn + PageFrame.pages(order); piece += PageFrame.pages(newOrder)) {
            live.put(piece, newOrder);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck")
    private static void dawdle() {
        int dice = ThreadLocalRandom.current().nextInt(256);
        if (dice == 0) {
            LockSupport.parkNanos(100_000);
        } else if (dice < 32) {
            Thread.yield();
        }
    }
}
