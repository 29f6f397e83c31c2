package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.mm4j.api.PhysicalMemory;

@EnabledOnOs(OS.LINUX)
class HostReserveTest extends AddressReserveContract {
    @Override
    PhysicalMemory memory() {
        return MemfdMemory.reserve(NativeCalls.ofHost(), FRAMES * PAGE);
    }

    private long mappingsOfTheHost() {
        return ProcSelf.mappingsWithin(reserve.address(), reserve.address() + BYTES);
    }

    @Test
    void adjacentFramesAreOneMapping() {
        long[] pfns = new long[64];
        for (int at = 0; at < pfns.length; at++) {
            pfns[at] = 100 + at;
        }
        VirtualRange range = reserve.range(PAGE, 64 * PAGE);
        range.map(pfns, 64);
        assertThat(range.mappings()).isEqualTo(2);
        assertThat(mappingsOfTheHost()).isEqualTo(3);
        range.unmap();
        assertThat(mappingsOfTheHost()).isEqualTo(1);
        assertThat(reserve.mappings()).isZero();
    }

    /** What is counted is never less than what /proc/self/maps shows, and nothing is left at the end. */
    @Test
    void theHostNeverHasMoreThanIsCounted() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<VirtualRange> mapped = new ArrayList<>();
        List<Long> places = new ArrayList<>();
        for (long place = 0; place < 200; place++) {
            places.add(place * 8 * PAGE); // touching each other
        }
        for (int step = 0; step < 600; step++) {
            if (random.nextInt(3) > 0 && !places.isEmpty()) {
                long place = places.remove(random.nextInt(places.size()));
                VirtualRange range = reserve.range(place, 8 * PAGE);
                long[] pfns = random.longs(8, 1, FRAMES).toArray();
                range.map(pfns, 1 + random.nextInt(8));
                mapped.add(range);
            } else if (!mapped.isEmpty()) {
                VirtualRange range = mapped.remove(random.nextInt(mapped.size()));
                range.unmap();
                places.add(range.address() - reserve.address());
            }
            if (step % 20 == 0) {
                assertThat(mappingsOfTheHost())
                        .as("seed %d, step %d", seed, step)
                        .isLessThanOrEqualTo(1 + reserve.mappings());
            }
            assertThat(reserve.mappings())
                    .isEqualTo(mapped.stream().mapToLong(VirtualRange::mappings).sum());
        }
        mapped.forEach(VirtualRange::unmap);
        assertThat(mappingsOfTheHost()).isEqualTo(1);
        assertThat(reserve.mappings()).isZero();
    }

    @Test
    void theWorstPatternCostsExactlyWhatIsCounted() {
        List<VirtualRange> ranges = new ArrayList<>();
        for (int place = 0; place < 50; place++) {
            VirtualRange range = reserve.range((1 + place * 10L) * PAGE, 5 * PAGE);
            range.map(new long[] {9, 7, 5, 3, 1}, 5);
            ranges.add(range);
        }
        assertThat(reserve.mappings()).isEqualTo(50 * 6);
        assertThat(mappingsOfTheHost()).isEqualTo(1 + 50 * 6);
        ranges.forEach(VirtualRange::unmap);
        assertThat(mappingsOfTheHost()).isEqualTo(1);
    }

    @Test
    void theCapIsAClearRefusalWithNothingHalfMapped() {
        long before = ProcSelf.mappingsWithin(0, Long.MAX_VALUE);
        try (AddressReserve small = HostMemory.reserveAddresses(memory, BYTES, 7)) {
            assertThat(small.mappingsMax()).isEqualTo(7);
            VirtualRange first = small.range(0, 4 * PAGE);
            first.map(new long[] {1, 3, 5}, 3);
            VirtualRange second = small.range(8 * PAGE, 4 * PAGE);
            assertThatThrownBy(() -> second.map(new long[] {1, 3, 5}, 3))
                    .isInstanceOf(HostMemoryException.class)
                    .hasMessageStartingWith(
                            "mapping 3 pages costs up to 4 mappings of the host, and 4 of 7 are in use; ")
                    .hasMessageEndingWith(", see vm.max_map_count");
            assertThat(second.isMapped()).isFalse();
            assertThat(small.mappings()).isEqualTo(4);
            second.map(new long[] {1, 2}, 2);
            first.unmap();
            second.unmap();
        }
        assertThat(ProcSelf.mappingsWithin(0, Long.MAX_VALUE)).isLessThanOrEqualTo(before + 2); // the JVM's own
    }

    @Test
    void reservesTerabytesAndGivesThemBack() {
        try (AddressReserve big = HostMemory.reserveAddresses(memory, 32L << 40, Long.MAX_VALUE)) {
            VirtualRange end = big.range((32L << 40) - PAGE, PAGE);
            end.map(new long[] {12}, 1);
            end.segments().getFirst().set(JAVA_BYTE, 0, (byte) 3);
            assertThat(memory.directMap().get(JAVA_BYTE, 12 * PAGE)).isEqualTo((byte) 3);
            end.unmap();
        }
        assertThat(ProcSelf.memfdMappings()).isEqualTo(1);
    }

    @Test
    void aHundredReservesLeaveNothing() {
        long before = ProcSelf.mappingsWithin(0, Long.MAX_VALUE);
        for (int round = 0; round < 100; round++) {
            try (AddressReserve other = HostMemory.reserveAddresses(memory, BYTES, 1000)) {
                VirtualRange range = other.range(PAGE, 8 * PAGE);
                range.map(new long[] {4, 2, 6}, 3);
                range.unmap();
            }
        }
        assertThat(ProcSelf.mappingsWithin(0, Long.MAX_VALUE)).isLessThan(before + 20);
        assertThat(ProcSelf.memfdMappings()).isEqualTo(1);
    }

    // A host that refuses.

    /** Which of the calls of mmap fail. */
    private static final class Faults {
        int calls;
        int from = Integer.MAX_VALUE;
        int to = Integer.MAX_VALUE;

        boolean next() {
            int call = calls++;
            return call >= from && call < to;
        }

        void fail(int next, int times) {
            calls = 0;
            from = next;
            to = next + times;
        }
    }

    @Test
    void aCallThatFailsInTheMiddleLeavesNothing() {
        Faults faults = new Faults();
        try (FaultyLibrary library = new FaultyLibrary()) {
            library.failingWhen(faults::next, FaultyLibrary.Function.mmap, Errno.ENOMEM);
            try (PhysicalMemory faulty = MemfdMemory.reserve(NativeCalls.of("Linux", library), FRAMES * PAGE);
                    AddressReserve addresses = HostMemory.reserveAddresses(faulty, BYTES, 1000)) {
                for (int at = 0; at < 4; at++) {
                    VirtualRange range = addresses.range(PAGE, 8 * PAGE);
                    faults.fail(at, 1);
                    assertThatThrownBy(() -> range.map(new long[] {9, 7, 5, 3}, 4))
                            .isInstanceOf(HostMemoryException.class)
                            .hasMessage(
                                    "mmap of 4096 bytes at offset " + (9 - 2 * at) * PAGE + " failed with ENOMEM (12)");
                    assertThat(range.isMapped()).isFalse();
                    assertThat(addresses.mappings()).isZero();
                    assertThat(ProcSelf.mappingsWithin(addresses.address(), addresses.address() + BYTES))
                            .isEqualTo(1);
                    range.map(new long[] {9, 7, 5, 3}, 4);
                    range.unmap();
                }
            }
        }
    }

    @Test
    void whatCannotBeUndoneStaysMappedAndCounted() {
        Faults faults = new Faults();
        try (FaultyLibrary library = new FaultyLibrary()) {
            library.failingWhen(faults::next, FaultyLibrary.Function.mmap, Errno.ENOMEM);
            try (PhysicalMemory faulty = MemfdMemory.reserve(NativeCalls.of("Linux", library), FRAMES * PAGE);
                    AddressReserve addresses = HostMemory.reserveAddresses(faulty, BYTES, 1000)) {
                VirtualRange range = addresses.range(PAGE, 8 * PAGE);
                faults.fail(2, 3); // the third frame, the undoing, and the next unmap
                assertThatThrownBy(() -> range.map(new long[] {9, 7, 5, 3}, 4))
                        .isInstanceOf(HostMemoryException.class)
                        .satisfies(e -> assertThat(e.getSuppressed())
                                .singleElement(InstanceOfAssertFactories.THROWABLE)
                                .isInstanceOf(HostMemoryException.class));
                assertThat(range.isMapped()).isTrue();
                assertThat(addresses.mappings()).isEqualTo(5);
                assertThatThrownBy(range::unmap).isInstanceOf(HostMemoryException.class);
                assertThat(range.isMapped()).isTrue();
                range.unmap();
                assertThat(range.isMapped()).isFalse();
                assertThat(addresses.mappings()).isZero();
            }
        }
    }
}
