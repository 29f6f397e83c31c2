package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.PageFrame.PAGEBLOCK_NR_PAGES;
import static org.mm4j.buddy.Machines.START;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.MigrateType;
import org.mm4j.api.ZoneType;

/** The numbers and rules of compaction, one by one: when a zone is suited, deferred, skipped, and what a run looks at. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompactionRulesTest {
    private static final int FRAMES = 8192;
    private static final int UNMOVABLE = MigrateType.UNMOVABLE.ordinal();

    @RegisterExtension
    final Machines machines = new Machines();

    private Machine machine;
    private Tenant tenant;
    private Migration migration;
    private Compaction compaction;
    private BuddyConfig config;
    private List<Long> pfns;

    /** All of the memory is taken. */
    private void full(ZoneSettings settings) {
        config = BuddyConfig.ofFrames(FRAMES).withSettings(settings);
        machine = machines.of(config);
        tenant = new Tenant(machine);
        Zones zones = machine.allocator.zones();
        MovableOwners owners = new MovableOwners();
        owners.register(tenant); // number 1, as there
        migration = new Migration(zones.map(), new References(zones.map(), zones), owners);
        compaction = new Compaction(zones.populated(), migration, config);
        pfns = machine.takeAll(Machine.MOVABLE, 0);
    }

    /** Every second page is free, the others can move. */
    private void scattered() {
        full(ZoneSettings.NO_RESERVES);
        for (long pfn : pfns) {
            if (pfn % 2 == 0) {
                machine.allocator.freePages(pfn, 0);
            } else {
                tenant.settle(pfn);
            }
        }
    }

    /** Frees blocks of an order, each beside one that stays. */
    private void freeBlocks(long startPfn, int blocks, int order) {
        for (int block = 0; block < blocks; block++) {
            long pfn = startPfn + ((long) block << (order + 1));
            machine.free(pfn, pfn + (1L << order), 0);
        }
    }

    private CompactRequest request(int order, int type, int flags) {
        ZoneList list = new ZoneLists(machine.allocator.zones(), config).list(0, ZoneType.NORMAL, false);
        return new CompactRequest(list, order, flags, FrameWord.inUse(order, false, 1, type), Gfp.GFP_KERNEL);
    }

    private CompactResult compact(int order, CompactPriority priority) {
        CompactRequest request = request(order, UNMOVABLE, AllocFlags.WMARK_MIN);
        CompactResult result = compaction.compact(request, priority);
        if (request.hasCaptured()) {
            request.takeCaptured(); // and kept
        }
        return result;
    }

    private boolean isSuitable(int order) {
        return compaction.isSuitable(0, order, ZoneType.NORMAL);
    }

    // Suitability.

    @ParameterizedTest
    @DisplayName("free pages are above the watermark and 2 << order, and above order 3 also LOW - MIN")
    @CsvSource({"0, 1, 4", "0, 3, 16", "400, 3, 116", "400, 4, 157"})
    void room(long minFreeKbytes, int order, int pagesTooFew) {
        full(ZoneSettings.NO_RESERVES.withMinFreeKbytes(minFreeKbytes));
        ZoneMarks marks = machine.zone().marks();
        assertThat(marks.mark(AllocFlags.WMARK_LOW) - marks.mark(AllocFlags.WMARK_MIN))
                .isEqualTo(minFreeKbytes == 0 ? 0 : 25);
        freeBlocks(START, pagesTooFew, 0);
        assertThat(isSuitable(order)).isFalse();
        freeBlocks(START + 1024, 1, 0);
        assertThat(isSuitable(order)).isTrue();
    }

    @Test
    @DisplayName("free pages of CMA areas are places to move to")
    void roomInCma() {
        full(ZoneSettings.NO_RESERVES);
        machine.setType(START, MigrateType.CMA);
        freeBlocks(START, 100, 0);
        assertThat(isSuitable(3)).isTrue();
    }

    @ParameterizedTest
    @DisplayName(
            "above order 3, a fragmentation index of 0 to 500 says that memory is little, not scattered; -1000 does not")
    @CsvSource({
        "4, 30, 0, 467, false",
        "4, 30, 20, 580, true",
        "3, 0, 40, 475, true",
    })
    void fragmentationIndex(int order, int blocksOf3, int blocksOf2, int index, boolean isSuitable) {
        full(ZoneSettings.NO_RESERVES);
        freeBlocks(START, blocksOf3, 3);
        freeBlocks(START + 2048, blocksOf2, 2);
        assertThat(Fragmentation.index(machine.zone().areas().snapshot(), order))
                .isEqualTo(index);
        assertThat(isSuitable(order)).isEqualTo(isSuitable);
        assertThat(compact(order, CompactPriority.SYNC_LIGHT) == CompactResult.SKIPPED)
                .isEqualTo(!isSuitable);
    }

    @Test
    @DisplayName("an index of -1000, of a block that the request may not have, is no reason to refuse")
    void indexOfABlockInCma() {
        full(ZoneSettings.NO_RESERVES);
        machine.setType(START, MigrateType.CMA);
        machine.free(START, START + 16, 0);
        freeBlocks(START + 1024, 100, 0);
        assertThat(Fragmentation.index(machine.zone().areas().snapshot(), 4)).isEqualTo(-1000);
        assertThat(isSuitable(4)).isTrue();
    }

    @Test
    @DisplayName("what counts is the watermark of the request; where it is met, nothing moves")
    void watermarkOfTheRequest() {
        full(ZoneSettings.NO_RESERVES.withMinFreeKbytes(400));
        machine.free(START, START + 8, 0);
        freeBlocks(START + 1024, 122, 0); // 130 pages: above 100 and 125, but for the 7 that the block costs
        pfns.stream().filter(pfn -> pfn >= START + 4096).forEach(tenant::settle);
        assertThat(compaction.compact(request(3, UNMOVABLE, AllocFlags.WMARK_LOW), CompactPriority.SYNC_LIGHT))
                .isEqualTo(CompactResult.SKIPPED);
        freeBlocks(START + 2048, 400, 0);
        assertThat(compaction.compact(request(3, UNMOVABLE, AllocFlags.WMARK_LOW), CompactPriority.SYNC_FULL))
                .isEqualTo(CompactResult.SUCCESS);
        assertThat(tenant.moves).isEmpty();
    }

    // Deferral.

    @Test
    @DisplayName("a run in vain defers the next request; but not those of SYNC_FULL, nor after runs of ASYNC")
    void deferral() {
        scattered();
        tenant.mood((_, _, _) -> false);
        assertThat(compact(3, CompactPriority.ASYNC)).isNotEqualTo(CompactResult.DEFERRED);
        assertThat(compact(3, CompactPriority.SYNC_LIGHT)).isEqualTo(CompactResult.COMPLETE);
        assertThat(compact(3, CompactPriority.SYNC_FULL)).isEqualTo(CompactResult.COMPLETE);
        assertThat(compact(3, CompactPriority.SYNC_LIGHT)).isEqualTo(CompactResult.DEFERRED);
        assertThat(compact(2, CompactPriority.SYNC_LIGHT)).as("a smaller one").isEqualTo(CompactResult.COMPLETE);
    }

    @Test
    @DisplayName("success ends the deferral of its order, and a block that was served that of all")
    void endOfDeferral() {
        scattered();
        tenant.mood((_, _, _) -> false);
        compact(4, CompactPriority.SYNC_LIGHT);
        tenant.mood((_, _, _) -> true);
        assertThat(compact(4, CompactPriority.SYNC_FULL)).isEqualTo(CompactResult.SUCCESS);
        tenant.mood((_, _, _) -> false);
        assertThat(compact(5, CompactPriority.SYNC_LIGHT)).as("a larger one").isEqualTo(CompactResult.DEFERRED);
        assertThat(compact(4, CompactPriority.SYNC_LIGHT)).isNotEqualTo(CompactResult.DEFERRED);
        compaction.served(request(4, UNMOVABLE, 0), 0);
        assertThat(compact(5, CompactPriority.SYNC_LIGHT)).isNotEqualTo(CompactResult.DEFERRED);
    }

    @Test
    @DisplayName("a zone that somebody else compacts is left to him, and not deferred for that")
    void contended() {
        scattered();
        List<CompactResult> inside = new ArrayList<>();
        tenant.mood((_, _, _) -> {
            if (inside.isEmpty()) {
                inside.add(compact(3, CompactPriority.SYNC_LIGHT));
            }
            return true;
        });
        assertThat(compact(3, CompactPriority.SYNC_LIGHT)).isEqualTo(CompactResult.SUCCESS);
        assertThat(inside).containsExactly(CompactResult.CONTENDED);
        assertThat(compact(4, CompactPriority.SYNC_LIGHT)).isEqualTo(CompactResult.SUCCESS);
    }

    @Test
    @DisplayName("whoever compacts for a request does so where reclaim and compaction are left alone")
    void noreclaim() {
        List<String> scopes = new ArrayList<>();
        scattered();
        GfpContext context = new GfpContext() {
            @Override
            public int effective(int gfp) {
                return gfp;
            }

            @Override
            public void noreclaim(Runnable code) {
                scopes.add("begins after " + tenant.moves.size());
                code.run();
            }
        };
        new Compaction(machine.allocator.zones().populated(), migration, config.withContext(context))
                .compact(request(3, UNMOVABLE, 0), CompactPriority.SYNC_LIGHT);
        assertThat(scopes).containsExactly("begins after 0");
        assertThat(tenant.moves).isNotEmpty();
    }

    // The score.

    @Test
    @DisplayName("a zone counts by its share of the node's present pages and one more, rounded down")
    void score() {
        machine = machines.ofZones(
                ZoneLayout.of(ZoneType.DMA32, 4096, 8192), ZoneLayout.of(ZoneType.NORMAL, 8192, 20_480));
        for (long pfn : machine.takeAll(Gfp.GFP_DMA32 | Gfp.__GFP_NOWARN, 0)) {
            if (pfn % 2 == 0) {
                machine.allocator.freePages(pfn, 0);
            }
        }
        assertThat(machine.allocator.fragmentationScore(0))
                .as("4096 * 100 / 16385")
                .isEqualTo(24);
    }

    @ParameterizedTest
    @DisplayName("proactiveness 90: at a score of 15 nothing happens, at 16 something does")
    @CsvSource({"391, 15, false", "420, 16, true"})
    void threshold(int pagesAlone, int score, boolean isTooHigh) {
        full(ZoneSettings.NO_RESERVES);
        machine.free(START, START + 4 * PAGEBLOCK_NR_PAGES, 0);
        freeBlocks(START + 4096, pagesAlone, 0);
        assertThat(compaction.score(0)).isEqualTo(score);
        assertThat(compaction.compactProactively(0, 90, () -> false)).isEqualTo(isTooHigh);
    }

    @Test
    @DisplayName("ahead of requests the whole zone is compacted, whatever was of no use before")
    void aheadOfRequestsNoHints() {
        scattered();
        List<Long> ofFirstBlock = LongStream.range(START, START + PAGEBLOCK_NR_PAGES)
                .filter(pfn -> pfn % 2 == 1)
                .boxed()
                .toList();
        ofFirstBlock.forEach(pfn -> machine.allocator.setMovable(pfn, 0));
        compactAheadForTwoBlocks();
        assertThat(movesFrom(START, START + PAGEBLOCK_NR_PAGES)).isZero();
        assertThat(tenant.moves).isNotEmpty();
        ofFirstBlock.forEach(tenant::settle);
        compactAheadForTwoBlocks();
        assertThat(movesFrom(START, START + PAGEBLOCK_NR_PAGES)).isPositive();
    }

    private void compactAheadForTwoBlocks() {
        int[] looks = {3}; // one before it begins
        assertThat(compaction.compactProactively(0, 100, () -> --looks[0] == 0)).isTrue();
    }

    // A run.

    private CompactResult run(
            ZoneCompaction state, CompactPriority priority, CompactGoal goal, CompactRequest request) {
        return new CompactRun(state, migration, priority, goal, request).run();
    }

    private long movesFrom(long startPfn, long endPfn) {
        return tenant.moves.stream()
                .filter(move -> move.from() >= startPfn && move.from() < endPfn)
                .count();
    }

    private static CompactGoal after(int looks) {
        int[] left = {looks};
        return _ -> left[0]-- <= 0;
    }

    @Test
    @DisplayName("a pageblock that gave nothing is skipped by the next run, which goes on where this one stopped")
    void hintsAndPositions() {
        scattered();
        LongStream.range(START, START + PAGEBLOCK_NR_PAGES)
                .filter(pfn -> pfn % 2 == 1)
                .forEach(pfn -> machine.allocator.setMovable(pfn, 0));
        ZoneCompaction state = new ZoneCompaction(machine.zone(), new Semaphore(1));
        int first = state.firstBlock();
        assertThat(run(state, CompactPriority.SYNC_LIGHT, after(1), null)).isEqualTo(CompactResult.SUCCESS);
        assertThat(state.isSkipped(first)).isTrue();
        assertThat(state.isSkipped(first + PAGEBLOCK_NR_PAGES)).isFalse();
        assertThat(state.migrateFrame()).isEqualTo(first + 2 * PAGEBLOCK_NR_PAGES);
        assertThat(state.freeFrame()).isLessThanOrEqualTo(state.endBlock());
        tenant.moves.clear();
        run(state, CompactPriority.SYNC_LIGHT, after(0), null);
        assertThat(movesFrom(START + 2 * PAGEBLOCK_NR_PAGES, START + 3 * PAGEBLOCK_NR_PAGES))
                .isPositive()
                .isEqualTo(tenant.moves.size());
    }

    @ParameterizedTest
    @DisplayName("SYNC_FULL begins at the ends, and heeds no hints; the others do")
    @EnumSource(CompactPriority.class)
    void hintsAreHeeded(CompactPriority priority) {
        scattered();
        ZoneCompaction state = new ZoneCompaction(machine.zone(), new Semaphore(1));
        state.skip(state.firstBlock());
        state.skip(state.firstBlock() + PAGEBLOCK_NR_PAGES);
        state.remember(state.firstBlock() + PAGEBLOCK_NR_PAGES, state.endBlock());
        run(state, priority, after(3), null);
        boolean isFull = priority == CompactPriority.SYNC_FULL;
        assertThat(movesFrom(START, START + PAGEBLOCK_NR_PAGES)).isEqualTo(isFull ? 256 : 0);
        assertThat(movesFrom(START + PAGEBLOCK_NR_PAGES, START + 2 * PAGEBLOCK_NR_PAGES))
                .isEqualTo(isFull ? 256 : 0);
        assertThat(movesFrom(START + 2 * PAGEBLOCK_NR_PAGES, START + 3 * PAGEBLOCK_NR_PAGES))
                .isEqualTo(256);
    }

    @Test
    @DisplayName("when the scanners meet the zone is done; only if they began at its ends all of it")
    void meeting() {
        scattered();
        ZoneCompaction state = new ZoneCompaction(machine.zone(), new Semaphore(1));
        state.remember(state.firstBlock() + PAGEBLOCK_NR_PAGES, state.endBlock());
        assertThat(run(state, CompactPriority.SYNC_LIGHT, CompactGoal.WHOLE_ZONE, null))
                .isEqualTo(CompactResult.PARTIAL_SKIPPED);
        assertThat(state.migrateFrame()).isEqualTo(state.firstBlock());
        assertThat(state.freeFrame()).isEqualTo(state.endBlock());
        assertThat(run(state, CompactPriority.SYNC_LIGHT, CompactGoal.WHOLE_ZONE, null))
                .isEqualTo(CompactResult.COMPLETE);
    }

    @ParameterizedTest
    @DisplayName("ASYNC empties only pageblocks of the request's mobility, movable ones also CMA; SYNC_LIGHT any")
    @CsvSource({
        "ASYNC, MOVABLE, UNMOVABLE, 0",
        "ASYNC, UNMOVABLE, MOVABLE, 0",
        "ASYNC, MOVABLE, CMA, 1",
        "ASYNC, UNMOVABLE, UNMOVABLE, 1",
        "SYNC_LIGHT, MOVABLE, UNMOVABLE, 1"
    })
    void sources(CompactPriority priority, MigrateType wanted, MigrateType block, int sources) {
        full(ZoneSettings.NO_RESERVES);
        machine.setType(START, block);
        tenant.settle(START);
        freeBlocks(START + FRAMES / 2, 1000, 0);
        ZoneCompaction state = new ZoneCompaction(machine.zone(), new Semaphore(1));
        run(state, priority, after(0), request(3, wanted.ordinal(), 0));
        assertThat(movesFrom(START, START + PAGEBLOCK_NR_PAGES)).isEqualTo(sources);
    }

    @ParameterizedTest
    @DisplayName(
            "in a group of the order wanted, ASYNC gives up at the first page that does not move, the others do not")
    @CsvSource({"ASYNC, 64", "SYNC_LIGHT, 256"})
    void firstTrouble(CompactPriority priority, int asked) {
        scattered();
        tenant.mood((_, _, _) -> false);
        ZoneCompaction state = new ZoneCompaction(machine.zone(), new Semaphore(1));
        run(state, priority, after(0), request(3, MigrateType.MOVABLE.ordinal(), 0));
        assertThat(tenant.moves).hasSize(asked);
    }

    @ParameterizedTest
    @DisplayName("nor does ASYNC look behind a page that nobody can move")
    @CsvSource({"ASYNC, 0", "SYNC_LIGHT, 64"})
    void behindUnmovable(CompactPriority priority, int asked) {
        full(ZoneSettings.NO_RESERVES);
        for (long pfn = START + 4; pfn < START + PAGEBLOCK_NR_PAGES; pfn += 8) {
            tenant.settle(pfn);
        }
        freeBlocks(START + FRAMES / 2, 1000, 0);
        ZoneCompaction state = new ZoneCompaction(machine.zone(), new Semaphore(1));
        run(state, priority, after(0), request(3, MigrateType.MOVABLE.ordinal(), 0));
        assertThat(tenant.moves).hasSize(asked);
    }

    @Test
    @DisplayName("a block of the order wanted is kept for the request as soon as it has merged, and the run ends")
    void capture() {
        scattered();
        CompactRequest request = request(3, MigrateType.MOVABLE.ordinal(), 0);
        ZoneCompaction state = new ZoneCompaction(machine.zone(), new Semaphore(1));
        assertThat(run(state, CompactPriority.SYNC_LIGHT, CompactGoal.blockFor(request), request))
                .isEqualTo(CompactResult.SUCCESS);
        assertThat(request.hasCaptured()).isTrue();
        int frame = request.takeCaptured();
        assertThat(machine.allocator.pageCount(machine.zone().map().pfn(frame))).isEqualTo(1);
        assertThat(tenant.moves).as("four of eight pages were free").hasSize(4);
        machine.allocator.freePages(machine.zone().map().pfn(frame), 3);
    }

    @ParameterizedTest
    @DisplayName("pages go to movable pageblocks and CMA, and to none that is being emptied")
    @ValueSource(strings = {"UNMOVABLE", "CMA", "isolated"})
    void targets(String last) {
        scattered();
        long start = START + FRAMES - PAGEBLOCK_NR_PAGES;
        int frame = machine.zone().map().frame(start);
        if (last.equals("isolated")) {
            machine.zone().lock().lock();
            assertThat(new Isolation(machine.zone()).isolate(frame, frame + PAGEBLOCK_NR_PAGES))
                    .isTrue();
            machine.zone().lock().unlock();
        } else {
            machine.zone().lock().lock();
            for (int at = frame; at < frame + PAGEBLOCK_NR_PAGES; at += 2) {
                int type = MigrateType.valueOf(last).ordinal();
                machine.zone().buddies().move(at, 0, MigrateType.MOVABLE.ordinal(), type);
            }
            machine.zone().blocks().setType(frame, MigrateType.valueOf(last).ordinal());
            machine.zone().lock().unlock();
        }
        run(new ZoneCompaction(machine.zone(), new Semaphore(1)), CompactPriority.SYNC_LIGHT, after(0), null);
        assertThat(tenant.moves).isNotEmpty();
        assertThat(tenant.moves.stream().filter(move -> move.to() >= start)).hasSize(last.equals("CMA") ? 256 : 0);
        if (last.equals("isolated")) {
            machine.zone().lock().lock();
            new Isolation(machine.zone()).undo(frame, frame + PAGEBLOCK_NR_PAGES);
            machine.zone().lock().unlock();
        }
    }

    @Test
    @DisplayName("a pageblock that is being emptied is not emptied twice")
    void isolatedSource() {
        scattered();
        int frame = machine.zone().map().frame(START);
        machine.zone().lock().lock();
        new Isolation(machine.zone()).isolate(frame, frame + PAGEBLOCK_NR_PAGES);
        machine.zone().lock().unlock();
        run(new ZoneCompaction(machine.zone(), new Semaphore(1)), CompactPriority.SYNC_FULL, after(1), null);
        assertThat(tenant.moves).isNotEmpty();
        assertThat(movesFrom(START, START + PAGEBLOCK_NR_PAGES)).isZero();
        machine.zone().lock().lock();
        new Isolation(machine.zone()).undo(frame, frame + PAGEBLOCK_NR_PAGES);
        machine.zone().lock().unlock();
    }
}
