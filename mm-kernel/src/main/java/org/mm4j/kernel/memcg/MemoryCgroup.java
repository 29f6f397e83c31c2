package org.mm4j.kernel.memcg;

import java.lang.ScopedValue.CallableOp;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A group of code whose memory is charged together, and limited together with that of all groups below it. Code says for
 * a stretch of itself that it belongs to a group, {@link #run}; requests with {@code __GFP_ACCOUNT} made inside, and
 * objects of caches with {@code SLAB_ACCOUNT}, are charged to it until they are freed, whoever frees them.
 *
 * <p>Any thread may call any method. In Linux 6.18: {@code struct mem_cgroup}, and the files memory.* of cgroup v2. Differs:
 * code that still runs in a group that is removed is charged to its parent from then on.
 */
public final class MemoryCgroup {
    private final MemoryCgroups cgroups;
    private final @Nullable MemoryCgroup parent;
    private final String name;
    private final ObjCgroup payer;
    private volatile CgroupLimits limits = CgroupLimits.NONE;
    private volatile List<MemoryCgroup> children = List.of();
    private volatile boolean isOomGroup;
    private volatile boolean isRemoved;

    MemoryCgroup(
            MemoryCgroups cgroups, @Nullable MemoryCgroup parent, String name, ChargeStocks stocks, ChargePath path) {
        this.cgroups = cgroups;
        this.parent = parent;
        this.name = name;
        payer = new ObjCgroup(this, parent == null ? null : parent.payer, stocks, path);
    }

    // Scopes.

    /**
     * Runs code that belongs to this group: what it asks for is charged here. Scopes nest, and end with their code however
     * that ends; a subtask of a StructuredTaskScope is inside as well, any other new thread is outside. In Linux:
     * set_active_memcg().
     *
     * @throws IllegalStateException when the group has been removed
     */
    public void run(Runnable code) {
        cgroups.enter(this).run(code);
    }

    /** {@link #run} with a result. */
    public <R, X extends Throwable> R call(CallableOp<? extends R, X> code) throws X {
        return cgroups.enter(this).call(code);
    }

    // The tree.

    /** Its name among the children of its parent; empty for the root. */
    public String name() {
        return name;
    }

    /** The names from the root on, {@code /web/cache}; {@code /} for the root. */
    public String path() {
        if (parent == null) {
            return "/";
        }
        return parent.parent == null ? "/" + name : parent.path() + "/" + name;
    }

    /** The group above; null for the root. */
    public @Nullable MemoryCgroup parent() {
        return parent;
    }

    /** The groups directly below, in the order in which they were made. */
    public List<MemoryCgroup> children() {
        return children;
    }

    /** It and all groups below it, each before those below it. */
    public List<MemoryCgroup> subtree() {
        List<MemoryCgroup> all = new ArrayList<>();
        all.add(this);
        for (MemoryCgroup child : children) {
            all.addAll(child.subtree());
        }
        return all;
    }

    /** Whether it is {@code other} or below it, also when it has been removed. */
    public boolean isWithin(MemoryCgroup other) {
        return payer.isWithin(other.payer);
    }

    /** Whether it has been removed. Its charges may still be there. */
    public boolean isRemoved() {
        return isRemoved;
    }

    /** It, or if it has been removed, the first group above that has not: who answers for its charges. */
    public MemoryCgroup living() {
        MemoryCgroup each = this;
        while (each.isRemoved && each.parent != null) {
            each = each.parent;
        }
        return each;
    }

    /**
     * Removes the group. What it is charged for stays charged to its parent until it is freed. In Linux: rmdir.
     *
     * @throws IllegalStateException when it is the root or has children; the message names them
     */
    public void remove() {
        cgroups.remove(this);
    }

    // Limits.

    /** How much it may have, and how much of it is protected. */
    public CgroupLimits limits() {
        return limits;
    }

    /**
     * Sets how much it may have, and how much of it is protected. When it has more, this call reclaims inside of the group,
     * and above {@code maxBytes} ends somebody if need be; what is not freed then stays. In Linux: a write to memory.min,
     * memory.low, memory.high, memory.max.
     *
     * @throws IllegalStateException when it is the root, which has no limits
     */
    public void setLimits(CgroupLimits next) {
        changeLimits(_ -> next);
    }

    /** {@link #setLimits} from those that there are, while others may change them, too. */
    public void changeLimits(UnaryOperator<CgroupLimits> change) {
        if (parent == null) {
            throw new IllegalStateException("the root cgroup has no limits");
        }
        CgroupLimits next;
        long usage;
        synchronized (this) { // the counter has the limit that was set last
            next = change.apply(limits);
            limits = next;
            usage = payer.counter().setMax(next.maxBytes());
        }
        cgroups.noteProtection(next);
        cgroups.lowered().enforceMax(payer, next.maxBytes(), usage);
        if (next.highBytes() != CgroupLimits.UNLIMITED) {
            cgroups.lowered().enforceHigh(payer, next.highBytes());
        }
    }

    /** Whether all who can be ended in it and below go together. In Linux: memory.oom.group. */
    public boolean isOomGroup() {
        return isOomGroup;
    }

    /**
     * Sets whether all go together: a group that is of no use in parts. Those who are never ended stay.
     *
     * @throws IllegalStateException when it is the root
     */
    public void setOomGroup(boolean next) {
        if (parent == null) {
            throw new IllegalStateException("the root cgroup is not ended as a whole");
        }
        isOomGroup = next;
    }

    /**
     * How much of it reclaim leaves alone, as its settings and those of the groups above are.
     *
     * @param target the group that reclaim is about, at this one or above it; null: the machine
     */
    public CgroupProtection protection(@Nullable MemoryCgroup target) {
        return cgroups.isProtecting()
                ? EffectiveProtection.of(this, target, cgroups.options().protectsRecursively())
                : CgroupProtection.NONE;
    }

    /**
     * Reclaims before there is need to. In Linux: a write to memory.reclaim.
     *
     * @param bytes how much to free at least
     * @return how many pages or objects were freed; fewer than wanted: there was no more
     */
    public long reclaim(long bytes) {
        return cgroups.lowered().reclaimNow(payer, bytes);
    }

    // Looking.

    /**
     * Bytes that it and those below it are charged, with what CPUs have in stock, 64 pages each at most. Racy. In Linux:
     * memory.current.
     */
    public long bytesCharged() {
        return payer.counter().usage();
    }

    /** The most that {@link #bytesCharged} was, about. In Linux: memory.peak. */
    public long bytesPeak() {
        return payer.counter().peak();
    }

    /** What its memory is used for. Waits a moment for each CPU that has news of it. In Linux: memory.stat. */
    public CgroupStat stat() {
        cgroups.stocks().flushCounts(payer);
        return payer.counts().stat();
    }

    /** Gives back what CPUs have in stock for it and those below it. Waits a moment for each that has some. */
    public void giveStockBack() {
        cgroups.stocks().drain(payer);
    }

    /** What happened in it and below. In Linux: memory.events. */
    public CgroupEvents events() {
        return payer.counts().events();
    }

    /** What happened in it, and not below. In Linux: memory.events.local. */
    public CgroupEvents eventsLocal() {
        return payer.counts().eventsLocal();
    }

    /** Says that somebody of this group was ended. Called by whoever ends him. In Linux: MEMCG_OOM_KILL. */
    public void countOomKill() {
        payer.counts().happened(CgroupCounts.Event.OOM_KILL);
    }

    /** Says that all of this group were ended together. Called by whoever ends them. In Linux: MEMCG_OOM_GROUP_KILL. */
    public void countOomGroupKill() {
        payer.counts().happened(CgroupCounts.Event.OOM_GROUP_KILL);
    }

    /** Says that something was taken that low protects. Called by whoever takes it. In Linux: MEMCG_LOW. */
    public void countLow() {
        payer.counts().happened(CgroupCounts.Event.LOW);
    }

    /** As reports show it. */
    @Override
    public String toString() {
        return "cgroup " + path();
    }

    // For this package.

    ObjCgroup payer() {
        return payer;
    }

    void setChildren(List<MemoryCgroup> next) {
        children = next;
    }

    void setRemoved() {
        isRemoved = true;
    }
}
