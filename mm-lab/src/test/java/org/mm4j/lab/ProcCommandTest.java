package org.mm4j.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class ProcCommandTest {
    private static final String[] FILES = {
        "buddyinfo",
        "meminfo",
        "pagetypeinfo",
        "slabinfo",
        "vmallocinfo",
        "vmstat",
        "zoneinfo",
        "sys/vm/min_free_kbytes",
        "sys/kernel/slab/kmalloc-64/objects",
        "sys/kernel/debug/percpu_stats"
    };

    @TempDir
    Path folder;

    private static List<String> names(Path directory) throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private CommandRun proc(Path mount, String... more) throws Exception {
        Stream<String> all =
                Stream.concat(Stream.of("proc", "--mount", mount.toString(), "--every", "5ms", "-"), Stream.of(more));
        return CommandRun.of(ShippedTracePart.ofLines(4000), all.toArray(String[]::new));
    }

    @Test
    void theFilesAreWholeWhileTheyAreThereAndThenGone() throws Exception {
        Path mount = folder.resolve("proc");
        AtomicBoolean isDone = new AtomicBoolean();
        long[] reads = new long[FILES.length];
        Thread reader = Thread.ofPlatform().start(() -> {
            while (!isDone.get()) {
                for (int i = 0; i < FILES.length; i++) {
                    reads[i] += read(mount.resolve(FILES[i]), FILES[i]);
                }
            }
        });

        CommandRun run = proc(mount, "--for", "1500ms");
        isDone.set(true);
        reader.join();

        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .matches(".*proc was written (once|\\d+ times) while the trace was replayed (once|[1-9]\\d* times)\n");
        assertThat(Arrays.stream(reads).min().orElseThrow())
                .as("reads of each file; -1 and less: some text was not whole")
                .isPositive();
        assertThat(mount).doesNotExist();
    }

    /** 1 when there is a text, 0 when the file is not there; much less when it is no whole text. */
    private static long read(Path file, String name) {
        try {
            String text = Files.readString(file);
            return text.endsWith("\n") || (text.isEmpty() && name.equals("vmallocinfo")) ? 1 : Integer.MIN_VALUE;
        } catch (IOException e) {
            return 0; // not there yet, or not any more
        }
    }

    @Test
    void aDirectoryOfOthersIsRefusedAndKept() throws Exception {
        Files.writeString(folder.resolve("thesis.txt"), "x");
        CommandRun run = proc(folder, "--for", "1ms");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo("mm: " + folder
                        + " has files of somebody else: thesis.txt; name an empty directory or a new one\n");
        assertThat(names(folder)).containsExactly("thesis.txt");
        assertThat(proc(folder.resolve("thesis.txt")).err()).endsWith("thesis.txt is a file, no directory\n");
        assertThat(proc(folder.resolve("a/b")).err()).contains("there is no directory ");
    }

    @Test
    void whatIsEmptyStaysAndIsEmptyAgain() throws Exception {
        assertThat(proc(folder, "--for", "1ms").exitCode()).isZero();
        assertThat(names(folder)).isEmpty();
    }

    @Test
    void allFilesOfProcAreThereUnderTheirNames() throws Exception {
        ProcFolder files = ProcFolder.open(folder.toString());
        files.write(Map.of("sys/vm/min_free_kbytes", "1\n", "vmstat", "2\n"));
        files.write(Map.of("sys/vm/min_free_kbytes", "3\n", "vmstat", "4\n"));

        assertThat(names(folder)).containsExactly(".mm4j-proc", "sys", "vmstat");
        assertThat(folder.resolve("sys/vm/min_free_kbytes")).hasContent("3");
        files.write(Map.of("vmstat", "4\n"));
        assertThat(names(folder)).as("what is there no more").containsExactly(".mm4j-proc", "vmstat");
        files.write(Map.of("sys/vm/min_free_kbytes", "3\n", "vmstat", "4\n"));
        assertThat(folder.resolve("sys/vm/min_free_kbytes")).hasContent("3");
        assertThatThrownBy(() -> ProcFolder.open(folder.toString()))
                .hasMessage(folder + " is in use by the process "
                        + ProcessHandle.current().pid());
        Files.writeString(folder.resolve("sys/foreign"), "x");
        files.close();
        files.write(Map.of("vmstat", "5\n"));

        assertThat(names(folder)).containsExactly("sys");
        assertThat(names(folder.resolve("sys"))).containsExactly("foreign");
    }

    @Test
    void whatAKilledProcessLeftIsTakenOver() throws Exception {
        ProcFolder.open(folder.toString()).write(Map.of("sys/vm/a", "1\n", "vmstat", "2\n"));
        Path mark = folder.resolve(".mm4j-proc");
        Files.writeString(folder.resolve(".vmstat.new"), "half");
        Files.writeString(mark, Files.readString(mark).replaceFirst("\\d+", "999999999"));

        Path outside = Files.createTempFile(folder.getParent(), "keep", "");
        Files.writeString(mark, "../" + outside.getFileName() + "\n" + outside + "\n", StandardOpenOption.APPEND);

        ProcFolder next = ProcFolder.open(folder.toString());
        assertThat(names(folder)).containsExactly(".mm4j-proc");
        assertThat(outside).as("a mark that names what is elsewhere").exists();
        Files.delete(outside);
        next.close();
        assertThat(names(folder)).isEmpty();
    }

    @Test
    void spansOfTimeAreReadAsTheyAreWritten() throws Exception {
        TimeSpan span = new TimeSpan();

        assertThat(span.convert("500ms")).hasMillis(500);
        assertThat(span.convert("2")).hasSeconds(2);
        assertThat(span.convert("3 S")).hasSeconds(3);
        assertThat(span.convert("1m")).hasMinutes(1);
        assertThat(span.convert("2h")).hasHours(2);
        for (String wrong : new String[] {"", "0s", "-1s", "1d", "s", "99999999999s"}) {
            assertThatThrownBy(() -> span.convert(wrong)).hasMessageContaining("is no span of time");
        }
    }
}
