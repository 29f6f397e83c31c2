package org.mm4j.lab.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineHeadTest {
    private final LineHead head = new LineHead();

    private boolean find(String line) {
        byte[] bytes = line.getBytes(ISO_8859_1);
        return head.find(bytes, 0, bytes.length);
    }

    private String name(String line) {
        return line.substring(head.nameFrom(), head.nameTo());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "task",
                "a b",
                "a: b",
                "[000]",
                "-1 [0] 1.5: k:",
                "7 [1] 2.0: x: ",
                "1 [0] 1.123456:",
                "kmalloc: ptr=1",
                "kworker/u8:1",
                "<...>",
                "]]][[[",
                "ä-ö",
                "#1",
                " "
            })
    void anyTaskNameIsFine(String task) {
        String[] lines = {
            "%16s-77      [003] d..3.   487.205280: mm_page_free: page=1".formatted(task),
            "%16s-77      [003]   487.205280: mm_page_free: page=1".formatted(task),
            "%16s-77      (     77) [003] .....   487.205280: mm_page_free: page=1".formatted(task),
            "%16s-77      (-------) [003] .....   487.205280: mm_page_free: page=1".formatted(task),
            "%16s-77 [003]   487.205280: mm_page_free:         page=1".formatted(task),
            "%16s-77 [003]   487.205280000: mm_page_free:         page=1".formatted(task),
            "%16s    77 [003]   487.205280:      kmem:mm_page_free: page=1".formatted(task),
            "%16s    77/78 [003]   487.205280:      kmem:mm_page_free: page=1".formatted(task),
        };
        for (String line : lines) {
            assertThat(find(line)).as(line).isTrue();
            assertThat(head.cpu()).as(line).isEqualTo(3);
            assertThat(head.nanos()).as(line).isEqualTo(487_205_280_000L);
            assertThat(name(line)).as(line).isEqualTo("mm_page_free");
            assertThat(line.substring(head.fieldsFrom()).strip()).as(line).isEqualTo("page=1");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[",
                "task-1",
                "task-1 [",
                "task-1 [0",
                "task-1 [0]",
                "task-1 [0] .....",
                "task-1 [0] ..... 1",
                "task-1 [0] ..... 1.",
                "task-1 [0] ..... 1.5: k: x",
                "task-1 [x] ..... 1.123456: k: x",
                "task-1[0] ..... 1.123456: k: x",
                "task-x [0] ..... 1.123456: k: x",
                "task-1 [123456] ..... 1.123456: k: x",
                "task-1 [0] ..... more 1.123456: k: x",
                "task-1 [0] 99999999999.123456: k: x",
                "(1) [0] 1.123456: k: x",
                ") [0] 1.123456: k: x"
            })
    void whatIsNoHeadIsNotFound(String line) {
        assertThat(find(line)).isFalse();
    }

    @Test
    void aLineWithoutAnEventHasAnEmptyName() {
        String line = "task-1 [000] .....   487.205281: vfs_read <-ksys_read";

        assertThat(find(line)).isTrue();
        assertThat(name(line)).isEmpty();
    }
}
