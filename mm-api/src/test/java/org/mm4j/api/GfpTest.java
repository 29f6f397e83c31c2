package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flags as text, and what they ask for. */
class GfpTest {
    /** Flags that have no say in the zone and in the mobility. */
    private static final int NEITHER_ZONE_NOR_MOBILITY = ~0x1f;

    @ParameterizedTest
    @CsvSource({
        "0x0, none",
        "0xcc0, GFP_KERNEL",
        "0xdc0, GFP_KERNEL|__GFP_ZERO",
        "0x140cca, GFP_HIGHUSER_MOVABLE|__GFP_COMP",
        "0x400cc0, GFP_KERNEL_ACCOUNT",
        "0x2800, GFP_NOWAIT",
        "0x800, __GFP_KSWAPD_RECLAIM",
        "0x400, __GFP_DIRECT_RECLAIM",
        "0x1c24ca, GFP_TRANSHUGE",
        "0x200, 0x200",
        "0x80000cc0, GFP_KERNEL|0x80000000",
        "0x2000200, 0x2000200",
    })
    void areWrittenAndRead(String bits, String text) {
        int gfp = Integer.parseUnsignedInt(bits.substring(2), 16);
        assertThat(Gfp.format(gfp)).isEqualTo(text);
        assertThat(Gfp.parse(text)).isEqualTo(gfp);
    }

    @Test
    void whateverIsWrittenIsReadAsTheSame() {
        Random random = new Random(6_18);
        for (int i = 0; i < 100_000; i++) {
            int gfp = random.nextInt() & (i % 2 == 0 ? -1 : random.nextInt());
            assertThat(Gfp.parse(Gfp.format(gfp))).isEqualTo(gfp);
        }
    }

    @Test
    void wordsMayStandInAnyOrderAndTwice() {
        assertThat(Gfp.parse("__GFP_FS|__GFP_IO|__GFP_RECLAIM|__GFP_IO|0x40")).isEqualTo(Gfp.GFP_KERNEL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GFP_KERNAL",
                "gfp_kernel",
                "__GFP_SKIP_KASAN",
                "",
                " GFP_KERNEL",
                "GFP_KERNEL|",
                "GFP_KERNEL||__GFP_ZERO",
                "none|GFP_KERNEL",
                "3264",
                "0x",
                "0xzz",
                "0x-1",
                "0x100000000"
            })
    void whatIsNoFlagIsRefusedByName(String text) {
        assertThatExceptionOfType(BadGfpException.class)
                .isThrownBy(() -> Gfp.parse(text))
                .withMessageContaining("in \"" + text + "\" is no ");
    }

    /** C27, and all other combinations of the four zone bits, whatever else is asked for. */
    @ParameterizedTest
    @CsvSource({
        "0b0000, NORMAL", "0b0001, DMA", "0b0010, NORMAL", "0b0011,",
        "0b0100, DMA32", "0b0101,", "0b0110,", "0b0111,",
        "0b1000, NORMAL", "0b1001, DMA", "0b1010, MOVABLE", "0b1011,",
        "0b1100, DMA32", "0b1101,", "0b1110,", "0b1111,"
    })
    void zoneBitsNameOneZoneOrAreRefused(String bits, ZoneType zone) {
        int zoneBits = Integer.parseInt(bits.substring(2), 2);
        for (int others : new int[] {0, Gfp.GFP_KERNEL, Gfp.__GFP_RECLAIMABLE, NEITHER_ZONE_NOR_MOBILITY}) {
            int gfp = zoneBits | others;
            if (zone != null) {
                assertThat(Gfp.zone(gfp)).isEqualTo(zone);
            } else {
                assertThatExceptionOfType(BadGfpException.class)
                        .isThrownBy(() -> Gfp.zone(gfp))
                        .withMessage("the request flags are " + Gfp.format(gfp) + ", but its zone flags "
                                + Gfp.format(zoneBits) + " contradict each other");
            }
        }
    }

    /** C28: Linux computes HIGHATOMIC of the combination, with a warning. */
    @ParameterizedTest
    @CsvSource({"0, UNMOVABLE", "8, MOVABLE", "16, RECLAIMABLE", "24,"})
    void mobilityBitsNameOneMobilityOrAreRefused(int bits, MigrateType type) {
        for (int others : new int[] {0, Gfp.GFP_KERNEL, Gfp.__GFP_HIGHMEM, NEITHER_ZONE_NOR_MOBILITY}) {
            int gfp = bits | others;
            if (type != null) {
                assertThat(Gfp.migrateType(gfp)).isEqualTo(type);
            } else {
                assertThatExceptionOfType(BadGfpException.class)
                        .isThrownBy(() -> Gfp.migrateType(gfp))
                        .withMessage("the request flags are " + Gfp.format(gfp)
                                + ", but a page is either __GFP_MOVABLE or __GFP_RECLAIMABLE, not both");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Gfp.GFP_KERNEL, Gfp.GFP_NOFS, Gfp.GFP_NOIO, Gfp.GFP_TRANSHUGE, Gfp.__GFP_DIRECT_RECLAIM})
    void theseMayWait(int gfp) {
        assertThat(Gfp.allowsBlocking(gfp)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Gfp.GFP_ATOMIC, Gfp.GFP_NOWAIT, Gfp.GFP_TRANSHUGE_LIGHT, Gfp.GFP_DMA})
    void theseMayNotWait(int gfp) {
        assertThat(Gfp.allowsBlocking(gfp)).isFalse();
    }

    @Test
    void hasMeansAllOfThem() {
        assertThat(Gfp.has(Gfp.GFP_KERNEL, Gfp.__GFP_RECLAIM)).isTrue();
        assertThat(Gfp.has(Gfp.GFP_ATOMIC, Gfp.__GFP_RECLAIM)).isFalse();
        assertThat(Gfp.has(Gfp.GFP_ATOMIC, Gfp.__GFP_ZERO)).isFalse();
        assertThat(Gfp.has(0, 0)).isTrue();
    }
}
