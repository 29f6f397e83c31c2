package org.mm4j.kernel.memcg;

import java.lang.ScopedValue.Carrier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.GfpContext;
import org.mm4j.api.MemoryAccounting;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.SlotGate;
import org.mm4j.buddy.FrameBooks;

/**
 * All memory cgroups of a kernel, a tree, and the way from a thread to the group that pays for it.
 *
 * <p>A request that is to be charged looks a scoped value up, once somebody has entered a group in this kernel; then it
 * takes from what its CPU has in stock. Nothing that is shared is written, as long as that lasts. Making and removing groups
 * takes a lock.
 *
 * <p>Any thread may call any method. In Linux 6.18: mm/memcontrol.c.
 */
public final class MemoryCgroups implements MemoryAccounting {
    private final ScopedValue<MemoryCgroup> entered = ScopedValue.newInstance();
    private final GroupReclaim reclaim;
    private final ChargeStocks stocks;
    private final HighThrottle throttle;
    private final ChargePath path;
    private final LoweredLimits lowered;
    private final MemoryCgroup root;
    private final PageCharges pageCharges;

    /** Removed groups that may still be charged. Under this. */
    private final List<MemoryCgroup> removed = new ArrayList<>();

    /**
     * Whether any group was ever entered. Plain: a thread that is in one has written it itself, or was forked by one that
     * had; to all others it makes no difference.
     */
    private boolean isUsed;

    /** Whether any group was ever protected. */
    private volatile boolean isProtecting;

    private boolean isClosed;

    /**
     * A root without limits.
     *
     * @param frames how many page frames there are, from 0 on
     * @param gate for what CPUs have in stock; used by nobody else
     * @param reclaim whom a group at its limit asks
     */
    public MemoryCgroups(long frames, SlotGate gate, GroupReclaim reclaim) {
        this(frames, gate, reclaim, null);
    }

    /** The same, whose charges fail as the faults say; null: only at a limit. */
    public MemoryCgroups(long frames, SlotGate gate, GroupReclaim reclaim, @Nullable FaultInjection faults) {
        pageCharges = new PageCharges(frames);
        this.reclaim = reclaim;
        stocks = new ChargeStocks(gate);
        throttle = new HighThrottle(stocks, reclaim);
        path = new ChargePath(stocks, reclaim, throttle, faults);
        lowered = new LoweredLimits(stocks, reclaim);
        root = new MemoryCgroup(this, null, "", stocks, path);
    }

    // How they behave.

    /** How all groups behave. */
    public CgroupOptions options() {
        return throttle.options();
    }

    /** Sets how all groups behave, from now on. In Linux: mount -o remount. */
    public void setOptions(CgroupOptions next) {
        throttle.setOptions(next);
    }

    /** For how long requests were made to wait above high, all of them together. In Linux: memory.pressure, about. */
    public long millisWaitedAboveHigh() {
        return throttle.millisWaited();
    }

    void noteProtection(CgroupLimits limits) {
        if (limits.protectsSomething()) {
            isProtecting = true;
        }
    }

    boolean isProtecting() {
        return isProtecting;
    }

    // The tree.

    /** The group of everybody else. Its own requests are charged to nobody; those of the groups below are counted. */
    public MemoryCgroup root() {
        return root;
    }

    /** {@link #create(MemoryCgroup, String, CgroupLimits)} below the root. */
    public MemoryCgroup create(String name, CgroupLimits limits) {
        return create(root, name, limits);
    }

    /**
     * Makes a group. In Linux: mkdir.
     *
     * @param name new among its siblings, not empty, without slash or line break, neither {@code .} nor {@code ..}, and none that begins with
     *     {@code memory.}, as files do
     * @throws IllegalArgumentException when the name is none
     * @throws IllegalStateException when there is such a group, or the parent has been removed, or the kernel is closed
     */
    public synchronized MemoryCgroup create(MemoryCgroup parent, String name, CgroupLimits limits) {
        if (isClosed) {
            throw new IllegalStateException("the kernel is closed: cgroup " + name + " comes too late");
        }
        checkName(name);
        checkLiving(parent, "gets no group below it");
        if (find(parent, name).isPresent()) {
            throw new IllegalStateException("there is a cgroup " + name + " in " + parent.path() + " already");
        }
        MemoryCgroup made = new MemoryCgroup(this, parent, name, stocks, path);
        made.setLimits(limits);
        List<MemoryCgroup> next = new ArrayList<>(parent.children());
        next.add(made);
        parent.setChildren(List.copyOf(next));
        return made;
    }

    /** From now on there are no new groups. */
    public synchronized void close() {
        isClosed = true;
    }

    private static void checkName(String name) {
        if (name.isEmpty()
                || name.indexOf('/') >= 0
                || name.indexOf('\n') >= 0
                || name.matches("\\.\\.?|memory\\..*")) {
            throw new IllegalArgumentException(
                    "a cgroup is named by a word without slash and line break that no file has, not by \"" + name
                            + "\"");
        }
    }

    private static void checkLiving(MemoryCgroup cgroup, String consequence) {
        if (cgroup.isRemoved()) {
            throw new IllegalStateException(cgroup + " has been removed, and " + consequence);
        }
    }

    private static Optional<MemoryCgroup> find(MemoryCgroup parent, String name) {
        return parent.children().stream()
                .filter(child -> child.name().equals(name))
                .findFirst();
    }

    /** The group at a path, {@code /web/cache} or {@code web/cache}. */
    public Optional<MemoryCgroup> find(String pathOfGroup) {
        Optional<MemoryCgroup> found = Optional.of(root);
        for (String each : pathOfGroup.split("/", -1)) {
            found = each.isEmpty() ? found : found.flatMap(parent -> find(parent, each));
        }
        return found;
    }

    void remove(MemoryCgroup cgroup) {
        synchronized (this) {
            MemoryCgroup parent = cgroup.parent();
            if (parent == null) {
                throw new IllegalStateException("the root cgroup cannot be removed");
            }
            checkLiving(cgroup, "is not removed twice");
            if (!cgroup.children().isEmpty()) {
                throw new IllegalStateException(cgroup + " is not removed: below it there is "
                        + cgroup.children().stream().map(MemoryCgroup::name).toList());
            }
            List<MemoryCgroup> next = new ArrayList<>(parent.children());
            next.remove(cgroup);
            removed.add(cgroup);
            parent.setChildren(List.copyOf(next));
            cgroup.setRemoved();
        }
        stocks.drain(cgroup.payer());
        reclaim.removed(cgroup);
    }

    /** Groups that were removed, but that something is still charged to. In Linux: nr_dying_descendants of cgroup.stat. */
    public synchronized List<MemoryCgroup> dying() {
        removed.forEach(each -> stocks.drain(each.payer()));
        removed.removeIf(each -> each.bytesCharged() == 0);
        return List.copyOf(removed);
    }

    // Who pays.

    Carrier enter(MemoryCgroup cgroup) {
        checkLiving(cgroup, "no code enters it");
        if (!isUsed) { // written once, so that everybody's cache keeps it
            isUsed = true;
        }
        return ScopedValue.where(entered, cgroup);
    }

    /** The group of the calling code. */
    public MemoryCgroup current() {
        return isUsed ? entered.orElse(root).living() : root;
    }

    @Override
    public @Nullable Payer payer() {
        return objCgroup();
    }

    /** Whoever pays for the requests of the calling thread; null: nobody. In Linux: current_obj_cgroup(). */
    @Nullable
    ObjCgroup objCgroup() {
        MemoryCgroup cgroup = current();
        return cgroup == root ? null : cgroup.payer();
    }

    // Allocators that charge.

    /** Who pays for which page. */
    public PageCharges pageCharges() {
        return pageCharges;
    }

    /** What has charges follow the blocks that an allocator moves. */
    public FrameBooks booksOf(PageAllocator moving) {
        return new MovedCharges(pageCharges, charging(moving, Kind.PAGES, GfpContext.PROCESS));
    }

    /** An allocator of pages whose {@code __GFP_ACCOUNT} requests are charged for a use, in front of another one. */
    public PageAllocator charging(PageAllocator behind, Kind kind, GfpContext context) {
        return new ChargedPages(behind, pageCharges, this, kind, context);
    }

    /**
     * An allocator of percpu memory whose {@code __GFP_ACCOUNT} requests are charged, in front of another one.
     *
     * @param bytesAllocated what a request of so many bytes costs, with all copies
     */
    public PerCpuAllocator charging(PerCpuAllocator behind, LongUnaryOperator bytesAllocated, GfpContext context) {
        return new ChargedPercpu(behind, bytesAllocated, this, context);
    }

    // Looking.

    /**
     * Compares what groups are charged with what their memory is used for, and says what differs, one sentence each. Exact
     * only while nobody else calls; what CPUs have in stock goes back.
     */
    public List<String> validate() {
        stocks.drain(root.payer());
        List<String> findings = new ArrayList<>();
        for (MemoryCgroup cgroup : root.subtree()) {
            long used = cgroup.payer().counts().stat().total();
            if (cgroup.bytesCharged() != used) {
                findings.add("K2: " + cgroup + " is charged " + cgroup.bytesCharged() + " bytes, but uses " + used);
            }
        }
        return findings;
    }

    ChargeStocks stocks() {
        return stocks;
    }

    LoweredLimits lowered() {
        return lowered;
    }
}
