package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_NOFAIL;
import static org.mm4j.api.Gfp.__GFP_NORETRY;
import static org.mm4j.api.Gfp.__GFP_RETRY_MAYFAIL;
import static org.mm4j.kernel.memcg.CgroupKernel.MIB;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.PageAllocator;
import org.mm4j.kernel.reclaim.ShrinkControl;
import org.mm4j.kernel.reclaim.ShrinkableObjects;
import org.mm4j.kernel.reclaim.ShrinkerConfig;

/** What happens at a limit, in which group, and to whom. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CgroupLimitTest {
    private static final int PAGES_OF_LIMIT = 100;
    private static final long LIMIT = (long) PAGES_OF_LIMIT * PAGE;

    private final CgroupKernel machine = new CgroupKernel();
    private final PageAllocator pages = machine.kernel.pages();
    private final MemoryCgroup group = machine.group("a", LIMIT);
    private final Deque<Long> held = new ArrayDeque<>();

    @AfterEach
    void close() {
        held.forEach(pfn -> pages.freePages(pfn, 0));
        machine.close();
    }

    private boolean takeOne(MemoryCgroup in, int gfp) {
        long pfn = in.call(() -> pages.allocPages(gfp, 0));
        if (pfn != 0) {
            held.add(pfn);
        }
        return pfn != 0;
    }

    /** How many pages there were until one was refused. */
    private int takeAll(MemoryCgroup in, int gfp) {
        int count = 0;
        while (takeOne(in, gfp)) {
            count++;
        }
        return count;
    }

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

    /** Pages that nobody needs, by who pays. */
    private final class Cached implements ShrinkableObjects {
        private final Map<MemoryCgroup, Deque<Long>> kept = new ConcurrentHashMap<>();
        private final AtomicInteger scans = new AtomicInteger();

        boolean add(MemoryCgroup payer, int gfp) {
            long pfn = payer.call(() -> pages.allocPages(gfp, 0));
            if (pfn != 0) {
                kept.computeIfAbsent(payer, _ -> new ConcurrentLinkedDeque<>()).add(pfn);
            }
            return pfn != 0;
        }

        int size(MemoryCgroup payer) {
            return kept.getOrDefault(payer, new ConcurrentLinkedDeque<>()).size();
        }

        @Override
        public long countObjects(ShrinkControl control) {
            return kept.keySet().stream()
                    .filter(control::concerns)
                    .mapToInt(this::size)
                    .sum();
        }

        @Override
        public long scanObjects(ShrinkControl control) {
            scans.incrementAndGet();
            long freed = 0;
            for (MemoryCgroup payer : kept.keySet()) {
                while (control.concerns(payer) && freed < control.nrToScan()) {
                    Long pfn = kept.getOrDefault(payer, new ConcurrentLinkedDeque<>())
                            .poll();
                    if (pfn == null) {
                        break;
                    }
                    pages.freePages(pfn, 0);
                    freed++;
                }
            }
            return freed == 0 ? SHRINK_STOP : freed;
        }

        void freeAll() {
            kept.values().forEach(all -> all.forEach(pfn -> pages.freePages(pfn, 0)));
            kept.clear();
        }
    }

    private Cached register() {
        Cached cached = new Cached();
        machine.kernel
                .reclaim()
                .shrinkers()
                .register(ShrinkerConfig.of("cached").ofPages().withBatch(16).memcgAware(), cached);
        return cached;
    }

    @Test
    void aGroupAtItsLimitReclaimsFromItselfAndThoseBelowItOnly() {
        Cached cached = register();
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
        Cached cached = new Cached();
        machine.kernel
                .reclaim()
                .shrinkers()
                .register(ShrinkerConfig.of("global").ofPages(), cached);
        while (cached.add(group, GFP_KERNEL_ACCOUNT)) {
            assertThat(cached.size(group)).isLessThanOrEqualTo(PAGES_OF_LIMIT);
        }
        assertThat(cached.scans).hasValue(0);
        cached.freeAll();
    }

    @Test
    void whenTheMachineIsShortEveryGroupIsAsked() {
        Cached cached = register();
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
        Cached cached = register();
        MemoryCgroup child = machine.cgroups.create(group, "child", CgroupLimits.NONE);
        for (int page = 0; page < PAGES_OF_LIMIT; page++) {
            cached.add(child, GFP_KERNEL_ACCOUNT);
        }
        child.remove();

        assertThat(takeOne(group, GFP_KERNEL_ACCOUNT)).isTrue();
        assertThat(cached.size(child)).isLessThan(PAGES_OF_LIMIT);
        cached.freeAll();
    }

    @Test
    void aLowerLimitIsReachedByReclaimOrByEndingSomebody() {
        Cached cached = register();
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

    @Test
    @DisplayName("O11: test_kmem_basic: memory.high gives back what a group can do without")
    void high() {
        Cached cached = register();
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
