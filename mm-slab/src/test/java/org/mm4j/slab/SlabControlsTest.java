package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of a cache that are written, and what is not taken. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class SlabControlsTest {
    private final EngineKind engine;
    private final TestSlabs test;
    private final KmemCache cache;

    SlabControlsTest(EngineKind engine) {
        this.engine = engine;
        test = new TestSlabs(engine.over(SlabConfig.ofCpus(1)));
        cache = test.create("things", 64);
    }

    private void write(String file, String text) {
        SlabAttributes.write(cache, file, text);
    }

    private String read(String file) {
        return SlabAttributes.of(cache).getOrDefault(file, "none");
    }

    private void refused(String file, String text, String sentence) {
        String before = read(file);
        assertThatThrownBy(() -> write(file, text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
        assertThat(read(file)).isEqualTo(before);
    }

    @Test
    void shrinkGivesPagesBack() {
        long[] objects = new long[300];
        cache.allocBulk(GFP_KERNEL, objects);
        cache.freeBulk(objects);
        write("shrink", "1\n");
        assertThat(cache.snapshot().slabs()).isZero();
        test.expectAllPagesBack();
        refused("shrink", "0", "to shrink one writes 1, not \"0\" (-EINVAL)");
        refused("shrink", "", "to shrink one writes 1, not \"\" (-EINVAL)");
        write("shrink", "1 and whatever follows");
        assertThat(read("shrink")).isEmpty();
    }

    @Test
    void validateChecksDebugCaches() {
        refused("validate", "2", "to validate one writes 1, not \"2\" (-EINVAL)");
        if (engine != EngineKind.DEBUG) {
            refused("validate", "1", "cache things has no debug flags, and nothing of it can be checked (-EINVAL)");
            return;
        }
        long object = cache.alloc(GFP_KERNEL);
        test.setWord(object + 64, 5);
        write("validate", "1");
        assertThat(test.log.lines()).anyMatch(line -> line.contains("Right Redzone overwritten"));
        assertThat(cache.validate()).isZero();
    }

    @Test
    void minPartialIsWritten() {
        write("min_partial", "17\n");
        assertThat(read("min_partial")).isEqualTo("17\n");
        write("min_partial", "+0");
        assertThat(read("min_partial")).isEqualTo("0\n");
        write("min_partial", "4294967297");
        assertThat(read("min_partial")).isEqualTo("4294967297\n");
    }

    @ParameterizedTest(name = "{0} is no number")
    @ValueSource(strings = {"", "\n", "-1", "0x10", "1 2", "12a", "1\n\n", "+", "\u0661"})
    void textThatIsNoNumber(String text) {
        for (String file : new String[] {"min_partial", "cpu_partial", "remote_node_defrag_ratio"}) {
            String digits = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
            refused(file, text, "to " + file + " one writes a number, not \"" + digits + "\" (-EINVAL)");
        }
    }

    @ParameterizedTest(name = "{1} is too large for {0}")
    @CsvSource({
        "min_partial, 9223372036854775808, 9223372036854775807",
        "cpu_partial, 4294967296, 4294967295",
        "cpu_partial, 99999999999999999999, 4294967295",
        "remote_node_defrag_ratio, 4294967296, 4294967295"
    })
    void numbersThatAreTooLarge(String file, String text, String max) {
        refused(file, text, file + " is 0 to " + max + ", not " + text + " (-ERANGE)");
    }

    @Test
    void cpuPartialIsForEnginesThatHaveIt() {
        write("cpu_partial", "0");
        assertThat(read("cpu_partial")).isEqualTo("0\n");
        if (engine == EngineKind.CPU_SLAB) {
            write("cpu_partial", "33");
            assertThat(read("cpu_partial")).isEqualTo("33\n");
        } else {
            refused(
                    "cpu_partial",
                    "1",
                    "CPUs have no partial slabs of cache things, so its cpu_partial is 0, not 1 (-EINVAL)");
        }
    }

    @Test
    void otherNodesAreLookedAtOrNot() {
        TestSlabs two = new TestSlabs(engine.over(SlabConfig.ofCpus(1).withNodes(2, _ -> 0)));
        KmemCache things = two.create("things", 64);
        SlabAttributes.write(things, "min_partial", "0");
        SlabAttributes.write(things, "remote_node_defrag_ratio", "0");
        assertThat(SlabAttributes.of(things)).containsEntry("remote_node_defrag_ratio", "0\n");
        Slab there = partialSlabOfNodeOne(two, things);
        long object = things.alloc(GFP_NOWAIT);
        assertThat(two.slabs.parts().frames().find(object)).isNotSameAs(there);
        two.expectValid();
        refused("remote_node_defrag_ratio", "101", "remote_node_defrag_ratio is 0 to 100, not 101 (-ERANGE)");
        write("remote_node_defrag_ratio", "42");
        assertThat(read("remote_node_defrag_ratio")).isEqualTo("42\n");
    }

    private static Slab partialSlabOfNodeOne(TestSlabs slabs, KmemCache things) {
        long object = things.allocNode(GFP_KERNEL, 1);
        things.engine().flush();
        Slab slab = Objects.requireNonNull(slabs.slabs.parts().frames().find(object));
        assertThat(slab.node).isOne();
        assertThat(slab.isOnPartial).isTrue();
        return slab;
    }

    @Test
    void filesThatCannotBeWritten() {
        refused("objects", "1", "file objects of cache things cannot be written (-EACCES)");
        refused("poison", "1", "file poison of cache things cannot be written (-EACCES)");
        refused("nothing", "1", "cache things has no file nothing (-ENOENT)");
    }
}
