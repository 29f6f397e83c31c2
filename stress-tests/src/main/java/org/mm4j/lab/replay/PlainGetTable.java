package org.mm4j.lab.replay;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A BlockTable whose get is a plain load. The writer releases all the same, but nobody acquires. */
final class PlainGetTable {
    private static final VarHandle PFN = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] pfns;

    PlainGetTable(int blocks) {
        pfns = new long[blocks];
    }

    long pfnAcquire(int block) {
        return (long) PFN.get(pfns, block); // plain, whatever the name says: that is the whole difference
    }

    void setPfnRelease(int block, long pfn) {
        PFN.setRelease(pfns, block, pfn);
    }
}
