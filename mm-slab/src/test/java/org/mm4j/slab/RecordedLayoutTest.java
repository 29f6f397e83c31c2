package org.mm4j.slab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every geometry that a real Linux 6.18 showed in sysfs. */
class RecordedLayoutTest {
    private static final int LINES = 72;

    static List<String> lines() throws IOException {
        try (InputStream in = RecordedLayoutTest.class.getResourceAsStream("sysfs-slab.txt")) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        }
    }

    @Test
    void allLinesAreRead() throws IOException {
        assertThat(lines()).hasSize(LINES).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("lines")
    void theLayoutIsThatOfLinux(String line) {
        String[] words = line.split(" ");
        String letters = words[2];
        int flags = (letters.contains("H") ? SlabFlags.SLAB_HWCACHE_ALIGN : 0)
                | (letters.contains("R") ? SlabFlags.SLAB_TYPESAFE_BY_RCU : 0);

        SlabLayout layout = SlabLayout.of(Machine.request(Integer.parseInt(words[0]), flags)
                .withAlign(Integer.parseInt(words[1]))
                .withCtor(letters.contains("C"))
                .withFreePointerOffset(letters.contains("P") ? 0 : SlabRequest.COMPUTED));

        assertThat(List.of(
                        layout.objectSize(),
                        layout.align(),
                        layout.size(),
                        layout.order(),
                        layout.objectsPerSlab(),
                        layout.cpuPartialObjects(),
                        layout.minPartial()))
                .as("object_size, align, slab_size, order, objs_per_slab, cpu_partial, min_partial")
                .isEqualTo(List.of(
                        Integer.valueOf(words[0]),
                        Integer.valueOf(words[1]),
                        Integer.valueOf(words[3]),
                        Integer.valueOf(words[4]),
                        Integer.valueOf(words[5]),
                        Integer.valueOf(words[6]),
                        Integer.valueOf(words[7])));
    }
}
