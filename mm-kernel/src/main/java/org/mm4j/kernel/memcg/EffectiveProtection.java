package org.mm4j.kernel.memcg;

import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageFrame;

/**
 * What protects a group in the end: no more than its parent has protection for. Pages, all of them.
 *
 * <pre>
 *   protected  =  min( usage, setting )                            what the group claims and uses
 *   claimed    =  sum of that over it and its siblings
 *
 *   claimed &gt;  parent's     effective = protected * parent's / claimed
 *   claimed &lt;= parent's     effective = protected
 *                           recursively, + ( parent's - claimed ) * ( usage - protected ) / ( parent's usage - claimed )
 * </pre>
 *
 * <p>A group directly below the one that reclaims has what it is set. In Linux 6.18: mm/page_counter.c,
 * effective_protection(), page_counter_calculate_protection(). Differs: what siblings claim is summed up when it is asked
 * for, not kept with every charge.
 */
final class EffectiveProtection {
    private EffectiveProtection() {}

    /** The rule. */
    static long of(
            long usage, long parentUsage, long setting, long parentEffective, long claimed, boolean isRecursive) {
        long used = Math.min(usage, setting);
        if (claimed > parentEffective) {
            return used * parentEffective / claimed;
        }
        boolean sharesRest = isRecursive && parentEffective > claimed && parentUsage > claimed && usage > used;
        long rest = Math.min(parentEffective, parentUsage) - claimed; // more than all cannot be protected
        return sharesRest ? used + rest * (usage - used) / (parentUsage - claimed) : used;
    }

    /** What protects a group against reclaim for another one; null: for the machine. */
    static CgroupProtection of(MemoryCgroup cgroup, @Nullable MemoryCgroup target, boolean isRecursive) {
        MemoryCgroup parent = cgroup.parent();
        long usage = pages(cgroup.bytesCharged());
        if (parent == null || cgroup == target || usage == 0) {
            return CgroupProtection.NONE;
        }
        if (parent == target || parent.parent() == null) {
            return new CgroupProtection(min(cgroup), low(cgroup));
        }
        CgroupProtection above = of(parent, target, isRecursive);
        long parentUsage = pages(parent.bytesCharged());
        return new CgroupProtection(
                of(
                        usage,
                        parentUsage,
                        min(cgroup),
                        above.minPages(),
                        claimed(parent, EffectiveProtection::min),
                        isRecursive),
                of(
                        usage,
                        parentUsage,
                        low(cgroup),
                        above.lowPages(),
                        claimed(parent, EffectiveProtection::low),
                        isRecursive));
    }

    private static long claimed(MemoryCgroup parent, ToLongFunction<MemoryCgroup> setting) {
        long sum = 0;
        for (MemoryCgroup child : parent.children()) {
            sum += Math.min(pages(child.bytesCharged()), setting.applyAsLong(child));
        }
        return sum;
    }

    private static long min(MemoryCgroup cgroup) {
        return pages(cgroup.limits().minBytes());
    }

    private static long low(MemoryCgroup cgroup) {
        return pages(cgroup.limits().lowBytes());
    }

    private static long pages(long bytes) {
        return bytes == CgroupLimits.UNLIMITED ? bytes >> PageFrame.PAGE_SHIFT : PageFrame.pagesFor(bytes);
    }
}
