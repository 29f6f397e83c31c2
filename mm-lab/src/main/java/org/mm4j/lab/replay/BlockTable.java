package org.mm4j.lab.replay;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/** Where the blocks of a plan lie: written by the thread that allocates, read by the one that frees. */
final class BlockTable {
    /*
     * State of one block
     *
     *                allocated, or made by a split
     *    PENDING  ------------------------------->  first frame
     *       0     \                                    1, 2, …
     *              `----------------------------->  FAILED
     *                there was no memory              -1
     *
     * Invariants
     *   I1  a block's word is written once, by the thread whose step allocates it or makes it by a split.
     *   I2  who reads another word than PENDING sees everything that its writer did before.
     */
    private static final VarHandle PFN = MethodHandles.arrayElementVarHandle(long[].class);

    /** Not allocated yet. */
    static final long PENDING = 0;
    /** There was no memory for it. */
    static final long FAILED = -1;

    private final long[] pfns;

    BlockTable(int blocks) {
        pfns = new long[blocks];
    }

    /** Makes all blocks pending. Not while others use the table. */
    void clear() {
        Arrays.fill(pfns, PENDING);
    }

    /** The first frame of a block, {@link #PENDING} or {@link #FAILED}. */
    long pfnAcquire(int block) {
        return (long) PFN.getAcquire(pfns, block); // [replay.A1] pairs with [replay.R1] in setPfnRelease()
    }

    /** Says where a block lies. */
    void setPfnRelease(int block, long pfn) {
        PFN.setRelease(pfns, block, pfn); // [replay.R1] the block is allocated before its free can be called
    }
}
