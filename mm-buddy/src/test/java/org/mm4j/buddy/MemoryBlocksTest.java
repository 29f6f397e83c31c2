package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;

/** Memory blocks go offline and come back: what moves, what is counted, what is refused. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MemoryBlocksTest {
    private static final int BLOCK = 1024;
    private static final BlockLayout SMALL = BlockLayout.DEFAULT.withOrder(10);

    /** Blocks 1 to 16. */
    private static final int FRAMES = 16 * BLOCK;

    @RegisterExtension
    final Machines machines = new Machines();

    private static BuddyConfig config() {
        return BuddyConfig.ofFrames(FRAMES).withSettings(ZoneSettings.DEFAULT).withBlocks(SMALL);
    }

    /** Two zones, so that the lower one's reserve depends on the upper one's size. */
    private static BuddyConfig twoZones() {
        return BuddyConfig.ofNodes(NodeLayout.of(
                        2,
                        ZoneLayout.of(ZoneType.DMA32, START, START + 8 * BLOCK),
                        ZoneLayout.of(ZoneType.NORMAL, START + 8 * BLOCK, START + FRAMES)))
                .withBlocks(SMALL);
    }

    private static long start(int block) {
        return (long) block * BLOCK;
    }

    private static void offline(Machine machine, int... blocks) {
        for (int block : blocks) {
            machine.allocator.blocks().offline(block);
        }
    }

    /** Everything that is counted, but free pages by order, which depend on the past. */
    private static List<String> sizes(Machine machine) {
        List<String> lines = new ArrayList<>();
        for (NodeSnapshot node : machine.allocator.snapshot()) {
            for (ZoneSnapshot zone : node.zones()) {
                lines.add(zone.type() + " start " + zone.startPfn() + " spanned " + zone.pagesSpanned() + " present "
                        + zone.pagesPresent() + " managed " + zone.pagesManaged() + " free " + zone.pagesFree() + " "
                        + zone.watermarks() + " " + zone.lowmemReserve() + " " + zone.pageblocks() + " "
                        + zone.pageSets());
            }
        }
        return lines;
    }

    @ParameterizedTest
    @DisplayName("after going offline all sizes, marks and reserves are those of a machine that was booted so")
    @ValueSource(strings = {"16", "1", "9", "1,16", "4,5,12", "9,10,11,12,13,14,15,16", "1,2,3,4,5,6,7,8"})
    void sizesAreThoseOfABoot(String numbers) {
        int[] blocks =
                List.of(numbers.split(",")).stream().mapToInt(Integer::parseInt).toArray();
        Machine machine = machines.of(twoZones());
        List<String> before = sizes(machine);
        offline(machine, blocks);
        FrameRange[] ranges = new FrameRange[blocks.length];
        for (int at = 0; at < blocks.length; at++) {
            ranges[at] = new FrameRange(start(blocks[at]), start(blocks[at]) + BLOCK);
        }
        Machine booted = machines.of(twoZones().withBlocks(SMALL.withOffline(ranges)));
        assertThat(sizes(machine)).isEqualTo(sizes(booted)).isNotEqualTo(before);
        for (int block : blocks) {
            machine.allocator.blocks().online(block);
            booted.allocator.blocks().online(block);
        }
        assertThat(sizes(machine)).isEqualTo(before);
        assertThat(sizes(booted)).isEqualTo(before);
        assertThat(machine.takeAll(Machine.MOVABLE, 10)).hasSize(16);
    }

    @Test
    @DisplayName("movable pages move away, the others' places are taken by nobody, and the pages come back")
    void movablePagesMove() {
        Machine machine = machines.of(config());
        Tenant tenant = new Tenant(machine);
        List<Long> all = machine.takeAll(Machine.MOVABLE, 0);
        for (long pfn : all) {
            if (pfn % 3 == 0) {
                tenant.settle(pfn);
            } else {
                machine.allocator.freePages(pfn, 0);
            }
        }
        int pages = tenant.words.size();
        offline(machine, 5, 6);
        assertThat(tenant.words).hasSize(pages);
        assertThat(tenant.words.keySet()).noneMatch(pfn -> pfn >= start(5) && pfn < start(7));
        assertThat(tenant.moves).as("only what was in the way").hasSize(2 * BLOCK / 3 + 1);
        tenant.words.forEach(
                (pfn, word) -> assertThat(machine.allocator.pageCount(pfn)).isEqualTo(1));
        assertThat(machine.takeAll(Machine.MOVABLE, 0)).noneMatch(pfn -> pfn >= start(5) && pfn < start(7));
        machine.allocator.blocks().online(5);
        assertThat(machine.takeAll(Machine.MOVABLE, 0))
                .hasSize(BLOCK)
                .allMatch(pfn -> pfn >= start(5) && pfn < start(6));
    }

    @ParameterizedTest
    @DisplayName("what cannot move keeps its block online; the sentence names it, and nothing has changed")
    @CsvSource({
        "unmovable, 'memory block 5 cannot go offline: pfn 5220, one page, is in use, and nobody has said that it can move'",
        "refuses,   'memory block 5 cannot go offline: pfn 5220, one page, of Tenant, can move, but its owner refused, or no page was free elsewhere'",
        "held,      'memory block 5 cannot go offline: pfn 5220, one page, of Tenant, can move, but has 2 references, its owner''s and others'",
        "full,      'memory block 5 cannot go offline: pfn 5200, one page, of Tenant, can move, but its owner refused, or no page was free elsewhere'",
        "throws,    'cannot move'",
    })
    void pinned(String why, String sentence) {
        Machine machine = machines.of(config().withSettings(ZoneSettings.NO_RESERVES));
        Tenant tenant = new Tenant(machine);
        List<Long> all = machine.takeAll(Machine.MOVABLE, 0);
        all.stream().filter(pfn -> pfn < 5220 && pfn >= 5200).forEach(tenant::settle);
        all.stream()
                .filter(pfn -> pfn < 5200 || (pfn > 5220 && (!why.equals("full") || pfn < 6000)))
                .forEach(pfn -> machine.allocator.freePages(pfn, 0));
        if (!why.equals("unmovable")) {
            tenant.settle(5220);
        }
        switch (why) {
            case "refuses" -> tenant.mood((from, _, _) -> from != 5220);
            case "held" -> machine.allocator.getPage(5220);
            case "throws" ->
                tenant.mood((from, _, _) -> {
                    if (from == 5220) {
                        throw new IllegalStateException("cannot move");
                    }
                    return true;
                });
            case "full" ->
                machine.takeAll(Machine.MOVABLE, 0).stream()
                        .filter(pfn -> pfn >= start(5) && pfn < start(6))
                        .forEach(pfn -> machine.allocator.freePages(pfn, 0));
            default -> {}
        }
        List<String> before = sizes(machine);
        assertThatThrownBy(() -> offline(machine, 5))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(sentence);
        assertThat(sizes(machine)).isEqualTo(before);
        assertThat(machine.allocator.validate()).isEmpty();
        assertThat(machine.allocator.blocks().block(5).isOnline()).isTrue();
        assertThat(tenant.words).hasSize(why.equals("unmovable") ? 20 : 21);
    }

    @Test
    @DisplayName("it says which blocks can never change, and which there are not")
    void fixedBlocks() {
        Machine machine = machines.ofZones(
                ZoneLayout.of(ZoneType.DMA, START, START + 512),
                ZoneLayout.of(ZoneType.DMA32, START + 512, START + 4 * BLOCK)
                        .withReserved(new FrameRange(2100, 2101))
                        .withHoles(new FrameRange(3100, 3200)),
                ZoneLayout.of(ZoneType.NORMAL, START + 4 * BLOCK, START + 5 * BLOCK - 100));
        MemoryBlocks large = machine.allocator.blocks();
        assertThat(large.pagesPerBlock()).isEqualTo(32768);
        assertThat(large.list()).hasSize(1);
        MemoryBlocks blocks = machines.of(BuddyConfig.ofNodes(NodeLayout.of(
                                1,
                                ZoneLayout.of(ZoneType.DMA, START, START + 512),
                                ZoneLayout.of(ZoneType.DMA32, START + 512, START + 4 * BLOCK)
                                        .withReserved(new FrameRange(2100, 2101))
                                        .withHoles(new FrameRange(3100, 3200)),
                                ZoneLayout.of(ZoneType.NORMAL, START + 4 * BLOCK, START + 5 * BLOCK - 100)))
                        .withBlocks(SMALL))
                .allocator
                .blocks();
        assertThat(blocks.list()).extracting(MemoryBlock::number).containsExactly(1, 2, 3, 4, 5);
        assertThatThrownBy(() -> blocks.offline(1))
                .hasMessage("memory block 1 never changes: it has frames of several zones, [DMA, DMA32]");
        assertThatThrownBy(() -> blocks.offline(2)).hasMessageContaining("never handed out");
        assertThatThrownBy(() -> blocks.offline(3)).hasMessageContaining("do not exist");
        blocks.offline(4);
        assertThatThrownBy(() -> blocks.offline(4))
                .hasMessage("memory block 4 cannot go offline: it is offline already");
        blocks.online(4);
        assertThatThrownBy(() -> blocks.online(4))
                .hasMessage("memory block 4 cannot come online: it is online already");
        assertThatThrownBy(() -> blocks.offline(5))
                .hasMessage("memory block 5 never changes: its zone, Normal, has only a part of its frames");
        for (int none : new int[] {-1, 0, 6, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> blocks.offline(none)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    @DisplayName("frames that are offline at boot are refused if they are not whole blocks of one zone")
    void bootChecksTheLayout() {
        assertThatThrownBy(() -> SMALL.withOffline(new FrameRange(1024, 2000)))
                .hasMessageContaining("whole memory blocks");
        assertThatThrownBy(() -> SMALL.withOrder(9)).hasMessageContaining("10 to 24, not 9");
        BuddyConfig config = twoZones().withBlocks(new BlockLayout(14, List.of(new FrameRange(0, 1 << 14))));
        assertThatThrownBy(() -> machines.of(config)).isInstanceOf(IllegalArgumentException.class);
        BuddyConfig straddling = BuddyConfig.ofNodes(NodeLayout.of(
                        1,
                        ZoneLayout.of(ZoneType.DMA32, START, START + 1536),
                        ZoneLayout.of(ZoneType.NORMAL, START + 1536, START + 4 * BLOCK)))
                .withBlocks(SMALL.withOffline(new FrameRange(2048, 3072)));
        assertThatThrownBy(() -> machines.of(straddling)).hasMessageContaining("several zones");
        BuddyConfig outside = config().withBlocks(SMALL.withOffline(new FrameRange(1 << 20, (1 << 20) + BLOCK)));
        assertThatThrownBy(() -> machines.of(outside)).hasMessageContaining("no zone has them");
        BuddyConfig reserved = BuddyConfig.ofNodes(NodeLayout.of(
                        1,
                        ZoneLayout.of(ZoneType.NORMAL, START, START + 4 * BLOCK)
                                .withReserved(new FrameRange(2100, 2101))))
                .withBlocks(SMALL.withOffline(new FrameRange(2048, 3072)));
        assertThatThrownBy(() -> machines.of(reserved)).hasMessageContaining("never handed out");
    }

    @Test
    @DisplayName("a block with a reserve for urgent requests leaves it, and one with a CMA area stays")
    void reserves() {
        Machine machine = machines.of(BuddyConfig.ofFrames(64 * BLOCK).withBlocks(SMALL));
        long urgent = machine.take(Machine.MOVABLE, 9);
        machine.setType(urgent, MigrateType.HIGHATOMIC);
        machine.allocator.freePages(urgent, 9);
        assertThat(machine.look().pagesReservedHighAtomic()).isEqualTo(512);
        assertThat(machine.look().pagesFreeHighAtomic()).isEqualTo(512);
        offline(machine, (int) (urgent / BLOCK));
        assertThat(machine.look().pagesReservedHighAtomic()).isZero();
        assertThat(machine.look().pagesFree()).isEqualTo(63 * BLOCK);
        machine.allocator.blocks().online((int) (urgent / BLOCK));
        CmaArea.declare(machine.allocator, "camera", start(20), 512, 0);
        assertThatThrownBy(() -> offline(machine, 20))
                .hasMessage("memory block 20 cannot go offline: pfn " + start(20) + " is of a CMA area");
    }

    @Test
    @DisplayName("who is told may refuse before the block has gone; then it is as it was")
    void notifiers() {
        Machine machine = machines.of(config());
        List<String> told = new ArrayList<>();
        AtomicInteger refusals = new AtomicInteger(1);
        machine.allocator.blocks().addNotifier(new MemoryNotifier() {
            @Override
            public void emptied(MemoryBlock block) {
                told.add("emptied " + block.number());
                if (refusals.getAndDecrement() > 0) {
                    throw new IllegalStateException("the host does not take it");
                }
            }

            @Override
            public void changed(MemoryBlock block) {
                told.add((block.isOnline() ? "online " : "offline ") + block.number());
            }
        });
        List<String> before = sizes(machine);
        assertThatThrownBy(() -> offline(machine, 3)).hasMessage("the host does not take it");
        assertThat(sizes(machine)).isEqualTo(before);
        offline(machine, 3);
        machine.allocator.blocks().online(3);
        assertThat(told).containsExactly("emptied 3", "emptied 3", "offline 3", "online 3");
    }

    @Test
    @DisplayName("an offline block is nobody's: no range is taken there, no area declared, no page named")
    void offlineFramesAreRefused() {
        Machine machine = machines.of(config());
        offline(machine, 3);
        assertThat(machine.allocator.allocContigRange(start(3), start(3) + 512, Gfp.GFP_KERNEL))
                .isFalse();
        assertThatThrownBy(() -> CmaArea.declare(machine.allocator, "late", start(3), 512, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThat(machine.allocator.pageCount(start(3))).isZero();
        assertThat(machine.allocator.tryGetPage(start(3))).isFalse();
        assertThatThrownBy(() -> machine.allocator.freePages(start(3), 0)).hasMessageContaining("reserved");
        machine.allocator.compactMemory(0);
        assertThat(machine.allocator.validate()).isEmpty();
    }

    @Test
    @DisplayName("validate() sees a frame of an offline block that is not reserved, and a wrong span")
    void validateSeesIt() {
        Machine machine = machines.of(config());
        offline(machine, 3);
        int frame = machine.allocator.zones().map().frame(start(3) + 7);
        machine.allocator.zones().map().setWordOpaque(frame, FrameWord.INTERIOR);
        assertThat(machine.allocator.validate()).anyMatch(line -> line.startsWith("V9: pfn " + (start(3) + 7)));
        machine.allocator.zones().map().setWordOpaque(frame, FrameWord.RESERVED_WORD);
        int last = machine.allocator.zones().map().frame(start(16));
        machine.allocator.zones().blockTypes().setOffline(last, MigrateType.MOVABLE.ordinal());
        machine.allocator.zones().blockTypes().setOffline(last + 512, MigrateType.MOVABLE.ordinal());
        assertThat(machine.allocator.validate()).anyMatch(line -> line.startsWith("V9: node 0, zone Normal counts"));
        machine.allocator.zones().blockTypes().setOnline(last);
        machine.allocator.zones().blockTypes().setOnline(last + 512);
    }

    @Test
    @DisplayName("a machine whose upper zone is not there at boot serves from it as soon as it comes")
    void grows() {
        FrameRange upper = new FrameRange(START + 8 * BLOCK, START + FRAMES);
        Machine machine = machines.of(twoZones().withBlocks(SMALL.withOffline(upper)));
        assertThat(machine.look(0, ZoneType.NORMAL).pagesPresent()).isZero();
        int before = machine.takeAll(Gfp.GFP_KERNEL, 0).size();
        assertThat(before).isEqualTo(8 * BLOCK);
        machine.allocator.blocks().online(12);
        assertThat(machine.look(0, ZoneType.NORMAL).startPfn()).isEqualTo(start(12));
        assertThat(machine.look(0, ZoneType.NORMAL).pagesSpanned()).isEqualTo(BLOCK);
        assertThat(machine.take(Gfp.GFP_KERNEL | Gfp.__GFP_MEMALLOC, 0)).isBetween(start(12), start(13) - 1);
        assertThat(PageFrame.pages(10)).isEqualTo(BLOCK);
    }
}
