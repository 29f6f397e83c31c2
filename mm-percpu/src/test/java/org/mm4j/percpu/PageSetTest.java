package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.mm4j.api.MigrateType;

class PageSetTest {
    private static final int MOVABLE = MigrateType.MOVABLE.ordinal();

    private final PageSet set = new PageSet();

    @Test
    void everyOrderAndMobilityHasItsList() {
        TreeSet<Integer> lists = new TreeSet<>();
        for (int order = 0; order <= 3; order++) {
            for (int type = 0; type < MigrateType.PCPTYPES; type++) {
                int list = PageSet.list(order, type);
                assertThat(list).isEqualTo(order * 3 + type);
                assertThat(PageSet.order(list)).isEqualTo(order);
                lists.add(list);
            }
        }
        assertThat(lists).hasSize(12);
    }

    /** C21 */
    @Test
    void hugePagesHaveTwoLists() {
        assertThat(PageSet.list(9, MOVABLE)).isEqualTo(13);
        assertThat(PageSet.list(9, MigrateType.UNMOVABLE.ordinal())).isEqualTo(12);
        assertThat(PageSet.list(9, MigrateType.RECLAIMABLE.ordinal())).isEqualTo(12);
        assertThat(PageSet.order(12)).isEqualTo(9);
        assertThat(PageSet.order(13)).isEqualTo(9);
        assertThat(PageSet.LISTS).isEqualTo(14);
    }

    @Test
    void flagsAndVisitsAreCountedApart() {
        set.setFlag(PageSet.PREVIOUS_FREE_HIGH_ORDER, true);
        set.countVisit(3);
        set.countVisit(3);
        set.countVisit(0);

        assertThat(set.hasFlag(PageSet.PREVIOUS_FREE_HIGH_ORDER)).isTrue();
        assertThat(new long[] {set.visits(0), set.visits(1), set.visits(2), set.visits(3)})
                .containsExactly(1, 0, 0, 2);
        set.setFlag(PageSet.PREVIOUS_FREE_HIGH_ORDER, false);
        assertThat(set.hasFlag(PageSet.PREVIOUS_FREE_HIGH_ORDER)).isFalse();
        assertThat(set.isEmpty(0)).isTrue();
    }

    /** Against the deque of the JDK, over the edges of the ring and through its growth. */
    @RepeatedTest(50)
    void aListIsADeque(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        int list = random.nextInt(PageSet.LISTS);
        Deque<Integer> naive = new ArrayDeque<>();
        for (int step = 0; step < 2000; step++) {
            int bias = step / 200 % 2 == 0 ? 7 : 3; // grows and shrinks by turns
            step(random.nextInt(10) < bias, random.nextBoolean(), list, step, naive);
            assertThat(set.length(list)).isEqualTo(naive.size());
        }
        int place = 0;
        for (int frame : naive) {
            assertThat(set.frame(list, place++)).isEqualTo(frame);
        }
        assertThat(set.isEmpty((list + 1) % PageSet.LISTS)).isTrue();
    }

    private void step(boolean adds, boolean atHead, int list, int frame, Deque<Integer> naive) {
        if (adds) {
            set.ensureRoom(list, 1);
            if (atHead) {
                set.pushHead(list, frame);
                naive.addFirst(frame);
            } else {
                set.appendTail(list, frame);
                naive.addLast(frame);
            }
        } else if (!naive.isEmpty()) {
            int popped = atHead ? set.popHead(list) : set.popTail(list);
            assertThat(popped).isEqualTo(atHead ? naive.removeFirst() : naive.removeLast());
        }
    }
}
