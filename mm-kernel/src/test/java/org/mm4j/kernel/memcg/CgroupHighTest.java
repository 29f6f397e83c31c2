package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_ACCOUNT;
import static org.mm4j.kernel.memcg.CgroupKernel.MIB;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.PageAllocator;
import org.mm4j.kernel.reclaim.ShrinkControl;
import org.mm4j.kernel.reclaim.ShrinkableObjects;
import org.mm4j.kernel.reclaim.Shrinker;
import org.mm4j.kernel.reclaim.ShrinkerConfig;

/** What becomes of requests that leave their group above memory.high. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CgroupHighTest {
    private final CgroupKernel machine = new CgroupKernel();
    private final PageAllocator pages = machine.kernel.pages();
    private final Deque<Long> held = new ArrayDeque<>();

    @AfterEach
    void close() {
        held.forEach(pfn -> pages.freePages(pfn, 0));
        machine.close();
    }

    private void take(MemoryCgroup in, int count, int gfp) {
        in.run(() -> {
            for (int page = 0; page < count; page++) {
                held.add(pages.allocPages(gfp, 0));
            }
        });
        assertThat(held).doesNotContain(0L);
    }

    @Test
    @DisplayName("O11: test_kmem_basic: memory.high gives back what a group can do without")
    void high() {
        CachedPages cached = CachedPages.register(machine.kernel);
        MemoryCgroup large = machine.group("large");
        for (int page = 0; page < 1000; page++) {
            cached.add(large, GFP_KERNEL_ACCOUNT);
        }
        large.setLimits(CgroupLimits.NONE.withHigh(MIB));
        assertThat(large.bytesCharged()).isLessThanOrEqualTo(MIB);

        for (int page = 0; page < 1000; page++) {
            assertThat(cached.add(large, GFP_KERNEL_ACCOUNT))
                    .as("high refuses nothing")
                    .isTrue();
        }
        assertThat(large.bytesCharged()).isLessThan(MIB + 2 * machine.bytesOfStocksMax());
        assertThat(large.events().high()).isPositive();
        assertThat(large.events().max()).isZero();
        cached.freeAll();
    }

    // The penalty.

    @ParameterizedTest(name = "{0} MiB of 100: {1} ms")
    @DisplayName("the kernel's own table: high is 100 MiB, and 64 pages are charged")
    @CsvSource({
        "100, 0",
        "101, 6",
        "102, 25",
        "103, 57",
        "104, 102",
        "105, 159",
        "106, 230",
        "107, 313",
        "108, 409",
        "109, 518",
        "110, 639",
        "111, 774",
        "112, 921",
        "113, 1081",
        "114, 1254",
        "115, 1439",
        "116, 1638",
        "117, 1849",
        "118, 2000",
        "119, 2000",
        "120, 2000"
    })
    void penalties(long usageMib, long millis) {
        long overage = HighPenalty.overage(usageMib * MIB, 100 * MIB);
        assertThat(HighPenalty.millis(64, overage)).isEqualTo(millis);
    }

    @Test
    void aPenaltyGrowsWithWhatIsTakenAndIsBounded() {
        long overage = HighPenalty.overage(110 * MIB, 100 * MIB);
        assertThat(HighPenalty.millis(32, overage)).isEqualTo(639 / 2);
        assertThat(HighPenalty.millis(1, overage)).isEqualTo(639 / 64);
        assertThat(HighPenalty.overage(99 * MIB, 100 * MIB)).isZero();
        assertThat(HighPenalty.overage(2 * PAGE, 0)).as("0 counts as one page").isEqualTo(1 << 20);
        assertThat(HighPenalty.millis(1, HighPenalty.overage(1L << 45, 0))).isEqualTo(HighPenalty.MAX_MILLIS);
    }

    @Test
    void whoCannotGiveAnythingBackWaits() {
        MemoryCgroup group = machine.cgroups.create("a", CgroupLimits.NONE.withHigh(1000L * PAGE));
        take(group, 1000, GFP_KERNEL_ACCOUNT);
        long before = machine.cgroups.millisWaitedAboveHigh();
        long start = System.nanoTime();
        take(group, 90, GFP_KERNEL_ACCOUNT); // 1088 pages are charged by then: 8.8 percent above
        long waited = machine.cgroups.millisWaitedAboveHigh() - before;
        assertThat(waited)
                .isGreaterThanOrEqualTo(HighPenalty.millis(64, HighPenalty.overage(1088L * PAGE, 1000L * PAGE)));
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(waited * 1_000_000);
        assertThat(group.events().high()).isGreaterThan(16);
        assertThat(group.events().max()).isZero();
    }

    @Test
    void anAncestorAboveItsHighSlowsThoseBelowItDown() {
        MemoryCgroup group = machine.cgroups.create("a", CgroupLimits.NONE.withHigh(1000L * PAGE));
        MemoryCgroup child = machine.cgroups.create(group, "child", CgroupLimits.NONE);
        take(child, 1060, GFP_KERNEL_ACCOUNT);
        assertThat(machine.cgroups.millisWaitedAboveHigh()).isPositive();
        assertThat(child.events().high()).isZero();
        assertThat(group.eventsLocal().high()).isPositive();
    }

    @Test
    void nobodyWaitsWhoMayNotOrIfTheKernelIsToldSo() {
        MemoryCgroup group = machine.cgroups.create("a", CgroupLimits.NONE.withHigh(100L * PAGE));
        take(group, 1000, GFP_ATOMIC | __GFP_ACCOUNT);
        assertThat(group.events().high()).isZero();
        machine.kernel.contexts().atomic(() -> take(group, 100, GFP_ATOMIC | __GFP_ACCOUNT));

        machine.cgroups.setOptions(CgroupOptions.DEFAULT.withWaitsAboveHigh(false));
        take(group, 1000, GFP_KERNEL_ACCOUNT);
        assertThat(group.events().high()).as("it still reclaims").isPositive();
        assertThat(machine.cgroups.millisWaitedAboveHigh()).isZero();
    }

    @Test
    void anInterruptDoesNotShortenTheWaitAndIsKept() {
        MemoryCgroup group = machine.cgroups.create("a", CgroupLimits.NONE.withHigh(1000L * PAGE));
        Thread.currentThread().interrupt();
        long start = System.nanoTime();
        take(group, 1060, GFP_KERNEL_ACCOUNT);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(System.nanoTime() - start)
                .isGreaterThanOrEqualTo(machine.cgroups.millisWaitedAboveHigh() * 1_000_000);
        assertThat(machine.cgroups.millisWaitedAboveHigh()).isPositive();
    }

    @Test
    void aShrinkerThatThrowsAboveHighLeavesNothingCharged() {
        MemoryCgroup group = machine.cgroups.create("a", CgroupLimits.NONE.withHigh(0));
        Shrinker broken = machine.kernel
                .reclaim()
                .shrinkers()
                .register(ShrinkerConfig.of("broken").memcgAware(), new ShrinkableObjects() {
                    @Override
                    public long countObjects(ShrinkControl control) {
                        throw new IllegalStateException("broken");
                    }

                    @Override
                    public long scanObjects(ShrinkControl control) {
                        return SHRINK_STOP;
                    }
                });
        assertThatThrownBy(() -> take(group, 1, GFP_KERNEL_ACCOUNT)).hasMessage("broken");
        broken.close();
        machine.expectNoCharges();
    }
}
