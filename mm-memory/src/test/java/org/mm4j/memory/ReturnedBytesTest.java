package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.PhysicalMemory;

/** What went back to the host is told apart from what was never taken. */
@EnabledOnOs(OS.LINUX)
class ReturnedBytesTest {
    private static final int PAGE = 4096;
    private static final int PAGES = 2048;

    private static PhysicalMemory reserve(long bytes) {
        return MemfdMemory.reserve(NativeCalls.ofHost(), bytes);
    }

    @Test
    @DisplayName("a hole counts with those of its pages that were taken, until they are taken again")
    void countsWhatWasTaken() {
        try (PhysicalMemory memory = reserve(PAGES * PAGE)) {
            memory.directMap().asSlice(0, 100 * PAGE).fill((byte) 1);
            memory.punchHole(60 * PAGE, 200 * PAGE);
            assertThat(memory.bytesReturned()).isEqualTo(40 * PAGE);
            memory.directMap().set(JAVA_BYTE, 70 * PAGE, (byte) 1);
            assertThat(memory.bytesReturned()).isEqualTo(39 * PAGE);
            memory.directMap().set(JAVA_BYTE, 200 * PAGE, (byte) 1);
            assertThat(memory.bytesReturned()).as("it was never taken before").isEqualTo(39 * PAGE);
            memory.punchHole(0, PAGES * PAGE);
            assertThat(memory.bytesReturned()).isEqualTo(101 * PAGE);
        }
    }

    @Test
    @DisplayName("in 4 TiB too, whose untouched parts cost nothing")
    void terabytes() {
        try (PhysicalMemory memory = reserve(4L << 40)) {
            memory.directMap().set(JAVA_BYTE, (4L << 40) - 1, (byte) 1);
            memory.punchHole(0, 4L << 40);
            assertThat(memory.bytesReturned()).isEqualTo(PAGE);
        }
    }

    @Test
    void anArenaReturnsNothing() {
        try (PhysicalMemory memory = ArenaMemory.reserve(1 << 20)) {
            memory.punchHole(0, 1 << 20);
            assertThat(memory.bytesReturned()).isZero();
        }
    }

    @ParameterizedTest
    @DisplayName("as a page by page model says, after pages were written and given back at random")
    @ValueSource(longs = {1, 2, 3})
    void asTheModelSays(long seed) {
        Random random = new Random(seed);
        BitSet committed = new BitSet();
        BitSet returned = new BitSet();
        try (PhysicalMemory memory = reserve(PAGES * PAGE)) {
            for (int step = 0; step < 400; step++) {
                int start = random.nextInt(PAGES);
                int end = start + 1 + random.nextInt(Math.min(40, PAGES - start));
                if (random.nextInt(3) == 0) {
                    memory.punchHole((long) start * PAGE, (long) (end - start) * PAGE);
                    BitSet gone = committed.get(start, end);
                    gone.stream().forEach(page -> returned.set(start + page));
                    committed.clear(start, end);
                } else {
                    memory.directMap()
                            .asSlice((long) start * PAGE, (long) (end - start) * PAGE)
                            .fill((byte) 1);
                    committed.set(start, end);
                    returned.clear(start, end);
                }
                if (random.nextInt(5) == 0) { // looking changes nothing
                    assertThat(memory.bytesReturned())
                            .as("seed %d, step %d", seed, step)
                            .isEqualTo((long) returned.cardinality() * PAGE);
                }
            }
            assertThat(memory.bytesCommitted()).isEqualTo((long) committed.cardinality() * PAGE);
            assertThat(memory.bytesReturned()).isEqualTo((long) returned.cardinality() * PAGE);
        }
    }

    @ParameterizedTest
    @DisplayName("ranges are a set, and neither overlap nor touch")
    @ValueSource(longs = {4, 5})
    void rangesAreASet(long seed) {
        Random random = new Random(seed);
        ReturnedRanges ranges = new ReturnedRanges();
        BitSet model = new BitSet();
        for (int step = 0; step < 2000; step++) {
            int start = random.nextInt(200);
            int end = start + random.nextInt(30);
            if (random.nextBoolean()) {
                ranges.add(new OffsetRange(start, end));
                model.set(start, end);
            } else {
                ranges.remove(new OffsetRange(start, end));
                model.clear(start, end);
            }
            BitSet seen = new BitSet();
            long last = -1;
            for (OffsetRange range : ranges.list()) {
                assertThat(range.start())
                        .as("seed %d, step %d: %s", seed, step, ranges.list())
                        .isGreaterThan(last);
                seen.set((int) range.start(), (int) range.end());
                last = range.end();
            }
            assertThat(seen).as("seed %d, step %d", seed, step).isEqualTo(model);
            assertThat(ranges.bytes()).isEqualTo(model.cardinality());
        }
        assertThat(new ReturnedRanges().list()).isEqualTo(List.of());
    }
}
