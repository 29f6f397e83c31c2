package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;

/** Ranges whose blocks have to move away first. The machine has 4096 frames. */
class ContigMigrationTest {
    private static final int COMPOUND = Machine.MOVABLE | Gfp.__GFP_COMP;
    private static final int KERNEL = Gfp.GFP_KERNEL | Gfp.__GFP_MOVABLE | Gfp.__GFP_NOWARN;

    @RegisterExtension
    final Machines machines = new Machines();

    private Machine machine;
    private Tenant tenant;

    @BeforeEach
    void boot() {
        machine = machines.ofFrames(4096);
        tenant = new Tenant(machine);
    }

    private boolean take(long from, long to) {
        return machine.allocator.allocContigRange(START + from, START + to, KERNEL);
    }

    private long settle(int gfp, int order) {
        long pfn = machine.take(gfp, order);
        tenant.settle(pfn);
        return pfn;
    }

    @Test
    void pagesMoveWithTheirContents() {
        for (int page = 0; page < 100; page++) {
            settle(Machine.MOVABLE, 0);
        }
        assertThat(take(0, 512)).isTrue();
        assertThat(tenant.moves).hasSize(100);
        assertThat(tenant.words).hasSize(100);
        assertThat(tenant.words.keySet()).allMatch(pfn -> pfn >= START + 512);
        assertThat(tenant.words.values()).contains("was at " + START, "was at " + (START + 99));
        assertThat(machine.pagesFree()).isEqualTo(4096 - 612);
        tenant.words.keySet().forEach(pfn -> machine.allocator.freePages(pfn, 0));
        machine.allocator.freeContigRange(START, 512);
        machine.expectAllFree();
        assertThat(machine.blocks()).isEqualTo("0 0 0 0 0 0 0 0 0 0 4");
    }

    @Test
    @DisplayName("blocks stay movable, whatever the flags say")
    void staysMovable() {
        settle(Machine.MOVABLE, 0);
        assertThat(machine.allocator.allocContigRange(START, START + 512, Machine.RECLAIMABLE))
                .isTrue();
        long moved = tenant.words.keySet().iterator().next();
        assertThat(machine.type(moved)).isEqualTo(MigrateType.MOVABLE);
    }

    @Test
    @DisplayName("what has moved once can move again")
    void movesTwice() {
        settle(Machine.MOVABLE, 0);
        assertThat(take(0, 1024)).isTrue();
        long second = tenant.words.keySet().iterator().next();
        long block = second & -1024;
        assertThat(machine.allocator.allocContigRange(block, block + 1024, KERNEL))
                .isTrue();
        assertThat(tenant.words.values()).containsExactly("was at " + START);
        assertThat(machine.pagesFree()).isEqualTo(4096 - 2049);
    }

    @ParameterizedTest(name = "order {0}, range {1} to {2}")
    @DisplayName("compound blocks move as a whole, even if only a part of them is in the range")
    @CsvSource({"1, 0, 512", "3, 4, 5", "3, 7, 600", "9, 100, 200", "9, 511, 513", "10, 1000, 1100", "10, 0, 1024"})
    void compoundBlocks(int order, long from, long to) {
        long pfn = settle(COMPOUND, order);
        assertThat(pfn).isEqualTo(START);
        assertThat(take(from, to)).isTrue();
        assertThat(tenant.moves).singleElement().extracting(Tenant.Move::order).isEqualTo(order);
        long moved = tenant.words.keySet().iterator().next();
        assertThat(machine.allocator.pageCount(moved + 1)).as("compound again").isEqualTo(1);
        machine.allocator.freePages(moved, order);
        machine.allocator.freeContigRange(START + from, to - from);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("an owner that does not move is asked five times, and keeps its page")
    void ownerDoesNotMove() {
        long pfn = settle(Machine.MOVABLE, 0);
        tenant.mood((_, _, _) -> false);
        assertThat(take(0, 512)).isFalse();
        assertThat(tenant.moves).hasSize(5).allMatch(move -> move.from() == pfn);
        assertThat(machine.allocator.pageCount(pfn)).isEqualTo(1);
        machine.allocator.freePages(pfn, 0);
        machine.expectAllFree();
    }

    @Test
    void ownerThrows() {
        long pfn = settle(COMPOUND, 2);
        tenant.mood((_, _, _) -> {
            throw new IllegalStateException("lost the page table");
        });
        assertThatThrownBy(() -> take(0, 512)).hasMessage("lost the page table");
        assertThat(machine.allocator.pageCount(pfn)).isEqualTo(1);
        assertThat(machine.pagesFree()).isEqualTo(4092);
        tenant.mood((_, _, _) -> true);
        assertThat(take(0, 512)).as("later").isTrue();
    }

    @Test
    @DisplayName("a page that somebody else holds too does not move")
    void pinned() {
        long pfn = settle(Machine.MOVABLE, 0);
        machine.allocator.getPage(pfn);
        assertThat(take(0, 512)).isFalse();
        assertThat(tenant.moves).isEmpty();
        machine.allocator.putPage(pfn);
        assertThat(take(0, 512)).isTrue();
    }

    @Test
    @DisplayName("a page on which a reference is taken while it moves is left behind, and nobody is asked for it again")
    void pinnedWhileItMoves() {
        long pfn = settle(Machine.MOVABLE, 0);
        tenant.mood((from, _, _) -> {
            machine.allocator.getPage(from);
            return true;
        });
        assertThat(take(0, 512)).isFalse();
        assertThat(tenant.moves).hasSize(1);
        assertThat(machine.allocator.pageCount(pfn)).isEqualTo(1);
        machine.allocator.putPage(pfn);
        assertThat(machine.pagesFree()).isEqualTo(4095);
        assertThat(take(0, 512)).isTrue();
    }

    @Test
    @DisplayName("nobody is asked to move out of a new block before he has moved in")
    void notYetMovedIn() {
        settle(Machine.MOVABLE, 0);
        tenant.mood((_, to, _) -> {
            long pageblock = to & -512;
            assertThat(machine.allocator.allocContigRange(pageblock, pageblock + 512, KERNEL))
                    .isFalse();
            return true;
        });
        assertThat(take(0, 512)).isTrue();
        assertThat(tenant.moves).hasSize(1);
    }

    @Test
    @DisplayName("an owner that frees the new page as soon as it has moved")
    void freedAfterTheMove() {
        settle(Machine.MOVABLE, 0);
        tenant.mood((_, to, _) -> {
            machine.allocator.freePages(to, 0);
            return true;
        });
        assertThat(take(0, 512)).isTrue();
        assertThat(machine.pagesFree()).isEqualTo(4096 - 512);
    }

    @Test
    @DisplayName("an owner that frees its page instead of moving it")
    void freedInsteadOfMoved() {
        settle(Machine.MOVABLE, 0);
        tenant.mood((from, _, _) -> {
            machine.allocator.freePages(from, 0);
            return false;
        });
        assertThat(take(0, 512)).isTrue();
        assertThat(machine.pagesFree()).isEqualTo(4096 - 512);
    }

    @Test
    @DisplayName("a page that nobody can move any more")
    void ownerTakenBack() {
        long pfn = settle(Machine.MOVABLE, 0);
        machine.allocator.setMovable(pfn, 0);
        assertThat(take(0, 512)).isFalse();
        assertThat(tenant.moves).isEmpty();
    }

    @Test
    @DisplayName("no memory to move to")
    void outOfMemory() {
        List<Long> all = machine.takeAll(Machine.MOVABLE, 0);
        all.subList(0, 10).forEach(tenant::settle);
        machine.free(all.subList(10, 512), 0);
        machine.free(all.subList(1024, 1029), 0);
        assertThat(take(0, 512)).isFalse();
        assertThat(tenant.moves).as("there were five pages").hasSize(5);
        assertThat(tenant.words).hasSize(10);
        assertThat(machine.pagesFree()).isEqualTo(507);
        assertThat(machine.zone().counters().pagesIsolated()).isZero();
    }

    @Test
    @DisplayName("exact pages stay where they are")
    void exactPages() {
        long pfn = machine.allocator.allocPagesExact(3 * 4096, Machine.MOVABLE);
        assertThatThrownBy(() -> tenant.settle(pfn + 1)).isInstanceOf(BadPageException.class);
        assertThat(take(0, 512)).isFalse();
        machine.allocator.freePagesExact(pfn, 3 * 4096);
        machine.expectAllFree();
    }
}
