package org.mm4j.kernel.reclaim;

import org.jspecify.annotations.Nullable;
import org.mm4j.kernel.memcg.MemoryCgroup;

/**
 * What one call of a shrinker is about. Used by one thread, and only during the call.
 *
 * <p>In Linux 6.18: include/linux/shrinker.h, {@code struct shrink_control}.
 */
public final class ShrinkControl {
    private final int gfp;
    private final int nid;
    private final @Nullable MemoryCgroup cgroup;
    private final boolean isMemoryShort;
    private long nrToScan;
    private long nrScanned;
    private long pagesReclaimed;

    ShrinkControl(int gfp, int nid, @Nullable MemoryCgroup cgroup, boolean isMemoryShort) {
        this.gfp = gfp;
        this.nid = nid;
        this.cgroup = cgroup;
        this.isMemoryShort = isMemoryShort;
    }

    /** A call for tests of shrinkers: so many objects of a node. */
    public static ShrinkControl of(int gfp, int nid, long nrToScan) {
        ShrinkControl control = new ShrinkControl(gfp, nid, null, true);
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

    /**
     * The memory cgroup whose own objects the call is about, not those of the groups below it; null: those of all. Only for
     * shrinkers that tell cgroups apart. In Linux: memcg of {@code struct shrink_control}.
     */
    public @Nullable MemoryCgroup cgroup() {
        return cgroup;
    }

    /** Whether the call is about the objects of all groups. */
    public boolean concernsAll() {
        return cgroup == null;
    }

    /**
     * Whether the call is about an object that this group pays for; of a removed group, its nearest living ancestor does.
     *
     * @param payer null: nobody, so that it is the root's
     */
    public boolean concerns(@Nullable MemoryCgroup payer) {
        if (cgroup == null) {
            return true;
        }
        return payer == null ? cgroup.parent() == null : payer.living() == cgroup;
    }

    /** Whether the machine lacks memory; false: a cgroup is at its limit, and others have enough. In Linux: !cgroup_reclaim(). */
    public boolean isMemoryShort() {
        return isMemoryShort;
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
