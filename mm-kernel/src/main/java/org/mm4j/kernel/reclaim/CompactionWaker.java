package org.mm4j.kernel.reclaim;

import org.mm4j.api.ZoneType;

/** Whom kswapd wakes before it sleeps, as there are free pages now to move to. In Linux: wakeup_kcompactd(). */
@FunctionalInterface
interface CompactionWaker {
    /**
     * Asks for a block.
     *
     * @param order 0: nobody wants one, but who compacts next may succeed where it failed
     */
    void wake(int order, ZoneType highest);
}
