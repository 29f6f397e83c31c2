package org.mm4j.lab.trace;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BadTraceTest {
    private static final String ALLOC = "mm_page_alloc: page=1 pfn=%s order=%s migratetype=%s gfp_flags=GFP_KERNEL";

    private static void assertBad(String text, String message) {
        assertThatThrownBy(() -> Recorded.ofText(text))
                .isInstanceOf(TraceFormatException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            zzz                  | 0  | 0  | pfn=zzz is no number
            0x                   | 0  | 0  | pfn=0x is no number
            0xg                  | 0  | 0  | pfn=0xg is no number
            -1                   | 0  | 0  | pfn=-1 is negative
            0x10000000000        | 0  | 0  | pfn=0x10000000000 is more than 1099511627775
            0x11111111111111111  | 0  | 0  | pfn=0x11111111111111111 has more than 64 bits
            18446744073709551616 | 0  | 0  | pfn=18446744073709551616 has more than 64 bits
            0x40                 | 99 | 0  | order=99 is more than 10
            0x40                 | -1 | 0  | order=-1 is negative
            0x41                 | 1  | 0  | order=1, but frame 0x41 begins no block of that order
            0x40                 | 0  | 6  | migratetype=6 is more than 5
            """)
    void aFieldThatCannotBeIsNamed(String pfn, String order, String migrateType, String message) {
        String good = Recorded.line("kfree: ptr=1");
        assertBad(good + Recorded.line(ALLOC.formatted(pfn, order, migrateType)), "sample, line 2: " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            mm_page_alloc: page=1 order=0 migratetype=0 gfp_flags=GFP_KERNEL | the field pfn= is missing
            mm_page_free: pfn=0x40                                          | the field order= is missing
            mm_page_free: pfn= order=0                                      | the field pfn= has no value
            mm_page_free:                                                   | the field pfn= is missing
            kfree: ptr=(____ptrval____)                                     | ptr=(____ptrval____) is no address
            kmalloc: ptr=1 bytes_req=-8 bytes_alloc=8 gfp_flags=GFP_KERNEL  | bytes_req=-8 is negative
            """)
    void aFieldThatIsMissingIsNamed(String event, String message) {
        assertBad(Recorded.line(event), "sample, line 1: " + message);
    }

    @Test
    void aLineThatIsCutOffSaysSo() {
        assertBad(
                Recorded.line("kfree: ptr=1")
                        + "          task-1    [000] .....   487.205280: mm_page_free: page=1 pfn=0x4",
                "sample, line 2: the field order= is missing (the trace is cut off here)");
    }

    @Test
    void otherTextIsNoTrace() {
        assertBad(
                "# comment\nDear kernel,\n",
                "sample, line 2: \"Dear kernel,\" is no line of a trace, which looks like "
                        + "\"task-1 [000] 487.205280: mm_page_free: pfn=0x15d611 order=0\"");
    }

    @Test
    void aCpuThatLinuxCannotHaveIsRefused() {
        assertBad(
                "task-1 [08192] 1.123456: kfree: ptr=1\n",
                "sample, line 1: there is no CPU 8192 in Linux, the last one is 8191");
    }

    @Test
    void binaryDataIsNoTrace() {
        assertBad("abc\0def\n", "sample, line 1: this is binary data, no text");
        assertBad("\0".repeat(200_000), "sample, line 1: this is binary data, no text");
    }

    @Test
    void aTraceWithoutKnownEventsIsRefused() {
        assertBad("", "sample: it is empty");
        assertBad("# nothing\n\n", "sample: it has no event of kmem, percpu or vmalloc in its 2 lines");
        assertBad(
                Recorded.line("sched_switch: prev_comm=a"),
                "sample: it has no event of kmem, percpu or vmalloc in its 1 lines");
    }

    @Test
    void anEndlessLineEndsEarly() {
        InputStream endless = new InputStream() {
            private long read;

            @Override
            public int read() {
                read++;
                if (read > 10_000_000) {
                    throw new AssertionError("the reader reads on and on");
                }
                return 'a';
            }
        };
        assertThatThrownBy(() -> Recorded.of(endless))
                .isInstanceOf(TraceFormatException.class)
                .hasMessage("sample, line 1: the line has more than 65536 bytes");
    }

    @Test
    void aLongValueIsShortenedInTheMessage() {
        assertBad(
                Recorded.line("kfree: ptr=" + "x".repeat(1000)),
                "sample, line 1: ptr=" + "x".repeat(60) + "... is no number");
    }
}
