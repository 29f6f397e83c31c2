package org.mm4j.lab.replay;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A BlockTable whose set is a plain store. The reader acquires all the same, but nothing was released. */
final class PlainSetTable {
    private static final VarHandle PFN = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] pfns;

    PlainSetTable(int blocks) {
        pfns = new long[blocks];
    }

    long pfnAcquire(int block) {
        return (long) PFN.getAcquire(pfns, block);
    }

    void setPfnRelease(int block, long pfn) {
        PFN.set(pfns, block, pfn); // plain, whatever the name says: that is the whole difference
    }
}
