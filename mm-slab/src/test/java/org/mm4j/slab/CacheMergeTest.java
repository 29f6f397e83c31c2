package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.slab.SlabFlags.SLAB_ACCOUNT;
import static org.mm4j.slab.SlabFlags.SLAB_CACHE_DMA;
import static org.mm4j.slab.SlabFlags.SLAB_CACHE_DMA32;
import static org.mm4j.slab.SlabFlags.SLAB_CONSISTENCY_CHECKS;
import static org.mm4j.slab.SlabFlags.SLAB_HWCACHE_ALIGN;
import static org.mm4j.slab.SlabFlags.SLAB_PANIC;
import static org.mm4j.slab.SlabFlags.SLAB_RECLAIM_ACCOUNT;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheMergeTest {
    private static boolean serves(int existing, int wanted) {
        return CacheMerge.serves(Machine.layout(existing, 0), Machine.request(wanted, 0));
    }

    @Test
    void idsAreThoseOfSysfs() {
        assertThat(CacheMerge.id(Machine.layout(64, 0))).isEqualTo(":0000064");
        assertThat(CacheMerge.id(Machine.layout(60, SLAB_PANIC))).isEqualTo(":0000064");
        assertThat(CacheMerge.id(Machine.layout(100, SLAB_ACCOUNT | SLAB_HWCACHE_ALIGN)))
                .isEqualTo(":A-0000128");
        assertThat(CacheMerge.id(Machine.layout(16, SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT)))
                .isEqualTo(":aA-0000016");
        assertThat(CacheMerge.id(Machine.layout(
                        1 << 22, SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_RECLAIM_ACCOUNT | SLAB_CONSISTENCY_CHECKS)))
                .isEqualTo(":dDaF-4194304");
    }

    @ParameterizedTest
    @CsvSource({"64, 64, true", "64, 57, true", "64, 56, false", "64, 65, false", "100, 104, true", "100, 96, false"})
    void lessThanAWordMayBeWasted(int existing, int wanted, boolean serves) {
        assertThat(serves(existing, wanted)).isEqualTo(serves);
    }

    @Test
    void theSlotMustKeepTheAlignment() {
        SlabLayout existing = Machine.layout(96, 0);

        assertThat(CacheMerge.serves(existing, Machine.request(96, 0).withAlign(32)))
                .isTrue();
        assertThat(CacheMerge.serves(existing, Machine.request(96, 0).withAlign(64)))
                .isFalse();
        assertThat(CacheMerge.serves(existing, Machine.request(96, SLAB_HWCACHE_ALIGN)))
                .isFalse();
        assertThat(CacheMerge.serves(Machine.layout(128, 0), Machine.request(100, SLAB_HWCACHE_ALIGN)))
                .isTrue();
    }

    @Test
    void memoryOfAnotherKindDoesNotServe() {
        for (int flag : new int[] {SLAB_ACCOUNT, SLAB_RECLAIM_ACCOUNT, SLAB_CACHE_DMA, SLAB_CACHE_DMA32}) {
            assertThat(CacheMerge.serves(Machine.layout(64, flag), Machine.request(64, 0)))
                    .isFalse();
            assertThat(CacheMerge.serves(Machine.layout(64, 0), Machine.request(64, flag)))
                    .isFalse();
            assertThat(CacheMerge.serves(Machine.layout(64, flag), Machine.request(64, flag)))
                    .isTrue();
        }
        assertThat(CacheMerge.serves(Machine.layout(64, SLAB_PANIC), Machine.request(64, 0)))
                .isTrue();
    }

    @Test
    void somethingSpecialKeepsACacheAlone() {
        SlabRequest plain = Machine.request(64, 0);

        assertThat(CacheMerge.isMergeable(plain)).isTrue();
        assertThat(CacheMerge.isMergeable(plain.withCtor(true))).isFalse();
        assertThat(CacheMerge.isMergeable(plain.withUsercopy(true))).isFalse();
        assertThat(CacheMerge.isMergeable(plain.withSheafCapacity(32))).isFalse();
        for (int bit = 0; bit < 17; bit++) {
            boolean never = (SlabFlags.SLAB_NEVER_MERGE & 1 << bit) != 0;
            assertThat(CacheMerge.isMergeable(plain.withFlags(1 << bit))).isEqualTo(!never);
        }
        assertThat(Integer.bitCount(SlabFlags.SLAB_NEVER_MERGE)).isEqualTo(9);
        assertThat(CacheMerge.serves(SlabLayout.of(plain.withUsercopy(true)), plain))
                .isFalse();
    }

    @Test
    @DisplayName("C58: a merged cache has the larger object")
    void joined() {
        SlabLayout existing = Machine.layout(57, 0);
        SlabLayout joined = CacheMerge.joined(existing, Machine.request(62, 0));

        assertThat(joined.objectSize()).isEqualTo(62);
        assertThat(joined.size()).isEqualTo(64);
        assertThat(joined.freePointerOffset()).isEqualTo(existing.freePointerOffset());
        assertThat(CacheMerge.joined(joined, Machine.request(58, 0))).isEqualTo(joined);
        assertThatThrownBy(() -> CacheMerge.joined(existing, Machine.request(65, 0)))
                .hasMessageStartingWith("slots of 64 bytes with flags none do not serve SlabRequest[objectSize=65,");
    }

    @Test
    void whatServesHoldsTheObjectInItsAlignment() {
        for (int existing = 1; existing <= 512; existing++) {
            SlabLayout layout = Machine.layout(existing, 0);
            for (int wanted = 1; wanted <= 512; wanted++) {
                if (CacheMerge.serves(layout, Machine.request(wanted, SLAB_HWCACHE_ALIGN))) {
                    SlabLayout own = Machine.layout(wanted, SLAB_HWCACHE_ALIGN);
                    assertThat(layout.size() % own.align()).isZero();
                    assertThat(layout.size()).isBetween(own.size(), own.size() + 7);
                }
            }
        }
    }
}
