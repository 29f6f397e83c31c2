package org.mm4j.kernel.memcg;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.MemoryAccounting;

/**
 * A group as the payer of memory: what stands beside each object and page that it is charged for, so that whoever frees
 * them gives the charge back to the right one.
 *
 * <pre>
 *    object, page  ---&gt;  payer of /a/b  ---&gt;  payer of /a  ---&gt;  payer of the root
 *                             |                    |                    |
 *                          counter      of b,   counter  of a + b    counter  of all
 * </pre>
 *
 * <p>The payer outlives its group: when that is removed, its charges stay where they are, below its parent, whose counter
 * includes them and goes on to. When the last one is given back, the collector frees the payer.
 *
 * <p>For all threads. In Linux 6.18: {@code struct obj_cgroup}. Differs: nothing is moved to the parent when a group is
 * removed.
 */
final class ObjCgroup implements MemoryAccounting.Payer {
    private final MemoryCgroup cgroup;
    private final @Nullable ObjCgroup parent;
    private final ChargeCounter counter;
    private final CgroupCounts counts;
    private final ChargeStocks stocks;
    private final ChargePath path;

    ObjCgroup(MemoryCgroup cgroup, @Nullable ObjCgroup parent, ChargeStocks stocks, ChargePath path) {
        this.cgroup = cgroup;
        this.parent = parent;
        this.stocks = stocks;
        this.path = path;
        counter = new ChargeCounter(parent == null ? null : parent.counter);
        counts = new CgroupCounts(parent == null ? null : parent.counts);
    }

    @Override
    public boolean tryCharge(MemoryAccounting.Kind kind, long bytes, int gfp) {
        return stocks.take(this, kind.ordinal(), bytes) || path.charge(this, kind.ordinal(), bytes, gfp);
    }

    /**
     * {@inheritDoc} Pages of a page cache go straight to the counters, as reclaim frees them so that a charge fits. In
     * Linux: uncharge_batch(), as opposed to refill_obj_stock().
     */
    @Override
    public void uncharge(MemoryAccounting.Kind kind, long bytes) {
        if (kind == MemoryAccounting.Kind.FILE) {
            unchargeAtOnce(kind.ordinal(), bytes, -bytes);
        } else {
            giveBack(kind.ordinal(), bytes, -bytes);
        }
    }

    /** Bytes that are charged are over, and the use has changed. What is over of a removed group is not kept. */
    void giveBack(int kind, long surplus, long used) {
        if (cgroup.isRemoved() || !stocks.put(this, kind, surplus, used)) {
            unchargeAtOnce(kind, surplus, used);
        }
    }

    private void unchargeAtOnce(int kind, long surplus, long used) {
        counts.addUsed(kind, used);
        counter.uncharge(surplus);
    }

    MemoryCgroup cgroup() {
        return cgroup;
    }

    @Nullable
    ObjCgroup parent() {
        return parent;
    }

    ChargeCounter counter() {
        return counter;
    }

    CgroupCounts counts() {
        return counts;
    }

    /** Whether its charges are counted for {@code other}, too: it is that one or below it. */
    boolean isWithin(ObjCgroup other) {
        ObjCgroup each = this;
        while (each != null && each != other) {
            each = each.parent;
        }
        return each != null;
    }

    /** Whose counter this is, of the group and its ancestors. */
    ObjCgroup ownerOf(ChargeCounter wanted) {
        ObjCgroup each = this;
        while (!each.counter.equals(wanted) && each.parent != null) {
            each = each.parent;
        }
        return each;
    }
}
