package org.mm4j.buddy;

import java.util.function.BooleanSupplier;
import org.mm4j.api.ZoneType;

/**
 * Compaction of one node that no request waits for: what whoever compacts in the background has to know and to do.
 *
 * <p>Any thread may call any method. All answers are racy. A run moves blocks on the calling thread; it costs a look at every
 * frame that it passes, and a copy of every page that moves.
 *
 * <p>In Linux 6.18: mm/compaction.c, kcompactd_node_suitable(), kcompactd_do_work(), fragmentation_score_node(),
 * reset_isolation_suitable().
 */
public final class NodeCompaction {
    private final Compaction compaction;
    private final int nid;

    NodeCompaction(Compaction compaction, int nid) {
        this.compaction = compaction;
        this.nid = nid;
    }

    /** The node. */
    public int nid() {
        return nid;
    }

    /** Whether somebody has registered who can move something. */
    public boolean hasOwners() {
        return compaction.hasOwners();
    }

    /** Whether some zone up to {@code highest} lacks a block of the order, and has room to make one. */
    public boolean isSuitable(int order, ZoneType highest) {
        return compaction.isSuitable(nid, order, highest);
    }

    /**
     * Makes a free block of the order in each zone up to {@code highest}, as far as there is something to move and room to
     * move to. Zones that failed lately are left alone for a while.
     *
     * @param stop asked after each pageblock: whether to leave it at that
     */
    public void compactFor(int order, ZoneType highest, BooleanSupplier stop) {
        compaction.compactFor(nid, order, highest, stop);
    }

    /** How much of the free memory is not in whole pageblocks, 0 to 100 percent. */
    public int score() {
        return compaction.score(nid);
    }

    /**
     * Compacts the node when its score is too high: above 100 − {@code proactiveness} and a little more, until it is below.
     *
     * @param proactiveness 0, never, to 100, always
     * @param stop asked after each pageblock: whether to leave it at that
     * @return whether it was too high
     * @throws IllegalArgumentException when {@code proactiveness} is outside its range
     */
    public boolean compactProactively(int proactiveness, BooleanSupplier stop) {
        if (proactiveness < 0 || proactiveness > 100) {
            throw new IllegalArgumentException("compaction_proactiveness is 0 to 100, not " + proactiveness);
        }
        return compaction.compactProactively(nid, proactiveness, stop);
    }

    /** Pageblocks that were of no use are tried again: there are free pages now. */
    public void forgetHints() {
        compaction.forgetHints(nid);
    }
}
