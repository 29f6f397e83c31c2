package org.mm4j.slab;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The counts of one slot that are broken: entering or leaving reads and then writes, without an atomic instruction. */
final class PlainCounts extends ReaderCounts {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] counts = new long[2];
    private final boolean isEnteringPlain;
    private final boolean isLeavingPlain;

    private PlainCounts(boolean isEnteringPlain, boolean isLeavingPlain) {
        super(1);
        this.isEnteringPlain = isEnteringPlain;
        this.isLeavingPlain = isLeavingPlain;
    }

    static PlainCounts whenEntering() {
        return new PlainCounts(true, false);
    }

    static PlainCounts whenLeaving() {
        return new PlainCounts(false, true);
    }

    @Override
    long addToCount(int section, long readers) {
        if (readers > 0 ? isEnteringPlain : isLeavingPlain) {
            long before = (long) WORD.getOpaque(counts, section);
            WORD.setOpaque(counts, section, before + readers);
            return before;
        }
        return (long) WORD.getAndAdd(counts, section, readers);
    }

    @Override
    boolean isEmpty(int slot, int bank) {
        return (long) WORD.getVolatile(counts, section(slot, bank)) == 0;
    }
}
