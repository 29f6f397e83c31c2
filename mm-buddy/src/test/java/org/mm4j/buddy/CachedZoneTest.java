package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mm4j.api.Gfp;
import org.mm4j.api.MigrateType;
import org.mm4j.api.PageZone;

/** What a zone lets the page cache in front of it do with a frame. */
class CachedZoneTest {
    private static final int SLOT = 3;
    private static final int MOVABLE = MigrateType.MOVABLE.ordinal();
    private static final long WANTED = FrameWord.inUse(0, false, 1, MOVABLE);

    private final BuddyAllocator buddy = BuddyAllocator.ofFrames(1 << 16);
    private final MemMap map = buddy.zones().map();
    private final Zone zone = buddy.zones().populated().getFirst();
    private final CachedZone cached = new CachedZone(zone);

    private int frame(int order) {
        return map.frame(buddy.allocPages(Gfp.GFP_KERNEL, order));
    }

    @Test
    void aBlockGoesThroughTheCacheAndBack() {
        int frame = frame(0);

        assertThat(cached.claim(frame, 0, SLOT)).isTrue();
        assertThat(FrameWord.format(map.wordOpaque(frame))).isEqualTo("cached order 0 by slot 3");
        cached.handOut(frame, SLOT, WANTED);
        assertThat(map.wordOpaque(frame)).isEqualTo(WANTED);
    }

    @Test
    void aBlockIsFreedOutOfTheCache() {
        int frame = frame(3);
        long pagesFree = zone.counters().pagesFree();
        cached.claim(frame, 3, SLOT);

        free(frame, 3, SLOT);

        assertThat(zone.counters().pagesFree()).isEqualTo(pagesFree + 8);
        assertThat(buddy.validate()).isEmpty();
    }

    private void free(int frame, int order, int slot) {
        cached.lock();
        try {
            cached.freeLocked(frame, order, slot);
        } finally {
            cached.unlock();
        }
    }

    @Test
    void onlyABlockInUseWithOneReferenceAndThatOrderIsClaimed() {
        int frame = frame(1);
        long pfn = map.pfn(frame);

        assertThat(cached.claim(frame, 0, SLOT)).as("another order").isFalse();
        assertThat(cached.claim(frame + 1, 0, SLOT)).as("inside of a block").isFalse();
        buddy.getPage(pfn);
        assertThat(cached.claim(frame, 1, SLOT)).as("two references").isFalse();
        buddy.putPage(pfn);
        assertThat(cached.claim(frame, 1, SLOT)).isTrue();
        assertThat(cached.claim(frame, 1, SLOT + 1)).as("cached already").isFalse();
    }

    @Test
    void theListIsThatOfThePageblock() {
        int frame = frame(0);
        PageBlocks blocks = zone.blocks();
        for (MigrateType type : new MigrateType[] {
            MigrateType.UNMOVABLE, MigrateType.MOVABLE, MigrateType.RECLAIMABLE,
        }) {
            blocks.setType(frame, type.ordinal());
            assertThat(cached.typeToCache(frame)).isEqualTo(type.ordinal());
        }
        blocks.setType(frame, MigrateType.HIGHATOMIC.ordinal());
        assertThat(cached.typeToCache(frame)).isEqualTo(MOVABLE);
        blocks.setType(frame, MigrateType.CMA.ordinal());
        assertThat(cached.typeToCache(frame)).isEqualTo(MOVABLE);
        blocks.setIsolated(frame, true);
        assertThat(cached.typeToCache(frame)).isEqualTo(PageZone.NONE);
    }

    @Test
    void aRefillTakesFreeBlocksOutOfTheZone() {
        long free = zone.counters().pagesFree();

        cached.lock();
        int first = cached.takeLocked(2, MOVABLE, 0, true, SLOT);
        int second = cached.takeLocked(2, MOVABLE, 0, false, SLOT);
        cached.unlock();

        assertThat(second).isEqualTo(first + 4);
        assertThat(map.wordOpaque(first)).isEqualTo(FrameWord.cached(2, SLOT));
        assertThat(zone.counters().pagesFree()).isEqualTo(free - 8);
    }
}
