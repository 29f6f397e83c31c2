package org.mm4j.kernel.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mm4j.kernel.Kernel;

/** Everything by which events are switched on, also while a kernel is at work. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventSwitchesTest {
    @TempDir
    private Path folder;

    private static void work(Kernel kernel) {
        kernel.kmalloc().kfree(kernel.kmalloc().kmalloc(100, GFP_KERNEL));
        kernel.pages().freePages(kernel.pages().allocPages(GFP_KERNEL, 5), 5);
        kernel.percpu().freePercpu(kernel.percpu().allocPercpu(64, 8, GFP_KERNEL));
        kernel.vmalloc().vfree(kernel.vmalloc().vmalloc(10_000));
    }

    @Test
    void aStreamSeesEveryEvent() throws Exception {
        AtomicInteger seen = new AtomicInteger();
        try (Kernel kernel = Kernel.boot(EventRecording.CONFIG);
                RecordingStream stream = new RecordingStream()) {
            stream.enable("org.mm4j.kfree");
            stream.onEvent("org.mm4j.kfree", _ -> seen.incrementAndGet());
            stream.startAsync();
            for (int i = 0; i < 1000; i++) {
                work(kernel);
            }
            stream.stop();
        }
        assertThat(seen).hasValue(1000);
    }

    @Test
    void aFileOfSettingsNamesThem() throws Exception {
        Path settings = Files.writeString(folder.resolve("mm4j.jfc"), """
                <?xml version="1.0" encoding="UTF-8"?>
                <configuration version="2.0">
                  <event name="org.mm4j.kfree"><setting name="enabled">true</setting></event>
                </configuration>
                """);
        Path file = folder.resolve("settings.jfr");
        try (Kernel kernel = Kernel.boot(EventRecording.CONFIG);
                Recording recording = new Recording(Configuration.create(settings))) {
            recording.start();
            work(kernel);
            recording.dump(file);
        }
        assertThat(EventRecording.read(file)).extracting(EventRecording::name).containsExactly("kfree");
    }

    @Test
    void anotherProcessSwitchesThemOnAndPrintsThem() throws Exception {
        Path bin = Path.of(System.getProperty("java.home"), "bin");
        assumeTrue(Files.isExecutable(bin.resolve("jcmd")) && Files.isExecutable(bin.resolve("jfr")));
        String jcmd = bin.resolve("jcmd").toString();
        String pid = Long.toString(ProcessHandle.current().pid());
        Path file = folder.resolve("jcmd.jfr");
        try (Kernel kernel = Kernel.boot(EventRecording.CONFIG)) {
            run(jcmd, pid, "JFR.start", "name=mm4j", "settings=none", "+org.mm4j.kmalloc#enabled=true");
            work(kernel);
            run(jcmd, pid, "JFR.stop", "name=mm4j", "filename=" + file);
        }
        assertThat(EventRecording.read(file)).extracting(EventRecording::name).containsExactly("kmalloc");
        String jfr = bin.resolve("jfr").toString();
        assertThat(run(jfr, "print", "--events", "org.mm4j.*", file.toString()))
                .contains("org.mm4j.kmalloc {", "ptr = 0x", "bytes_req = 100", "gfp_flags = \"GFP_KERNEL\"");
        assertThat(run(jfr, "metadata", "--events", "org.mm4j.kmalloc", file.toString()))
                .contains("@Category({\"mm4j\", \"kmem\"})", "@Label(\"Kmalloc\")", "long bytes_req");
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void recordingsStartAndStopWhileFourThreadsWork() throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        int recordedEvents = 0;
        try (Kernel kernel = Kernel.boot(EventRecording.CONFIG)) {
            long pagesBefore = pagesFree(kernel);
            List<Thread> threads = Stream.generate(() -> Thread.ofPlatform().start(() -> {
                        while (!isOver.get()) {
                            work(kernel);
                        }
                    }))
                    .limit(4)
                    .toList();
            for (int each = 0; each < 12; each++) {
                recordedEvents += recordFor(20).size();
            }
            isOver.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            kernel.vmalloc().vmUnmapAliases();
            kernel.drainAllPages();
            assertThat(kernel.validate()).isEmpty();
            assertThat(pagesFree(kernel)).as("before: %d", pagesBefore).isGreaterThan(pagesBefore - 1000);
        }
        assertThat(recordedEvents).isPositive();
    }

    private static long pagesFree(Kernel kernel) {
        return kernel.buddy().balance(0).pagesFree();
    }

    private List<RecordedEvent> recordFor(long millis) throws Exception {
        Path file = folder.resolve("some.jfr");
        try (Recording recording = EventRecording.enabled(
                "kmalloc",
                "kfree",
                "mm_page_alloc",
                "mm_page_free",
                "mm_page_alloc_zone_locked",
                "mm_page_pcpu_refill",
                "mm_page_pcpu_drain",
                "percpu_alloc_percpu",
                "percpu_free_percpu",
                "alloc_vmap_area",
                "free_vmap_area_noflush",
                "purge_vmap_area_lazy")) {
            recording.start();
            Thread.sleep(millis);
            recording.stop();
            recording.dump(file);
        }
        return EventRecording.read(file);
    }
}
