package org.mm4j.kernel.memcg;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.GfpContext;
import org.mm4j.api.MemoryAccounting.Kind;
import org.mm4j.api.PageFrame;

/**
 * Whom the pages of a page cache are charged to: the group of the code that loads them, always the same group, or nobody.
 *
 * <p>For all threads. In Linux 6.18: mm/memcontrol.c, __mem_cgroup_charge(), for the mm that faults a page in. Differs: a
 * cache can belong to one group.
 */
public final class FileCharges {
    /** Nobody pays. */
    public static final FileCharges NOBODY = new FileCharges(null, null, GfpContext.PROCESS);

    private final @Nullable MemoryCgroups cgroups;
    private final @Nullable MemoryCgroup always;
    private final GfpContext context;

    private FileCharges(@Nullable MemoryCgroups cgroups, @Nullable MemoryCgroup always, GfpContext context) {
        this.cgroups = cgroups;
        this.always = always;
        this.context = context;
    }

    /** Charges to the group of the code that asks; null: there are no cgroups, and nobody pays. */
    public static FileCharges of(@Nullable MemoryCgroups cgroups, GfpContext context) {
        return cgroups == null ? NOBODY : new FileCharges(cgroups, null, context);
    }

    /**
     * Charges to one group, whoever asks; after it is removed, to its nearest living ancestor.
     *
     * @param cgroup null: to that of the code that asks
     * @throws IllegalArgumentException when the group is not one of these
     */
    public FileCharges to(@Nullable MemoryCgroup cgroup) {
        if (cgroup != null && (cgroups == null || !cgroup.isWithin(cgroups.root()))) {
            throw new IllegalArgumentException(cgroup + " is one of another kernel");
        }
        return cgroup == null ? this : new FileCharges(cgroups, cgroup, context);
    }

    /**
     * Charges so many pages, all or none. A request that may block makes room in the group, if there is none.
     *
     * @return null when there is no room
     */
    public @Nullable FileCharge charge(long pages, int gfp) {
        ObjCgroup payer = cgroups == null || pages == 0 ? null : payer(cgroups);
        if (payer == null) {
            return FileCharge.NONE;
        }
        FileCharge charge = new FileCharge(payer, pages << PageFrame.PAGE_SHIFT);
        return payer.tryCharge(Kind.FILE, pages << PageFrame.PAGE_SHIFT, context.effective(gfp)) ? charge : null;
    }

    private @Nullable ObjCgroup payer(MemoryCgroups all) {
        if (always == null) {
            return all.objCgroup();
        }
        MemoryCgroup living = always.living();
        return living == all.root() ? null : living.payer();
    }

    /** Whose room it is, for reports. */
    @Override
    public String toString() {
        if (cgroups == null) {
            return "nobody";
        }
        return (always == null ? cgroups.current() : always.living()).toString();
    }
}
