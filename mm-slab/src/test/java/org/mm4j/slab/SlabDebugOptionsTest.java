package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.slab.SlabFlags.SLAB_CONSISTENCY_CHECKS;
import static org.mm4j.slab.SlabFlags.SLAB_NOLEAKTRACE;
import static org.mm4j.slab.SlabFlags.SLAB_NO_USER_FLAGS;
import static org.mm4j.slab.SlabFlags.SLAB_POISON;
import static org.mm4j.slab.SlabFlags.SLAB_RED_ZONE;
import static org.mm4j.slab.SlabFlags.SLAB_STORE_USER;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What slab_debug says, and which caches it reaches. */
class SlabDebugOptionsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "nothing",
            value = {
                "''|dentry|FZPU",
                "-|dentry|''",
                "FZ|dentry|FZ",
                "fz|dentry|FZ",
                "F-P|dentry|P",
                "FZ,dentry|dentry|FZ",
                "FZ,dentry|dentry2|''",
                ",dentry|dentry|FZPU",
                "FZPUTA,dentry,kmalloc-*;P,foo|kmalloc-64|FZPUTA",
                "FZPUTA,dentry,kmalloc-*;P,foo|dentry|FZPUTA",
                "FZPUTA,dentry,kmalloc-*;P,foo|foo|P",
                "FZPUTA,dentry,kmalloc-*;P,foo|bar|''",
                "FZ;-,foo|foo|''",
                "FZ;-,foo|bar|FZ",
                "P,foo;;U|bar|U",
                "Z,f*;P,foo|foo|Z",
            })
    void flagsOfACache(String options, String name, String letters) {
        assertThat(SlabDebugOptions.parse(options).flagsFor(name, 0)).isEqualTo(SlabFlags.parseDebugLetters(letters));
    }

    @Test
    void someCachesAreLeftAlone() {
        SlabDebugOptions options = SlabDebugOptions.parse("FU");
        assertThat(options.flagsFor("a", SLAB_NO_USER_FLAGS)).isEqualTo(SLAB_NO_USER_FLAGS);
        assertThat(options.flagsFor("a", SLAB_NOLEAKTRACE)).isEqualTo(SLAB_NOLEAKTRACE | SLAB_CONSISTENCY_CHECKS);
        assertThat(options.flagsFor("a", SLAB_POISON))
                .isEqualTo(SLAB_POISON | SLAB_CONSISTENCY_CHECKS | SLAB_STORE_USER);
    }

    @Test
    void badOptionsAreRefusedByName() {
        assertThatThrownBy(() -> SlabConfig.ofCpus(1).withSlabDebug("FX,dentry"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"X\"");
        assertThatThrownBy(() -> SlabDebugOptions.parse("F,a,,b")).hasMessageContaining("a name is empty");
    }

    @Test
    void cachesGetTheirFlagsAndAreNotMerged() {
        TestSlabs test = new TestSlabs(SlabConfig.ofCpus(1).withSlabDebug("Z,b*"));
        KmemCache plain = test.create("a", 64);
        KmemCache debug = test.create("b", 64);
        assertThat(debug).isNotSameAs(plain);
        assertThat(debug.layout().flags()).isEqualTo(SLAB_RED_ZONE);
        assertThat(test.create("b2", 64)).isNotSameAs(debug);
        assertThat(test.create("c", 64)).isSameAs(plain);
    }

    @Test
    void slabsDoNotGrowWhereTheUserDoesNotWantIt() {
        TestSlabs test = new TestSlabs(SlabConfig.ofCpus(1).withSlabDebug("OFZPU"));
        assertThat(test.create("page", 4096).layout().flags()).isEqualTo(SLAB_CONSISTENCY_CHECKS);
        assertThat(SlabFlags.has(test.create("small", 64).layout().flags(), SLAB_RED_ZONE))
                .isTrue();
    }
}
