package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_NOFAIL;
import static org.mm4j.api.Gfp.__GFP_NORETRY;
import static org.mm4j.api.Gfp.__GFP_RETRY_MAYFAIL;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens at a limit, in which group, and to whom. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CgroupLimitTest extends LimitedGroup {
    @Test
    void aGroupGetsWhatItMayHaveAndNotAPageMore() {
        assertThat(takeAll(group, GFP_KERNEL_ACCOUNT)).isEqualTo(PAGES_OF_LIMIT);
        assertThat(group.bytesCharged()).isEqualTo(LIMIT);
        assertThat(group.events().max()).isPositive();
        assertThat(group.events().oom())
                .as("nothing to reclaim, and nobody to end")
                .isPositive();
        assertThat(group.events().oomKills()).isZero();

        pages.freePages(held.remove(), 0);
        assertThat(takeAll(group, GFP_KERNEL_ACCOUNT)).isEqualTo(1);
    }

    @Test
    void theTightestAncestorDecides() {
        MemoryCgroup child = machine.cgroups.create(group, "child", CgroupLimits.ofMax(60L * PAGE));
        MemoryCgroup other = machine.cgroups.create(group, "other", CgroupLimits.NONE);

        assertThat(takeAll(child, GFP_KERNEL_ACCOUNT)).isEqualTo(60);
        assertThat(child.events().max()).isPositive();
        long eventsOfChild = child.events().max();
        assertThat(takeAll(other, GFP_KERNEL_ACCOUNT)).isEqualTo(PAGES_OF_LIMIT - 60);
        assertThat(other.events().max()).as("it is the parent that is full").isZero();
        assertThat(group.events().max()).isGreaterThan(eventsOfChild);
        assertThat(other.bytesCharged() + child.bytesCharged()).isEqualTo(group.bytesCharged());
        assertThat(machine.cgroups.root().bytesCharged()).isEqualTo(LIMIT);
    }

    @Test
    void whoMayNotWaitFailsAtOnceAndWhoMustNotFailDoesNot() {
        takeAll(group, GFP_KERNEL_ACCOUNT);
        long events = group.events().max();

        assertThat(takeOne(group, GFP_NOWAIT | __GFP_ACCOUNT)).isFalse();
        assertThat(group.events().max()).as("nothing was tried").isEqualTo(events);
        assertThat(takeOne(group, GFP_KERNEL_ACCOUNT | __GFP_NORETRY)).isFalse();
        assertThat(takeOne(group, GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL)).isFalse();
        assertThat(takeOne(group, GFP_KERNEL_ACCOUNT | __GFP_NOFAIL))
                .as("NOFAIL")
                .isTrue();
        assertThat(takeOne(group, GFP_ATOMIC | __GFP_ACCOUNT))
                .as("privileged, by __GFP_HIGH")
                .isTrue();
        assertThat(group.bytesCharged()).isEqualTo(LIMIT + 2 * PAGE);
        assertThat(group.bytesPeak()).isEqualTo(LIMIT + 2 * PAGE);
    }

    @Test
    void whatReclaimTakesIsChargedOverTheLimit() {
        takeAll(group, GFP_KERNEL_ACCOUNT);
        machine.kernel
                .contexts()
                .noreclaim(() -> assertThat(takeOne(group, GFP_KERNEL_ACCOUNT)).isTrue());
        assertThat(group.bytesCharged()).isEqualTo(LIMIT + PAGE);
    }

    @Test
    void aLowerLimitIsReachedByReclaimOrByEndingSomebody() {
        CachedPages cached = CachedPages.register(machine.kernel);
        for (int page = 0; page < 80; page++) {
            cached.add(group, GFP_KERNEL_ACCOUNT);
        }
        group.setLimits(CgroupLimits.ofMax(20L * PAGE));
        assertThat(group.bytesCharged()).isLessThanOrEqualTo(20L * PAGE);
        cached.freeAll();

        group.setLimits(CgroupLimits.ofMax(LIMIT));
        takeAll(group, GFP_KERNEL_ACCOUNT);
        machine.kernel.reclaim().oom().register("holder", group, 0, held::size, () -> {
            held.forEach(pfn -> pages.freePages(pfn, 0));
            held.clear();
        });
        group.setLimits(CgroupLimits.ofMax(20L * PAGE));
        assertThat(held).isEmpty();
        assertThat(group.events().oomKills()).isEqualTo(1);
    }

    @Test
    void aLimitThatNobodyCanReachStandsAndNothingMoreIsGiven() {
        takeAll(group, GFP_KERNEL_ACCOUNT);
        group.setLimits(CgroupLimits.ofMax(20L * PAGE + 5));
        assertThat(group.limits().maxBytes()).isEqualTo(20L * PAGE);
        assertThat(takeOne(group, GFP_KERNEL_ACCOUNT)).isFalse();
        while (held.size() > 19) {
            pages.freePages(held.remove(), 0);
        }
        assertThat(machine.cgroups.validate()).as("and nothing is in stock").isEmpty();
        assertThat(takeAll(group, GFP_KERNEL_ACCOUNT)).isEqualTo(1);
    }

    @Test
    void threadsAtALimitNeverHaveMoreThanItTogether() {
        Together crowd = new Together();
        for (int thread = 0; thread < 4; thread++) {
            int order = thread % 3;
            crowd.add(() -> group.run(() -> takeAndFree(order)));
        }
        crowd.join();
        assertThat(group.bytesPeak()).isBetween(LIMIT / 2, LIMIT);
    }

    private void takeAndFree(int order) {
        Deque<Long> mine = new ArrayDeque<>();
        for (int round = 0; round < 3000; round++) {
            long pfn = pages.allocPages(GFP_KERNEL_ACCOUNT | __GFP_NORETRY, order);
            if (pfn != 0) {
                mine.add(pfn);
            } else if (!mine.isEmpty()) {
                pages.freePages(mine.remove(), order);
            }
        }
        mine.forEach(pfn -> pages.freePages(pfn, order));
    }
}
