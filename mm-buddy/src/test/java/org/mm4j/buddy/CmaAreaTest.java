package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;

/** Areas that movable pages use until somebody wants many frames at once. */
class CmaAreaTest {
    private static final int FRAMES = 8192;

    @RegisterExtension
    final Machines machines = new Machines();

    private final Machine machine = machines.ofFrames(FRAMES);
    private final CmaArea area = CmaArea.declare(machine.allocator, "test", START + 2048, 2048, 0);

    @Test
    @DisplayName("its pageblocks are CMA, free, and not for unmovable pages")
    void declared() {
        assertThat(machine.type(START + 2048)).isEqualTo(MigrateType.CMA);
        assertThat(machine.look().pagesFreeCma()).isEqualTo(2048);
        assertThat(machine.pagesFree()).isEqualTo(FRAMES);
        assertThat(machine.takeAll(Machine.UNMOVABLE, 0)).hasSize(FRAMES - 2048);
        assertThat(machine.takeAll(Machine.MOVABLE, 0)).hasSize(2048);
    }

    @Test
    @DisplayName("frames are taken first fit, aligned, and come back")
    void takenAndReleased() {
        long first = area.alloc(100, 0);
        long second = area.alloc(64, 6);
        assertThat(first).isEqualTo(START + 2048);
        assertThat(second).isEqualTo(START + 2048 + 128);
        assertThat(area.alloc(28, 0)).as("the gap").isEqualTo(START + 2148);
        assertThat(area.pagesAvailable()).isEqualTo(2048 - 192);
        assertThat(area.alloc(2048, 0)).isEqualTo(PageFrame.NONE);
        assertThat(area.alloc(0, 0)).isEqualTo(PageFrame.NONE);
        assertThat(area.release(START, 5)).as("frames of nobody").isFalse();
        assertThat(area.release(first, 100)).isTrue();
        assertThat(area.release(second, 64)).isTrue();
        assertThat(area.release(START + 2148, 28)).isTrue();
        assertThat(area.pagesAvailable()).isEqualTo(2048);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("movable pages make room; a place that somebody holds is passed over")
    void movesAway() {
        Tenant tenant = new Tenant(machine);
        List<Long> pfns = machine.takeAll(Machine.MOVABLE, 0);
        pfns.forEach(tenant::settle);
        for (long pfn = START; pfn < START + 1024; pfn++) {
            tenant.words.remove(pfn);
            machine.allocator.freePages(pfn, 0);
        }
        machine.allocator.setMovable(START + 2048 + 5, 0); // it cannot move
        long pfn = area.alloc(256, 8);
        assertThat(pfn).isEqualTo(START + 2048 + 256);
        assertThat(tenant.words.keySet()).noneMatch(at -> at >= pfn && at < pfn + 256);
        assertThat(tenant.words).hasSize(FRAMES - 1024);
        assertThat(area.pagesAvailable()).isEqualTo(2048 - 256);
        assertThat(area.release(pfn, 256)).isTrue();
    }

    @Test
    @DisplayName("a request that fails leaves a line that names who is in the way, unless it is to be quiet")
    void failuresAreTold() {
        machine.allocator.blocks().setHolders(pfn -> "the owner of " + pfn);
        machine.takeAll(Machine.UNMOVABLE, 0);
        long pfn = machine.take(Machine.MOVABLE, 0);
        assertThat(pfn).isBetween(START + 2048, START + 4095);
        assertThat(area.alloc(2048, 0, true)).isEqualTo(PageFrame.NONE);
        assertThat(machine.allocator.blocks().log().lines()).isEmpty();
        assertThat(area.alloc(2048, 0)).isEqualTo(PageFrame.NONE);
        assertThat(machine.allocator.blocks().log().lines())
                .containsExactly(
                        "cma: alloc of test failed, req-size: 2048 pages, 2048 of 2048 are not taken; the first that is"
                                + " pinned: pfn " + pfn + ", one page, is in use by the owner of " + pfn
                                + ", and nobody has said that it can move");
        for (int again = 0; again < 20; again++) {
            assertThat(area.alloc(2048, 0)).isEqualTo(PageFrame.NONE);
        }
        assertThat(machine.allocator.blocks().log().linesWritten()).isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource({"1, 512, 0", "0, 511, 0", "0, 0, 0", "0, 512, 11", "0, 512, -1"})
    void badAreasAreRefused(long shift, long pages, int order) {
        assertThatThrownBy(() -> CmaArea.declare(machine.allocator, "bad", START + shift, pages, order))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("CMA area bad is refused");
    }

    @Test
    void anAreaInUseIsRefused() {
        long pfn = machine.take(Machine.UNMOVABLE, 0);
        long start = pfn & -512L;
        assertThatThrownBy(() -> CmaArea.declare(machine.allocator, "late", start, 512, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot be emptied; pfn " + pfn + ", one page, is in use, and nobody");
        machine.allocator.freePages(pfn, 0);
        machine.expectAllFree();
    }
}
