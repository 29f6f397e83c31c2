package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_COMP;
import static org.mm4j.api.Gfp.__GFP_MOVABLE;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.PageAllocator;
import org.mm4j.buddy.BuddyAllocator;

/** Charged blocks keep their payer wherever they are moved to, and their owners know nothing of it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChargedMovesTest {
    private final CgroupKernel machine = new CgroupKernel();
    private final PageAllocator pages = machine.kernel.pages();
    private final BuddyAllocator buddy = machine.kernel.buddy();
    private final MemoryCgroup group = machine.group("a");
    private final Set<Long> owned = ConcurrentHashMap.newKeySet();

    /** What the owner does when it is asked to move. */
    private volatile MovableOwner mood = (_, _, _) -> true;

    private int owner;

    @BeforeEach
    void register() {
        owner = buddy.registerOwner((from, to, order) -> {
            boolean moves = mood.migratePage(from, to, order);
            if (moves && owned.remove(from)) {
                owned.add(to);
            }
            return moves;
        });
    }

    @AfterEach
    void close() {
        machine.close();
    }

    private long take(int order) {
        long pfn = group.call(() -> pages.allocPages(GFP_KERNEL_ACCOUNT | __GFP_MOVABLE | __GFP_COMP, order));
        assertThat(pfn).isNotZero();
        buddy.setMovable(pfn, owner);
        owned.add(pfn);
        return pfn;
    }

    private void freeOwned(int order) {
        owned.forEach(pfn -> pages.freePages(pfn, order));
        owned.clear();
    }

    private void chargedPagesAre(long count) {
        assertThat(group.stat().pages()).isEqualTo(count * PAGE);
    }

    @ParameterizedTest
    @DisplayName(
            "a contiguous range, as CMA and memory that goes offline ask for: the payer of the new frames is the old one")
    @ValueSource(ints = {0, 3})
    void contigRange(int order) {
        long from = take(order);
        long start = from & -1024;
        assertThat(buddy.allocContigRange(start, start + 1024, GFP_KERNEL)).isTrue();

        assertThat(owned).hasSize(1).doesNotContain(from);
        long to = owned.iterator().next();
        chargedPagesAre(1L << order);
        for (int page = 0; page < 1 << order; page++) {
            assertThat(machine.cgroups.pageCharges().payerOf(to + page)).isSameAs(group);
            assertThat(machine.cgroups.pageCharges().payerOf(from + page)).isNull();
        }
        buddy.freeContigRange(start, 1024);
        chargedPagesAre(1L << order);
        freeOwned(order);
        chargedPagesAre(0);
    }

    @Test
    @DisplayName("compaction: all pages keep their payer")
    void compaction() {
        List<Long> taken = new ArrayList<>();
        for (int page = 0; page < 3000; page++) {
            taken.add(take(0));
        }
        for (int at = 0; at < taken.size(); at += 2) {
            owned.remove(taken.get(at));
            pages.freePages(taken.get(at), 0);
        }
        machine.kernel.drainAllPages();
        long movedBefore = buddy.migrations().blocksMoved();
        buddy.compactMemory(0);
        assertThat(buddy.migrations().blocksMoved()).as("pages moved").isGreaterThan(movedBefore);
        chargedPagesAre(1500);
        assertThat(owned)
                .hasSize(1500)
                .allMatch(pfn -> group.equals(machine.cgroups.pageCharges().payerOf(pfn)));
        freeOwned(0);
        chargedPagesAre(0);
    }

    @Test
    @DisplayName("who is moved while he frees the old block is uncharged by the mover, who lets go last")
    void freedWhileMoving() {
        long from = take(0);
        mood = (old, _, order) -> {
            owned.remove(old);
            pages.freePages(old, order);
            return false;
        };
        long start = from & -1024;
        boolean isTaken = buddy.allocContigRange(start, start + 1024, GFP_KERNEL);
        chargedPagesAre(0);
        assertThat(machine.cgroups.pageCharges().payerOf(from)).isNull();
        if (isTaken) {
            buddy.freeContigRange(start, 1024);
        }
    }

    @Test
    @DisplayName("the same under compaction")
    void freedWhileCompacting() {
        List<Long> taken = new ArrayList<>();
        for (int page = 0; page < 3000; page++) {
            taken.add(take(0));
        }
        for (int at = 0; at < taken.size(); at += 2) {
            owned.remove(taken.get(at));
            pages.freePages(taken.get(at), 0);
        }
        machine.kernel.drainAllPages();
        mood = (old, _, order) -> {
            owned.remove(old);
            pages.freePages(old, order);
            return false;
        };
        buddy.compactMemory(0);
        assertThat(owned).hasSizeLessThan(1500);
        chargedPagesAre(owned.size());
        freeOwned(0);
        chargedPagesAre(0);
    }

    @Test
    @DisplayName("who frees the new block before the mover has let it go is uncharged by him as well")
    void freedAtOnce() {
        long from = take(0);
        mood = (_, next, order) -> {
            pages.freePages(next, order);
            return true;
        };
        long start = from & -1024;
        assertThat(buddy.allocContigRange(start, start + 1024, GFP_KERNEL)).isTrue();
        chargedPagesAre(0);
        assertThat(machine.cgroups.pageCharges().payerOf(from)).isNull();
        owned.clear();
        buddy.freeContigRange(start, 1024);
    }

    @Test
    void whoRefusesToMoveKeepsHisChargeWhereItIs() {
        long from = take(1);
        mood = (_, _, _) -> false;
        long start = from & -1024;
        assertThat(buddy.allocContigRange(start, start + 1024, GFP_KERNEL)).isFalse();
        chargedPagesAre(2);
        assertThat(machine.cgroups.pageCharges().payerOf(from)).isSameAs(group);
        freeOwned(1);
        chargedPagesAre(0);
    }

    @Test
    void whatIsTakenFreedAndMovedTogetherIsUnchargedOnce() {
        Together crowd = new Together();
        for (int thread = 0; thread < 3; thread++) {
            crowd.add(() -> {
                for (int round = 0; round < 4000; round++) {
                    long pfn = group.call(() -> pages.allocPages(GFP_KERNEL_ACCOUNT | __GFP_MOVABLE, 0));
                    buddy.setMovable(pfn, owner);
                    pages.freePages(pfn, 0);
                }
            });
        }
        mood = (_, _, _) -> false; // it is being freed
        crowd.add(() -> {
            for (int round = 0; round < 60; round++) {
                buddy.compactMemory(0);
            }
        });
        crowd.join();
        chargedPagesAre(0);
    }
}
