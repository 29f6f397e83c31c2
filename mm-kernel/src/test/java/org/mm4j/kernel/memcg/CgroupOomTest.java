package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_NORETRY;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.kernel.reclaim.OomGroup;
import org.mm4j.kernel.reclaim.OomKiller;

/** Who is ended when a group is at its limit, and who goes with him. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CgroupOomTest extends LimitedGroup {
    @Test
    void onlySomebodyOfTheGroupIsEndedAndOfThemTheLargest() {
        MemoryCgroup child = machine.cgroups.create(group, "child", CgroupLimits.NONE);
        List<String> ended = new ArrayList<>();
        var oom = machine.kernel.reclaim().oom();
        oom.register("stranger", 1000, () -> 1_000_000, () -> ended.add("stranger"));
        oom.register("small", group, 0, () -> 10, () -> ended.add("small"));
        oom.register("large", child, 0, () -> 90, () -> {
            ended.add("large");
            held.forEach(pfn -> pages.freePages(pfn, 0));
            held.clear();
        });
        takeAll(child, GFP_KERNEL_ACCOUNT | __GFP_NORETRY);
        assertThat(ended).isEmpty();

        assertThat(takeOne(group, GFP_KERNEL_ACCOUNT)).isTrue();
        assertThat(ended).containsExactly("large");
        assertThat(child.events().oomKills()).isEqualTo(1);
        assertThat(group.events().oomKills()).as("that of its child").isEqualTo(1);
        assertThat(machine.kernel.log().lines())
                .anyMatch(line -> line.startsWith("Memory cgroup out of memory: Killed group large"));
    }

    @Test
    void nobodyIsEndedForABlockThatIsCostly() {
        AtomicInteger ended = new AtomicInteger();
        machine.kernel.reclaim().oom().register("one", group, 0, () -> 1, ended::incrementAndGet);
        takeAll(group, GFP_KERNEL_ACCOUNT | __GFP_NORETRY);
        assertThat(group.<Long, RuntimeException>call(() -> pages.allocPages(GFP_KERNEL_ACCOUNT, 4)))
                .isZero();
        assertThat(ended).hasValue(0);
    }

    // Groups that go as a whole.

    private final List<String> ended = new ArrayList<>();

    private void register(String name, MemoryCgroup in, int scoreAdj, int pagesUsed) {
        machine.kernel.reclaim().oom().register(name, in, scoreAdj, () -> pagesUsed, () -> ended.add(name));
    }

    /** a/service/{x, y}, a/other; everything is a's. */
    private MemoryCgroup service(boolean isWhole) {
        MemoryCgroup service = machine.cgroups.create(group, "service", CgroupLimits.NONE);
        MemoryCgroup x = machine.cgroups.create(service, "x", CgroupLimits.NONE);
        MemoryCgroup y = machine.cgroups.create(service, "y", CgroupLimits.NONE);
        MemoryCgroup other = machine.cgroups.create(group, "other", CgroupLimits.NONE);
        service.setOomGroup(isWhole);
        register("in x", x, 0, 50);
        register("in y", y, 0, 5);
        register("never", y, OomGroup.NEVER, 5);
        register("in service", service, 0, 4);
        register("in other", other, 0, 40);
        register("stranger", machine.group("stranger"), 0, 1000);
        return service;
    }

    @Test
    void ofAGroupThatGoesAsAWholeAllAreEndedButThoseWhoNeverAre() {
        MemoryCgroup service = service(true);
        assertThat(machine.kernel.reclaim().outOfMemory(group, GFP_KERNEL_ACCOUNT, 0))
                .isTrue();

        assertThat(ended).startsWith("in x").containsExactlyInAnyOrder("in x", "in y", "in service");
        assertThat(service.events().oomGroupKills()).isEqualTo(1);
        assertThat(service.eventsLocal().oomGroupKills()).isEqualTo(1);
        assertThat(service.events().oomKills()).isEqualTo(3);
        assertThat(service.eventsLocal().oomKills()).as("in itself").isEqualTo(1);
        assertThat(group.events().oomGroupKills()).isEqualTo(1);
        assertThat(group.eventsLocal().oomGroupKills()).isZero();
        assertThat(machine.kernel.log().lines())
                .contains("Tasks in /a/service are going to be killed due to memory.oom.group set");
    }

    @Test
    void withoutTheMarkOnlyTheWorstIsEnded() {
        MemoryCgroup service = service(false);
        machine.kernel.reclaim().outOfMemory(group, GFP_KERNEL_ACCOUNT, 0);
        assertThat(ended).containsExactly("in x");
        assertThat(service.events().oomGroupKills()).isZero();
    }

    @Test
    void theHighestMarkedGroupUpToTheOneAtItsLimitGoes() {
        MemoryCgroup service = service(true);
        group.setOomGroup(true);
        machine.kernel.reclaim().outOfMemory(service, GFP_KERNEL_ACCOUNT, 0);
        assertThat(ended).as("a is above the limit").doesNotContain("in other").hasSize(3);
    }

    @Test
    void aMarkedGroupGoesAsAWholeWhenTheMachineIsShort() {
        service(true);
        group.setOomGroup(true);
        OomKiller oom = machine.kernel.reclaim().oom();
        oom.groups().stream().filter(each -> each.name().equals("stranger")).forEach(OomGroup::close);
        assertThat(machine.kernel.reclaim().outOfMemory(0, GFP_KERNEL_ACCOUNT, 0))
                .isTrue();
        assertThat(ended).containsExactlyInAnyOrder("in x", "in y", "in service", "in other");
    }
}
