package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.kernel.reclaim.ShrinkerConfig;

/** Whose pages go when a group is at its limit, and whose when the machine is. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CgroupReclaimTest extends LimitedGroup {
    @Test
    void aGroupAtItsLimitReclaimsFromItselfAndThoseBelowItOnly() {
        CachedPages cached = CachedPages.register(machine.kernel);
        MemoryCgroup child = machine.cgroups.create(group, "child", CgroupLimits.NONE);
        MemoryCgroup stranger = machine.group("stranger");
        for (int page = 0; page < PAGES_OF_LIMIT; page++) {
            assertThat(cached.add(page % 2 == 0 ? group : child, GFP_KERNEL_ACCOUNT))
                    .isTrue();
            assertThat(cached.add(stranger, GFP_KERNEL_ACCOUNT)).isTrue();
        }
        for (int page = 0; page < PAGES_OF_LIMIT; page++) {
            assertThat(takeOne(group, GFP_KERNEL_ACCOUNT)).as("page " + page).isTrue();
        }

        assertThat(cached.size(group) + cached.size(child)).isZero();
        assertThat(cached.size(stranger)).isEqualTo(PAGES_OF_LIMIT);
        assertThat(group.events().oom()).isZero();
        cached.freeAll();
    }

    @Test
    void aShrinkerThatDoesNotTellGroupsApartIsNotAsked() {
        CachedPages cached =
                CachedPages.register(machine.kernel, ShrinkerConfig.of("global").ofPages());
        while (cached.add(group, GFP_KERNEL_ACCOUNT)) {
            assertThat(cached.size(group)).isLessThanOrEqualTo(PAGES_OF_LIMIT);
        }
        assertThat(cached.scans).hasValue(0);
        cached.freeAll();
    }

    @Test
    void whenTheMachineIsShortEveryGroupIsAsked() {
        CachedPages cached = CachedPages.register(machine.kernel);
        List<MemoryCgroup> payers = List.of(machine.group("b"), machine.group("c"));
        payers.forEach(payer -> {
            for (int page = 0; page < 50; page++) {
                cached.add(payer, GFP_KERNEL_ACCOUNT);
            }
        });
        for (int round = 0; round < 10; round++) {
            machine.kernel.reclaim().reclaim(0, GFP_KERNEL_ACCOUNT, 0);
        }
        assertThat(payers).allMatch(payer -> cached.size(payer) == 0);
    }

    @Test
    void objectsOfARemovedGroupAreReclaimedThroughItsParent() {
        CachedPages cached = CachedPages.register(machine.kernel);
        MemoryCgroup child = machine.cgroups.create(group, "child", CgroupLimits.NONE);
        for (int page = 0; page < PAGES_OF_LIMIT; page++) {
            cached.add(child, GFP_KERNEL_ACCOUNT);
        }
        child.remove();

        assertThat(takeOne(group, GFP_KERNEL_ACCOUNT)).isTrue();
        assertThat(cached.size(child)).isLessThan(PAGES_OF_LIMIT);
        cached.freeAll();
    }
}
