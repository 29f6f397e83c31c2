package org.mm4j.vmalloc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.vmalloc.Machine.PAGE;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.mm4j.memory.BackEnd;

/** What /proc/self/maps shows of areas. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MappingLeakTest {
    private static long mappingsOf(Machine machine) throws IOException {
        long start = machine.reserve.address();
        long end = start + machine.reserve.bytes();
        try (InputStream maps = Files.newInputStream(Path.of("/proc/self/maps"))) {
            return new String(maps.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .map(line -> line.substring(0, line.indexOf('-')))
                    .mapToLong(first -> Long.parseUnsignedLong(first, 16))
                    .filter(first -> Long.compareUnsigned(first, start) >= 0 && Long.compareUnsigned(first, end) < 0)
                    .count();
        }
    }

    @Test
    void theHostHasNoMoreMappingsThanAreCountedAndNoneAtTheEnd() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Machine machine = new Machine(BackEnd.MEMFD, Machine.scattered())) {
            long[] kept = machine.fragment(4000);
            List<Long> areas = new ArrayList<>();
            for (int step = 0; step < 600; step++) {
                if (random.nextInt(5) < 3) {
                    areas.add(machine.vmalloc.vmalloc((1 + random.nextInt(8)) * PAGE));
                } else if (!areas.isEmpty()) {
                    machine.vmalloc.vfree(areas.remove(random.nextInt(areas.size())));
                }
                if (step % 50 == 0) {
                    assertThat(mappingsOf(machine))
                            .as("seed %d, step %d", seed, step)
                            .isLessThanOrEqualTo(1 + machine.vmalloc.mappings());
                }
            }
            assertThat(mappingsOf(machine)).as("they are scattered").isGreaterThan(areas.size() * 2L);
            areas.forEach(machine.vmalloc::vfree);
            assertThat(mappingsOf(machine)).isEqualTo(1);
            for (long pfn : kept) {
                machine.buddy.freePages(pfn, 0);
            }
            machine.assertAllFree();
        }
    }
}
