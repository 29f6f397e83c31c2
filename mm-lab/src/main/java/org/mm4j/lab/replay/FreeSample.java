package org.mm4j.lab.replay;

import java.util.List;

/**
 * The free memory at one moment of a replay. Exact: no thread ran.
 *
 * @param step how many steps of the plan are done
 * @param pagesLive pages that the replay holds
 * @param pagesKept pages behind what it holds otherwise: slabs, percpu areas, page tables; free objects in slabs included
 * @param pagesCached free pages in per-CPU caches, which belong to no order
 * @param pagesFree free pages in blocks of order 0, 1, …, 10
 */
public record FreeSample(int step, long pagesLive, long pagesKept, long pagesCached, List<Long> pagesFree) {
    /** Copies the list. */
    public FreeSample {
        pagesFree = List.copyOf(pagesFree);
    }
}
