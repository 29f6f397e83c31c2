package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.buddy.Machines.START;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;
import org.mm4j.api.trace.Tracepoints;

/** Scattered pages are moved together, for requests and ahead of them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompactionTest {
    private static final int FRAMES = 8192;
    private static final int KERNEL = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;

    @RegisterExtension
    final Machines machines = new Machines();

    /** Every second page of the machine, in the hands of somebody who can move it. */
    private Machine scattered(boolean movable) {
        Machine machine = machines.ofFrames(FRAMES);
        Tenant tenant = new Tenant(machine);
        for (long pfn : machine.takeAll(Machine.MOVABLE, 0)) {
            if (pfn % 2 == 0) {
                machine.allocator.freePages(pfn, 0);
            } else if (movable) {
                tenant.settle(pfn);
            }
        }
        tenants.add(tenant);
        return machine;
    }

    private final List<Tenant> tenants = new ArrayList<>();

    @ParameterizedTest
    @DisplayName("a request that is scattered over the machine succeeds through compaction")
    @CsvSource({"1, none", "3, none", "3, __GFP_MOVABLE", "9, none", "9, __GFP_MOVABLE|__GFP_NORETRY", "10, none"})
    void requestsAreServed(int order, String more) {
        Machine machine = scattered(true);
        assertThat(machine.blocks()).as("only single frames are free").startsWith("4096 0 0");
        long pfn = machine.take(KERNEL | Gfp.parse(more), order);
        assertThat(machine.allocator.pageCount(pfn)).isEqualTo(1);
        assertThat(machine.pagesFree()).isEqualTo(FRAMES / 2 - PageFrame.pages(order));
        tenants.getFirst()
                .words
                .forEach((at, word) ->
                        assertThat(machine.allocator.pageCount(at)).isEqualTo(1));
        assertThat(tenants.getFirst().words).hasSize(FRAMES / 2);
        machine.allocator.freePages(pfn, order);
    }

    @ParameterizedTest
    @DisplayName("it fails if nobody can move, may move, or has room to move to")
    @ValueSource(strings = {"unmovable", "no io", "no room"})
    void requestsFail(String why) {
        Machine machine = scattered(!why.equals("unmovable"));
        if (why.equals("no room")) {
            machine.takeUntilFree(Machine.MOVABLE, 16);
        }
        int gfp = why.equals("no io") ? KERNEL & ~Gfp.__GFP_IO : KERNEL;
        assertThat(machine.allocator.allocPages(gfp, 3)).isEqualTo(PageFrame.NONE);
        assertThat(tenants.getFirst().moves).isEmpty();
    }

    @Test
    @DisplayName("the whole of a node: what can move lies at its end, and the rest is free in the largest blocks")
    void wholeNode() {
        Machine machine = scattered(true);
        assertThat(machine.allocator.fragmentationScore(0)).isGreaterThan(95);
        machine.allocator.compactMemory(0);
        assertThat(machine.look().pagesFreeBlocks()).isGreaterThanOrEqualTo(FRAMES / 2 - 512);
        assertThat(machine.allocator.fragmentationScore(0)).isLessThan(15);
        assertThat(tenants.getFirst().words.keySet()).allMatch(pfn -> pfn >= START + FRAMES / 2 - 512);
        int moves = tenants.getFirst().moves.size();
        machine.allocator.compactMemory(0);
        assertThat(tenants.getFirst().moves.size())
                .as("there is little left to move")
                .isLessThan(moves + 600);
    }

    @Test
    @DisplayName("an owner who refuses, or throws, is left where it is, and nothing is lost")
    void ownersRefuse() {
        Machine machine = scattered(true);
        tenants.getFirst().mood((from, _, _) -> from % 3 == 0);
        machine.allocator.compactMemory(0);
        assertThat(tenants.getFirst().words).hasSize(FRAMES / 2);
        AtomicBoolean thrown = new AtomicBoolean();
        tenants.getFirst().mood((_, _, _) -> {
            thrown.set(true);
            throw new IllegalStateException("cannot move");
        });
        try {
            machine.allocator.compactMemory(0);
        } catch (IllegalStateException refused) {
            assertThat(refused).hasMessage("cannot move");
        }
        assertThat(thrown).isTrue();
        assertThat(machine.pagesFree()).isEqualTo(FRAMES / 2);
        tenants.getFirst().mood((_, _, _) -> true);
        machine.allocator.compactMemory(0);
        assertThat(machine.look().pagesFreeBlocks()).isGreaterThanOrEqualTo(FRAMES / 2 - 1024);
    }

    @Test
    @DisplayName("proactive: not below its score, and only as far as it is asked for")
    void proactive() {
        Machine machine = scattered(true);
        assertThat(machine.allocator.compactProactively(0, 0)).isFalse();
        assertThat(machine.allocator.compactProactively(0, 20)).isTrue();
        assertThat(machine.allocator.fragmentationScore(0)).isBetween(60, 80);
        assertThat(machine.allocator.compactProactively(0, 20)).isFalse();
        assertThat(machine.allocator.compactProactively(0, 90)).isTrue();
        assertThat(machine.allocator.fragmentationScore(0)).isLessThanOrEqualTo(20);
    }

    @ParameterizedTest
    @DisplayName("in the background: a block of the order, and not much more than that is moved")
    @ValueSource(ints = {1, 4, 9})
    void ahead(int order) {
        Machine machine = scattered(true);
        NodeCompaction compaction = machine.allocator.compaction(0);
        assertThat(compaction.isSuitable(order, ZoneType.NORMAL)).isTrue();
        assertThat(compaction.isSuitable(order, ZoneType.DMA32))
                .as("there are no lower zones")
                .isFalse();
        compaction.compactFor(order, ZoneType.DMA32, () -> false);
        compaction.compactFor(order, ZoneType.NORMAL, () -> true);
        assertThat(tenants.getFirst().moves).isEmpty();
        compaction.compactFor(order, ZoneType.NORMAL, () -> false);
        assertThat(tenants.getFirst().moves).hasSizeBetween(256, 512);
        assertThat(compaction.isSuitable(order, ZoneType.NORMAL)).isFalse();
        compaction.compactFor(order, ZoneType.NORMAL, () -> false);
        assertThat(tenants.getFirst().moves).as("there is a block").hasSizeBetween(256, 512);
        machine.allocator.freePages(machine.take(Machine.UNMOVABLE, order), order);
    }

    @Test
    @DisplayName(
            "in the background: after a run in vain the zone is left alone once, then 3 times, and not by smaller orders")
    void aheadInVain() {
        Machine machine = scattered(true);
        tenants.getFirst().mood((_, _, _) -> false);
        NodeCompaction compaction = machine.allocator.compaction(0);
        List<Boolean> ran = new ArrayList<>();
        for (int call = 0; call < 7; call++) {
            int before = tenants.getFirst().moves.size();
            compaction.compactFor(4, ZoneType.NORMAL, () -> false);
            ran.add(tenants.getFirst().moves.size() > before);
        }
        assertThat(ran).containsExactly(true, false, true, false, false, false, true);
        tenants.getFirst().mood((_, _, _) -> true);
        compaction.compactFor(3, ZoneType.NORMAL, () -> false);
        assertThat(machine.allocator.fragmentationScore(0)).isLessThan(98);
    }

    @Test
    @DisplayName("an owner who allocates while it moves is not compacted for, and gets what there is")
    void ownersAllocate() {
        Machine machine = scattered(true);
        List<Long> results = new ArrayList<>();
        tenants.getFirst().mood((_, _, _) -> {
            if (results.isEmpty()) {
                results.add(machine.allocator.allocPages(KERNEL, 5));
            }
            return true;
        });
        long pfn = machine.take(KERNEL, 9);
        assertThat(results).containsExactly(PageFrame.NONE);
        machine.allocator.freePages(pfn, 9);
    }

    @Test
    @DisplayName("a zone that failed is left alone for 1, 3, 7, ... 63 requests")
    void deferral() {
        CompactDeferral deferral = new CompactDeferral(0, ZoneType.NORMAL, Tracepoints.NONE);
        assertThat(deferral.isDeferred(10)).isFalse();
        for (int shift = 1; shift <= 8; shift++) {
            deferral.failed(4);
            int deferred = 0;
            while (deferral.isDeferred(4)) {
                deferred++;
            }
            assertThat(deferred).isEqualTo((1 << Math.min(shift, 6)) - 1);
        }
        assertThat(deferral.isDeferred(3)).as("smaller orders did not fail").isFalse();
        assertThat(deferral.isRestarting(4)).isTrue();
        deferral.succeeded(4, true);
        assertThat(deferral.isDeferred(4)).isFalse();
        assertThat(deferral.isRestarting(4)).isFalse();
    }

    @ParameterizedTest
    @DisplayName("100 rounds of replacing a tenth of half of the memory: how much of it is free in whole pageblocks")
    @ValueSource(booleans = {true, false})
    void staysWhole(boolean compacts) {
        Machine machine = machines.of(BuddyConfig.ofFrames(64 * 512).withSettings(ZoneSettings.NO_RESERVES));
        Tenant tenant = new Tenant(machine);
        Random random = new Random(7);
        machine.takeAll(Machine.MOVABLE, 0).forEach(tenant::settle);
        replace(machine, tenant, random, 32 * 512, 0); // the half that is left lies everywhere
        for (int round = 0; round < 100; round++) {
            replace(machine, tenant, random, 32 * 512 / 10, 32 * 512 / 10);
            if (compacts) {
                machine.allocator.compactProactively(0, 90);
            }
        }
        double share =
                (double) machine.look().pagesFreeBlocks() / machine.look().pagesManaged();
        if (compacts) {
            assertThat(share).isGreaterThanOrEqualTo(0.4);
        } else {
            assertThat(share).as("without it nothing comes together").isLessThan(0.05);
        }
    }

    /** Frees some pages at random, and takes as many as are wanted. */
    private static void replace(Machine machine, Tenant tenant, Random random, int freed, int taken) {
        List<Long> pfns = new ArrayList<>(tenant.words.keySet());
        Collections.shuffle(pfns, random);
        for (long pfn : pfns.subList(0, freed)) {
            tenant.words.remove(pfn);
            machine.allocator.freePages(pfn, 0);
        }
        for (int page = 0; page < taken; page++) {
            tenant.settle(machine.take(Gfp.GFP_HIGHUSER_MOVABLE, 0));
        }
    }
}
