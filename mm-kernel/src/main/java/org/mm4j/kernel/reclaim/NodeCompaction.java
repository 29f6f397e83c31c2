package org.mm4j.kernel.reclaim;

/**
 * What kswapd does with the pages that it has freed, before it sleeps.
 *
 * <p>In Linux 6.18: wakeup_kcompactd(). Differs: there is no thread of its own.
 */
@FunctionalInterface
public interface NodeCompaction {
    /** Nothing is moved. */
    NodeCompaction NONE = (_, _) -> {};

    /**
     * Makes a free block of an order on a node, if it can.
     *
     * @param order 0: nobody asked for one, but pages are free now that may help whoever compacts next
     */
    void compact(int nid, int order);
}
