package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The flags are those of a running Linux 6.18: the same names, the same bits, printed in the same order. */
class GfpNamesTest {
    /** What the kernel prints, and in which order it tries it. */
    private static final Map<String, Integer> KERNEL = kernelNames();

    private static Map<String, Integer> kernelNames() {
        Map<String, Integer> names = new LinkedHashMap<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                GfpNamesTest.class.getResourceAsStream("gfp-names.txt"), StandardCharsets.US_ASCII))) {
            lines.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                String[] words = line.split(" ");
                names.put(words[0], Integer.decode(words[1]));
            });
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return names;
    }

    /** The kernel's own algorithm, as plain as can be: every name whose bits are all left. */
    private static String kernelFormat(int gfp) {
        StringBuilder text = new StringBuilder();
        int rest = gfp;
        for (Map.Entry<String, Integer> name : KERNEL.entrySet()) {
            if ((rest & name.getValue()) == name.getValue()) {
                text.append(text.isEmpty() ? "" : "|").append(name.getKey());
                rest &= ~name.getValue();
            }
        }
        return text.toString();
    }

    @TestFactory
    Stream<DynamicTest> constantsHaveTheKernelsBits() {
        return Arrays.stream(Gfp.class.getFields())
                .filter(field -> field.getType() == int.class)
                .map(field -> dynamicTest(field.getName(), () -> {
                    assertThat(Modifier.isFinal(field.getModifiers())).isTrue();
                    assertThat(field.getInt(null)).isEqualTo(KERNEL.get(field.getName()));
                }));
    }

    @Test
    void allOfTheKernelsFlagsAreThere() {
        assertThat(Arrays.stream(Gfp.class.getFields()).map(Field::getName)).containsAll(KERNEL.keySet());
    }

    @TestFactory
    Stream<DynamicTest> everyNameIsRead() {
        return KERNEL.entrySet().stream()
                .map(name -> dynamicTest(
                        name.getKey(),
                        () -> assertThat(Gfp.parse(name.getKey())).isEqualTo(name.getValue())));
    }

    @Test
    void pairsOfNamesArePrintedAsTheKernelPrintsThem() {
        for (int one : KERNEL.values()) {
            for (int other : KERNEL.values()) {
                assertThat(Gfp.format(one | other)).isEqualTo(kernelFormat(one | other));
            }
        }
    }

    /** Bit 9 is unused in 6.18, and nothing is above bit 24. */
    @Test
    void bitsWithoutANameAreThoseWithoutAKernelName() {
        int named = KERNEL.values().stream().reduce(0, (a, b) -> a | b);
        assertThat(IntStream.range(0, Integer.SIZE).filter(bit -> (named & 1 << bit) == 0))
                .contains(9, 25, 31)
                .hasSize(8)
                .allSatisfy(bit -> assertThat(Gfp.format(1 << bit)).isEqualTo("0x" + Integer.toHexString(1 << bit)));
    }
}
