package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.buddy.Machines.START;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mm4j.api.Gfp;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.PageFrame;

/** Ranges that are taken while owners take, move and free their pages. */
class ContigUnderLoadTest {
    private static final int FRAMES = 8192;
    private static final int ROUNDS = 2_000;

    @RegisterExtension
    final Machines machines = new Machines();

    /** Pages that come and go; at most one of these happens to them at a time. */
    private static final class Town implements MovableOwner {
        private final Machine machine;
        private final int number;
        private final List<Long> pages = new ArrayList<>();
        private final int order;

        Town(Machine machine, int order) {
            this.machine = machine;
            this.order = order;
            number = machine.allocator.registerOwner(this);
        }

        synchronized void comeAndGo(Random random) {
            long pfn = machine.allocator.allocPages(Machine.MOVABLE | Gfp.__GFP_COMP, order);
            if (pfn != PageFrame.NONE) {
                machine.allocator.setMovable(pfn, number);
                pages.add(pfn);
            }
            if (pages.size() > 200) {
                machine.allocator.freePages(pages.remove(random.nextInt(pages.size())), order);
            }
        }

        synchronized void leave() {
            pages.forEach(pfn -> machine.allocator.freePages(pfn, order));
            pages.clear();
        }

        @Override
        public synchronized boolean migratePage(long fromPfn, long toPfn, int ofOrder) {
            int at = pages.indexOf(fromPfn);
            if (at >= 0) {
                pages.set(at, toPfn);
            }
            return at >= 0;
        }
    }

    /** Takes and gives back ranges until the others have ended, and at least one. */
    private static Together.Action ranges(Machine machine, int seed, AtomicBoolean ended) {
        return () -> {
            Random random = new Random(seed);
            int got = 0;
            while (!ended.get() || got == 0) {
                long start = START + random.nextInt(FRAMES - 1);
                long end = Math.min(START + FRAMES, start + 1 + random.nextInt(1500));
                if (machine.allocator.allocContigRange(start, end, Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN)) {
                    got++;
                    for (long pfn = start; pfn < end; pfn += 64) {
                        assertThat(machine.allocator.pageCount(pfn)).isEqualTo(1);
                    }
                    machine.allocator.freeContigRange(start, end - start);
                }
            }
        };
    }

    @Test
    @DisplayName("everything is valid meanwhile, and free afterwards")
    void rangesUnderLoad() {
        Machine machine = machines.ofFrames(FRAMES);
        String atBoot = machine.blocks();
        AtomicBoolean ended = new AtomicBoolean();
        Town pages = new Town(machine, 0);
        Town blocks = new Town(machine, 3);
        Together.run(ranges(machine, 1, ended), ranges(machine, 2, ended), () -> {
            Random random = new Random(3);
            for (int round = 0; round < ROUNDS; round++) {
                pages.comeAndGo(random);
                blocks.comeAndGo(random);
                if (round % 50 == 0) {
                    assertThat(machine.allocator.validate()).isEmpty();
                }
            }
            pages.leave();
            blocks.leave();
            ended.set(true);
        });
        machine.expectAllFree();
        assertThat(machine.blocks()).isEqualTo(atBoot);
    }
}
