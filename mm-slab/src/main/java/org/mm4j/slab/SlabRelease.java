package org.mm4j.slab;

/**
 * Gives the pages of one slab back when no reader can look at its objects any more. It is made together with the slab, so
 * that nothing is needed when the slab has to go.
 *
 * <p>In Linux 6.18: mm/slub.c, rcu_free_slab().
 */
final class SlabRelease extends RcuCallback {
    private final SlabPages pages;
    private final Slab slab;

    SlabRelease(SlabPages pages, Slab slab) {
        this.pages = pages;
        this.slab = slab;
    }

    @Override
    protected void afterGracePeriod() {
        pages.giveBack(slab);
    }
}
