package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What memory.min and memory.low leave to a group. The numbers are computed by hand. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CgroupProtectionTest {
    private final CgroupKernel machine = new CgroupKernel();
    private final CachedPages cached = CachedPages.register(machine.kernel);

    @AfterEach
    void close() {
        cached.freeAll();
        machine.close();
    }

    // The rule.

    @ParameterizedTest(name = "usage {0} of {1}, set {2}, parent {3}, claimed {4}, recursive {5}: {6}")
    @CsvSource({
        // all that is claimed is there
        "50, 100, 30, 100, 60, false, 30",
        "20, 100, 30, 100, 60, false, 20",
        "50, 100, 30,  60, 60, false, 30",
        // more is claimed: in proportion to what is claimed and used
        "50, 100, 30,  40, 60, false, 20",
        "20, 100, 30,  40, 50, false, 16",
        "50, 100, 30,   0, 60, false, 0",
        "50, 100,  0,  40, 60, false, 0",
        // the rest: 40 of 100 are not claimed; the group has 20 of the 40 pages that are not protected
        "50, 100, 30, 100, 60, true, 50",
        "50, 100, 30,  80, 60, true, 40",
        "50, 100,  0,  40,  0, true, 20",
        "30, 100, 30,  80, 60, true, 30",
        "50, 100, 30,  40, 60, true, 20",
        // a parent that is protected without a limit
        "100000, 200000, 0, 2251799813685247, 0, true, 100000"
    })
    void effective(
            long usage,
            long parentUsage,
            long setting,
            long parents,
            long claimed,
            boolean isRecursive,
            long effective) {
        assertThat(EffectiveProtection.of(usage, parentUsage, setting, parents, claimed, isRecursive))
                .isEqualTo(effective);
    }

    private MemoryCgroup group(MemoryCgroup parent, String name, long minPages, long lowPages) {
        return machine.cgroups.create(
                parent, name, CgroupLimits.NONE.withMin(minPages * PAGE).withLow(lowPages * PAGE));
    }

    private void fill(MemoryCgroup group, int pages) {
        assertThat(cached.add(group, GFP_KERNEL_ACCOUNT, pages)).isEqualTo(pages);
        assertThat(machine.cgroups.validate()).as("and nothing is in stock").isEmpty();
    }

    @Test
    @DisplayName(
            "Documentation/cgroup-v2: A has 2000, its children claim 1500 and 1500: B and C get 1000 each, D nothing")
    void tree() {
        MemoryCgroup a = group(machine.cgroups.root(), "a", 500, 2000);
        MemoryCgroup b = group(a, "b", 500, 1500);
        MemoryCgroup c = group(a, "c", 500, 3000);
        MemoryCgroup d = group(a, "d", 0, 0);
        MemoryCgroup below = group(b, "below", 100, 250);
        fill(b, 1000);
        fill(below, 500);
        fill(c, 1500);
        fill(d, 400);

        assertThat(a.protection(null)).isEqualTo(new CgroupProtection(500, 2000));
        assertThat(b.protection(null)).isEqualTo(new CgroupProtection(250, 1000));
        assertThat(c.protection(null)).isEqualTo(new CgroupProtection(250, 1000));
        assertThat(d.protection(null)).isEqualTo(CgroupProtection.NONE);
        assertThat(below.protection(null))
                .as("its parent has more than that")
                .isEqualTo(new CgroupProtection(100, 250));
        assertThat(b.protection(machine.cgroups.root())).isEqualTo(b.protection(null));

        assertThat(b.protection(a))
                .as("against its parent it has what it is set")
                .isEqualTo(new CgroupProtection(500, 1500));
        assertThat(a.protection(a)).as("nobody is protected against himself").isEqualTo(CgroupProtection.NONE);
        assertThat(machine.cgroups.root().protection(null)).isEqualTo(CgroupProtection.NONE);

        machine.cgroups.setOptions(CgroupOptions.DEFAULT.withProtectsRecursively(true));
        // b has 1000, 250 of that are claimed; 1250 of its 1500 pages are not protected, of which below has 250
        assertThat(below.protection(null).lowPages()).isEqualTo(250 + 750 * 250 / 1250);
        machine.cgroups.setOptions(CgroupOptions.DEFAULT);
    }

    // What reclaim makes of it.

    private long reclaimMachine() {
        return machine.kernel.reclaim().reclaim(0, GFP_KERNEL, 0);
    }

    private void reclaimAll() {
        for (int round = 0; round < 200 && reclaimMachine() > 0; round++) {}
    }

    @Test
    void minIsNeverTaken() {
        MemoryCgroup a = group(machine.cgroups.root(), "a", 100, 0);
        MemoryCgroup b = group(machine.cgroups.root(), "b", 0, 0);
        fill(a, 150);
        fill(b, 150);
        reclaimAll();
        assertThat(cached.size(b)).isZero();
        assertThat(cached.size(a)).isEqualTo(100);
        assertThat(a.events().low()).isZero();
        assertThat(reclaimMachine()).isZero();

        MemoryCgroup small = group(machine.cgroups.root(), "small", 100, 300);
        fill(small, 60);
        assertThat(reclaimMachine()).isZero();
        assertThat(cached.size(small)).as("less than its min").isEqualTo(60);
        assertThat(small.events().low()).isZero();
    }

    @Test
    void lowIsTakenOnlyWhenNothingElseIsLeft() {
        MemoryCgroup a = group(machine.cgroups.root(), "a", 40, 100);
        MemoryCgroup b = group(machine.cgroups.root(), "b", 0, 0);
        fill(a, 150);
        fill(b, 300);
        while (cached.size(b) > 0) {
            assertThat(reclaimMachine()).isPositive();
            assertThat(cached.size(a)).isGreaterThanOrEqualTo(100);
            assertThat(a.events().low()).isZero();
        }
        reclaimAll();
        assertThat(cached.size(a)).isEqualTo(40);
        assertThat(a.events().low()).isPositive();
        assertThat(a.eventsLocal().low()).isEqualTo(a.events().low());
    }

    @Test
    void aGroupAtItsLimitReclaimsFromItsUnprotectedChildrenFirst() {
        MemoryCgroup a = machine.group("a", 400L * PAGE);
        MemoryCgroup b = group(a, "b", 0, 150);
        MemoryCgroup c = group(a, "c", 0, 0);
        fill(b, 150);
        fill(c, 250);
        assertThat(cached.add(c, GFP_KERNEL_ACCOUNT, 100)).isEqualTo(100);
        assertThat(cached.size(b)).isEqualTo(150);

        c.run(cached::freeAll);
        fill(b, 150);
        fill(a, 100);
        a.setLimits(CgroupLimits.ofMax(100L * PAGE));
        assertThat(a.bytesCharged()).isLessThanOrEqualTo(100L * PAGE);
        assertThat(b.events().low()).as("that took what b had protected").isPositive();
    }

    @Test
    void aGroupWithMinIsNotReclaimedByTheLimitAboveEither() {
        MemoryCgroup a = machine.group("a", 200L * PAGE);
        MemoryCgroup b = group(a, "b", 200, 0);
        MemoryCgroup c = group(a, "c", 0, 0);
        fill(b, 200);
        assertThat(cached.add(c, GFP_KERNEL_ACCOUNT)).isFalse();
        assertThat(cached.size(b)).isEqualTo(200);
        assertThat(a.events().oom()).isPositive();
        assertThat(b.reclaim(50L * PAGE)).as("but by itself").isGreaterThanOrEqualTo(50);
    }

    @Test
    void aRemovedGroupProtectsNothing() {
        MemoryCgroup a = group(machine.cgroups.root(), "a", 0, 0);
        MemoryCgroup b = group(a, "b", 100, 100);
        fill(b, 100);
        b.remove();
        reclaimAll();
        assertThat(cached.size(b)).isZero();
    }
}
