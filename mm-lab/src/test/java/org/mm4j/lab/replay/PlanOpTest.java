package org.mm4j.lab.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mm4j.api.PageFrame;
import org.mm4j.lab.trace.TraceReader;

class PlanOpTest {
    @Test
    void everyFieldComesBack() {
        for (int cpu : new int[] {0, 1, TraceReader.CPU_MAX}) {
            for (int order = 0; order <= PageFrame.MAX_PAGE_ORDER; order++) {
                for (int low : new int[] {0, 1, -1, Integer.MAX_VALUE}) {
                    long alloc = PlanOp.alloc(cpu, order, low);
                    assertThat(PlanOp.kind(alloc)).isEqualTo(PlanOp.ALLOC);
                    assertThat(PlanOp.gfp(alloc)).isEqualTo(low);
                    assertThat(PlanOp.order(alloc)).isEqualTo(order);
                    assertThat(PlanOp.cpu(alloc)).isEqualTo(cpu);

                    long split = PlanOp.split(PlanOp.SPLIT_COMPOUND, cpu, PageFrame.MAX_PAGE_ORDER, order, low);
                    assertThat(PlanOp.kind(split)).isEqualTo(PlanOp.SPLIT_COMPOUND);
                    assertThat(PlanOp.order(split)).isEqualTo(PageFrame.MAX_PAGE_ORDER);
                    assertThat(PlanOp.newOrder(split)).isEqualTo(order);
                    assertThat(PlanOp.firstPiece(split)).isEqualTo(low);
                    assertThat(PlanOp.cpu(split)).isEqualTo(cpu);
                }
            }
        }
        assertThat(PlanOp.kind(PlanOp.free(3, 4))).isEqualTo(PlanOp.FREE);
        assertThat(PlanOp.order(PlanOp.free(3, 4))).isEqualTo(4);
    }

    @Test
    void aLiveBlockIsNeverNone() {
        long block = LiveBlock.of(0, 0, false);
        assertThat(block).isNotEqualTo(LiveBlock.NONE);
        assertThat(LiveBlock.isCompound(block)).isFalse();

        long compound = LiveBlock.of(Integer.MAX_VALUE, 10, true);
        assertThat(LiveBlock.id(compound)).isEqualTo(Integer.MAX_VALUE);
        assertThat(LiveBlock.order(compound)).isEqualTo(10);
        assertThat(LiveBlock.isCompound(compound)).isTrue();
    }
}
