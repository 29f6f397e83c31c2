package org.mm4j.vmalloc;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.memory.VirtualRange;

/**
 * What is mapped into an area, and who has the right to end it.
 *
 * <pre>
 *                     vfree, vunmap, vrealloc                the range is unmapped
 *        LIVE  --------------------------------->  CLAIMED  ----------------------->  its area is UNLINKED
 *         |    <---------------------------------     ^
 *         |     the host refuses, or it stays as it is|
 *         | vfreeAtomic                               | next call that may wait
 *         `----------------->  DEFERRED --------------'
 *                                       <-------------'
 *                                        the host refuses
 * </pre>
 *
 * <p>Of many callers that free at the same time one claims; the others are told that there is no such area.
 *
 * <p>In Linux 6.18: struct vm_struct. Differs: there unlinking from the tree is the claim; here the host may refuse to
 * unmap, and then the area is as it was.
 */
final class VmStruct {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(VmStruct.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int LIVE = 0;
    private static final int CLAIMED = 1;
    private static final int DEFERRED = 2;

    private final VmapArea area;
    private final VirtualRange range;

    /** The frames from the first page on; those behind {@link #pages} are none. */
    private final long[] pfns;

    private final boolean ownsFrames;

    /** How many frames there are already. Written before the area is published. */
    private int pages;

    /** What was asked for. In Linux: vm_struct-&gt;requested_size. */
    private volatile long bytesRequested;

    @SuppressWarnings("UnusedVariable") // only by the handle
    private int state;

    VmStruct(VmapArea area, VirtualRange range, long[] pfns, boolean ownsFrames, long bytesRequested) {
        this.area = area;
        this.range = range;
        this.pfns = pfns;
        this.ownsFrames = ownsFrames;
        this.bytesRequested = bytesRequested;
    }

    VmapArea area() {
        return area;
    }

    VirtualRange range() {
        return range;
    }

    long[] pfns() {
        return pfns;
    }

    int pages() {
        return pages;
    }

    void setPages(int count) {
        pages = count;
    }

    /** Whether the frames go back with the area. */
    boolean ownsFrames() {
        return ownsFrames;
    }

    long bytesRequested() {
        return bytesRequested;
    }

    void setBytesRequested(long bytes) {
        bytesRequested = bytes;
    }

    /** LIVE to CLAIMED. Refused when it is anything else; of many callers one succeeds. */
    boolean toClaimed() {
        return casState(LIVE, CLAIMED);
    }

    /** CLAIMED to LIVE, by who claimed it. */
    void toLive() {
        boolean done = casState(CLAIMED, LIVE);
        assert done;
    }

    /** LIVE to DEFERRED. Refused when it is anything else; of many callers one succeeds. */
    boolean toDeferred() {
        return casState(LIVE, DEFERRED);
    }

    /** DEFERRED to LIVE, by who deferred it and could not note it. */
    void undoDeferred() {
        boolean done = casState(DEFERRED, LIVE);
        assert done;
    }

    boolean isLive() {
        return stateAcquire() == LIVE;
    }

    boolean isDeferred() {
        return stateAcquire() == DEFERRED;
    }

    private int stateAcquire() {
        return (int) STATE.getAcquire(this);
    }

    private boolean casState(int expected, int next) {
        return STATE.compareAndSet(this, expected, next);
    }
}
