package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.PhysicalMemory;

/** What every physical memory keeps, whatever it is made of. */
abstract class PhysicalMemoryContract implements ClosingContract {
    PhysicalMemory memory;

    @BeforeEach
    void reserve() {
        memory = reserve(BYTES);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void hasTheSizeAskedFor() {
        assertThat(memory.bytes()).isEqualTo(BYTES);
        assertThat(memory.directMap().byteSize()).isEqualTo(BYTES);
        assertThat(memory.directMapAddress()).isEqualTo(memory.directMap().address());
        assertThat(memory.directMapAddress() % PAGE).isZero();
        assertThat(memory.directMapAddress()).isPositive();
    }

    @Test
    void isZeroAtFirst() {
        assertThat(firstNonZero(0, BYTES)).isEqualTo(-1);
    }

    @Test
    void keepsWhatIsWrittenToTheLastByte() {
        memory.directMap().set(JAVA_LONG, 0, 42);
        memory.directMap().set(JAVA_BYTE, BYTES - 1, (byte) 7);
        assertThat(memory.directMap().get(JAVA_LONG, 0)).isEqualTo(42);
        assertThat(memory.directMap().get(JAVA_BYTE, BYTES - 1)).isEqualTo((byte) 7);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "4095, 2", "4096, 4096", "3, 5000001", "0, 8388608", "8388607, 1", "4096, 0", "8388608, 0"})
    void zeroesTheRangeAndNothingElse(long offset, long bytes) {
        memory.directMap().fill((byte) 0x5A);
        memory.zero(offset, bytes);
        assertThat(firstNonZero(offset, bytes)).isEqualTo(-1);
        assertThat(firstOtherThan((byte) 0x5A, 0, offset)).isEqualTo(-1);
        assertThat(firstOtherThan((byte) 0x5A, offset + bytes, BYTES - offset - bytes))
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({"0, 4096", "4096, 8192", "0, 8388608", "8384512, 4096", "4096, 0", "8388608, 0"})
    void aHoleReadsZeroAndNothingElseDoes(long offset, long bytes) {
        memory.directMap().fill((byte) 0x5A);
        memory.punchHole(offset, bytes);
        assertThat(firstNonZero(offset, bytes)).isEqualTo(-1);
        assertThat(firstOtherThan((byte) 0x5A, 0, offset)).isEqualTo(-1);
        assertThat(firstOtherThan((byte) 0x5A, offset + bytes, BYTES - offset - bytes))
                .isEqualTo(-1);
        memory.directMap().asSlice(offset, bytes).fill((byte) 1);
        assertThat(firstOtherThan((byte) 1, offset, bytes)).isEqualTo(-1);
    }

    @Test
    void adviceChangesNoByte() {
        memory.directMap().fill((byte) 0x5A);
        memory.adviseHugePages(0, BYTES);
        memory.adviseHugePages(PAGE, 0);
        assertThat(firstOtherThan((byte) 0x5A, 0, BYTES)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({
        "-4096, 4096",
        "0, -4096",
        "0, 8392704",
        "8388608, 4096",
        "8392704, 0",
        "4096, 9223372036854771712",
        "9223372036854771712, 4096",
        "9223372036854771712, 9223372036854771712",
        "-9223372036854775808, -9223372036854775808"
    })
    void refusesRangesOutsideTheMemory(long offset, long bytes) {
        String sentence =
                "the range of " + bytes + " bytes from offset " + offset + " is not within the memory of 8388608 bytes";
        assertThatThrownBy(() -> memory.zero(offset, bytes))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage(sentence);
        assertThatThrownBy(() -> memory.punchHole(offset, bytes))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage(sentence);
        assertThatThrownBy(() -> memory.adviseHugePages(offset, bytes))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage(sentence);
    }

    @ParameterizedTest
    @CsvSource({"1, 4096", "0, 4095", "2048, 2048", "0, 1"})
    void refusesPartsOfPages(long offset, long bytes) {
        memory.directMap().fill((byte) 0x5A);
        String sentence =
                "the range of " + bytes + " bytes from offset " + offset + " is not made of whole pages of 4096 bytes";
        assertThatThrownBy(() -> memory.punchHole(offset, bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
        assertThatThrownBy(() -> memory.adviseHugePages(offset, bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
        assertThat(firstOtherThan((byte) 0x5A, 0, BYTES)).isEqualTo(-1);
    }

    final long firstNonZero(long offset, long bytes) {
        return firstOtherThan((byte) 0, offset, bytes);
    }

    /** Where the first byte with another value lies, counted from {@code offset}; −1: nowhere. */
    final long firstOtherThan(byte value, long offset, long bytes) {
        return Contents.firstOtherThan(memory.directMap(), value, offset, bytes);
    }
}
