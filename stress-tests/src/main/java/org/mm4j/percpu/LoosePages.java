package org.mm4j.percpu;

/** The page set of a slot as PerCpuPages fills and drains it, without a gate in front of it. */
final class LoosePages {
    private static final int LIST = PageSet.list(0, 0);
    private static final int POPS_MAX = 8;

    private final FreedBlocks zone;
    private final PageSet set = new PageSet();

    LoosePages(FreedBlocks zone) {
        this.zone = zone;
    }

    void put(int frame) {
        set.pushHead(LIST, frame);
        set.addCount(1);
    }

    /** Ends also when the count is wrong, as that of the shipped one need not. */
    void drain() {
        zone.lock();
        for (int pops = 0; pops < POPS_MAX && set.count() > 0 && set.length(LIST) > 0; pops++) {
            set.addCount(-1);
            zone.freeLocked(set.popTail(LIST), 0, 0);
        }
        zone.unlock();
    }

    int pagesCached() {
        return set.count();
    }
}
