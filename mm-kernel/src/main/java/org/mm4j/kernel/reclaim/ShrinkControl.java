package org.mm4j.kernel.reclaim;

/**
 * What one call of a shrinker is about. Used by one thread, and only during the call.
 *
 * <p>In Linux 6.18: include/linux/shrinker.h, {@code struct shrink_control}.
 */
public final class ShrinkControl {
    private final int gfp;
    private final int nid;
    private long nrToScan;
    private long nrScanned;
    private long pagesReclaimed;

    ShrinkControl(int gfp, int nid) {
        this.gfp = gfp;
        this.nid = nid;
    }

    /** A call for tests of shrinkers: so many objects of a node. */
    public static ShrinkControl of(int gfp, int nid, long nrToScan) {
        ShrinkControl control = new ShrinkControl(gfp, nid);
        control.scan(nrToScan);
        return control;
    }

    void scan(long objects) {
        nrToScan = objects;
        nrScanned = objects;
    }

    /** The flags of the request that lacks memory: without {@code __GFP_FS}, the shrinker calls no file system. */
    public int gfp() {
        return gfp;
    }

    /** The node that lacks memory; 0 for shrinkers that do not tell nodes apart. */
    public int nid() {
        return nid;
    }

    /** How many objects to look at. */
    public long nrToScan() {
        return nrToScan;
    }

    /** How many were looked at, if not {@link #nrToScan}. */
    public void setNrScanned(long objects) {
        nrScanned = objects;
    }

    long nrScanned() {
        return nrScanned;
    }

    /** Says that pages were freed, if the objects are no pages. In Linux: mm_account_reclaimed_pages(). */
    public void accountReclaimedPages(long pages) {
        pagesReclaimed += pages;
    }

    long takePagesReclaimed() {
        long pages = pagesReclaimed;
        pagesReclaimed = 0;
        return pages;
    }
}
