package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.PhysicalMemory;

/** What every address reserve does, whatever its addresses are. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class AddressReserveContract {
    static final long PAGE = 4096;
    static final long FRAMES = 256;
    static final long BYTES = 1L << 30;

    PhysicalMemory memory;
    AddressReserve reserve;

    abstract PhysicalMemory memory();

    @BeforeEach
    void reserve() {
        memory = memory();
        reserve = HostMemory.reserveAddresses(memory, BYTES, Long.MAX_VALUE);
    }

    @AfterEach
    void close() {
        reserve.close();
        memory.close();
    }

    private byte read(VirtualRange range, long at) {
        long offset = at;
        for (MemorySegment segment : range.segments()) {
            if (offset < segment.byteSize()) {
                return segment.get(JAVA_BYTE, offset);
            }
            offset -= segment.byteSize();
        }
        throw new AssertionError("byte " + at + " is behind the end");
    }

    @Test
    void isWhereItSays() {
        assertThat(reserve.bytes()).isEqualTo(BYTES);
        assertThat(reserve.address() % (2L << 20)).isZero();
        VirtualRange range = reserve.range(5 * PAGE, 3 * PAGE);
        assertThat(range.address()).isEqualTo(reserve.address() + 5 * PAGE);
        assertThat(range.bytes()).isEqualTo(3 * PAGE);
        assertThat(range.isMapped()).isFalse();
    }

    @Test
    void framesAppearInTheGivenOrder() {
        long[] pfns = {7, 3, 4, 5, 200, 9};
        for (int page = 0; page < pfns.length; page++) {
            memory.directMap().set(JAVA_BYTE, pfns[page] * PAGE + 11, (byte) (page + 1));
        }
        VirtualRange range = reserve.range(PAGE, pfns.length * PAGE);
        range.map(pfns, pfns.length);
        for (int page = 0; page < pfns.length; page++) {
            assertThat(read(range, page * PAGE + 11)).isEqualTo((byte) (page + 1));
        }
        MemorySegment last = range.segments().getLast();
        last.set(JAVA_LONG, last.byteSize() - PAGE + 16, 42L);
        assertThat(memory.directMap().get(JAVA_LONG, 9 * PAGE + 16)).isEqualTo(42L);
        range.unmap();
    }

    @Test
    void oneFrameCanBeInTwoPlaces() {
        VirtualRange a = reserve.range(0, PAGE);
        VirtualRange b = reserve.range(PAGE, 2 * PAGE);
        a.map(new long[] {8}, 1);
        b.map(new long[] {8, 8}, 2);
        a.segments().getFirst().set(JAVA_BYTE, 0, (byte) 5);
        assertThat(read(b, 0)).isEqualTo((byte) 5);
        assertThat(read(b, PAGE)).isEqualTo((byte) 5);
        a.unmap();
        b.unmap();
    }

    @Test
    void aSegmentEndsWithItsMapping() {
        VirtualRange range = reserve.range(0, 4 * PAGE);
        range.map(new long[] {20, 21}, 2);
        MemorySegment segment = range.segments().getFirst();
        assertThat(segment.byteSize()).isEqualTo(2 * PAGE);
        assertThatThrownBy(() -> segment.get(JAVA_BYTE, 2 * PAGE)).isInstanceOf(IndexOutOfBoundsException.class);
        range.unmap();
        assertThatThrownBy(() -> segment.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(range::segments)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith("is not mapped");
        range.map(new long[] {22}, 1);
        assertThatThrownBy(() -> segment.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(range.segments()).isSameAs(range.segments());
        range.unmap();
        range.unmap();
    }

    /** Readers race with unmapping: each access either reads the frame or is refused. */
    @Test
    void readersSeeTheFrameOrTheEnd() throws Exception {
        memory.directMap().set(JAVA_LONG, 30 * PAGE, 77);
        for (int round = 0; round < 50; round++) {
            VirtualRange range = reserve.range(0, PAGE);
            range.map(new long[] {30}, 1);
            MemorySegment segment = range.segments().getFirst();
            AtomicBoolean sawOther = new AtomicBoolean();
            Thread reader = Thread.ofPlatform().start(() -> {
                try {
                    while (segment.get(JAVA_LONG, 0) == 77) {
                        Thread.onSpinWait();
                    }
                    sawOther.set(true);
                } catch (IllegalStateException end) {
                    // as it should be
                }
            });
            range.unmap();
            reader.join();
            assertThat(sawOther).isFalse();
        }
    }

    @Test
    void aSegmentThatANativeCallUsesKeepsTheMapping() throws Throwable {
        VirtualRange range = reserve.range(0, PAGE);
        range.map(new long[] {40}, 1);
        List<Throwable> refusals = new ArrayList<>();
        Qsort.sortTwoBytes(range.segments().getFirst(), () -> {
            try {
                range.unmap();
            } catch (IllegalStateException e) {
                refusals.add(e);
            }
        });
        assertThat(refusals)
                .isNotEmpty()
                .allSatisfy(e -> assertThat(e)
                        .hasMessage(
                                range + " cannot be unmapped while a native call or a channel uses a segment of it"));
        assertThat(range.isMapped()).isTrue();
        range.segments().getFirst().set(JAVA_BYTE, 3, (byte) 9);
        assertThat(memory.directMap().get(JAVA_BYTE, 40 * PAGE + 3)).isEqualTo((byte) 9);
        range.unmap();
        assertThat(range.isMapped()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"-4096, 4096", "0, 0", "0, -4096", "1073741824, 4096", "1073737728, 8192", "4096, 9223372036854771712"})
    void rangesOutsideAreRefused(long offset, long bytes) {
        assertThatThrownBy(() -> reserve.range(offset, bytes))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("the range of " + bytes + " bytes from offset " + offset
                        + " is not within the reserve of 1073741824 bytes");
    }

    @ParameterizedTest
    @CsvSource({"1, 4096", "4096, 100"})
    void brokenPagesAreRefused(long offset, long bytes) {
        assertThatThrownBy(() -> reserve.range(offset, bytes)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void framesThatAreNotThereAreRefused() {
        VirtualRange range = reserve.range(0, 2 * PAGE);
        for (long pfn : new long[] {-1, FRAMES, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> range.map(new long[] {3, pfn}, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("pfn " + pfn + " is refused: the memory has frames 0 to 255");
        }
        assertThatThrownBy(() -> range.map(new long[3], 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> range.map(new long[1], 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> range.map(new long[1], 0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(range.isMapped()).isFalse();
        assertThat(reserve.mappings()).isZero();
    }

    @Test
    void aMappedRangeIsNotMappedAgain() {
        VirtualRange range = reserve.range(0, 2 * PAGE);
        range.map(new long[] {3}, 1);
        assertThatThrownBy(() -> range.map(new long[] {4}, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith("is mapped already");
        range.unmap();
    }

    @Test
    void theEndsComeInOrder() {
        VirtualRange range = reserve.range(0, PAGE);
        range.map(new long[] {3}, 1);
        assertThatThrownBy(reserve::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the address reserve cannot close while 1 ranges are mapped");
        assertThatThrownBy(memory::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the memory cannot close while 1 address reserves of it are open");
        range.unmap();
        reserve.close();
        reserve.close();
        assertThatThrownBy(() -> range.map(new long[] {3}, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the address reserve is closed");
        memory.close();
    }

    @Test
    void sizesAreWholePages() {
        for (long bytes : new long[] {0, -4096, 1, 4097}) {
            assertThatThrownBy(() -> HostMemory.reserveAddresses(memory, bytes, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the size of an address reserve is a positive multiple of 4096 bytes, not " + bytes);
        }
        for (long bytes : List.of(Long.MAX_VALUE - 4095, 1L << 60)) {
            assertThatThrownBy(() -> HostMemory.reserveAddresses(memory, bytes, 1))
                    .isInstanceOf(HostMemoryException.class);
        }
    }
}
