package org.mm4j.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.mm4j.api.Gfp;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.SlabFlags;

/** What a program did with a kernel is recorded by the flight recorder, and replayed from that. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class FlightRecordingTest {
    private static final int STEPS = 3_000;
    private static final List<String> EVENTS = List.of(
            "kmalloc", "kfree", "kmem_cache_alloc", "kmem_cache_free", "percpu_alloc_percpu", "percpu_free_percpu");

    @TempDir
    Path folder;

    /** Takes and gives back at random, from the same caches as other threads; and nothing is left. */
    private static void work(Kernel kernel, KmemCache cache, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Runnable> frees = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            if (!frees.isEmpty() && random.nextInt(5) < 2) {
                frees.remove(random.nextInt(frees.size())).run();
            } else if (random.nextInt(100) == 0) {
                long area = kernel.percpu().allocPercpu(random.nextInt(4, 400), 8, Gfp.GFP_KERNEL);
                frees.add(() -> kernel.percpu().freePercpu(area));
            } else if (random.nextBoolean()) {
                long object = cache.alloc(Gfp.GFP_KERNEL);
                frees.add(() -> cache.free(object));
            } else {
                long object = kernel.kmalloc().kmalloc(random.nextInt(1, 20_000), Gfp.GFP_KERNEL);
                frees.add(() -> kernel.kmalloc().kfree(object));
            }
        }
        frees.forEach(Runnable::run);
    }

    private Path record(List<String> names) throws Exception {
        Path file = folder.resolve("mm4j.jfr");
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(256 << 20).withEvents(true));
                Recording recording = new Recording()) {
            KmemCache cache =
                    Objects.requireNonNull(kernel.slab().kmemCacheCreate("inode", 600, 0, SlabFlags.SLAB_NO_MERGE));
            names.forEach(name -> recording.enable("org.mm4j." + name).withoutStackTrace());
            recording.start();
            List<Thread> threads = new ArrayList<>();
            for (int thread = 0; thread < 2; thread++) {
                long seed = thread;
                threads.add(Thread.ofPlatform().start(() -> work(kernel, cache, seed)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            recording.stop();
            recording.dump(file);
        }
        return file;
    }

    @Test
    void aRecordingIsReplayedWithNothingLeftOver() throws Exception {
        Path file = record(EVENTS);
        CommandRun run =
                CommandRun.of(InputStream.nullInputStream(), "replay", file.toString(), "--json", "--threads", "2");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonObject json = run.json();
        assertThat(json.get("events").getAsLong()).isGreaterThan(2 * STEPS);
        assertThat(json.get("applied").getAsLong()).isEqualTo(json.get("events").getAsLong());
        assertThat(json.get("unmatchedFrees").getAsLong()).isZero();
        assertThat(json.get("lostFrees").getAsLong()).isZero();
        assertThat(json.get("livePagesAtEnd").getAsLong()).isZero();
        for (String what : List.of("sizeClass", "cacheSize")) {
            JsonObject compared = json.getAsJsonObject(what);
            assertThat(compared.get("checked").getAsLong()).as(what).isPositive();
            assertThat(compared.get("equal")).as(what).isEqualTo(compared.get("checked"));
        }
        assertThat(json.get("leakedAfterTeardown").getAsLong()).isZero();
        try (InputStream in = Files.newInputStream(file)) {
            CommandRun piped = CommandRun.of(in, "replay", "-", "--json");
            assertThat(piped.json().get("applied")).isEqualTo(json.get("applied"));
        }
    }

    /** All that a kernel can tell, which is more than a replay needs: the rest is counted by name. */
    @Test
    void aRecordingOfEveryEventIsReplayed() throws Exception {
        Kernel.boot(KernelConfig.ofBytes(64 << 20).withEvents(true)).close();
        List<String> all = FlightRecorder.getFlightRecorder().getEventTypes().stream()
                .map(type -> type.getName())
                .filter(name -> name.startsWith("org.mm4j."))
                .map(name -> name.substring("org.mm4j.".length()))
                .toList();
        assertThat(all).as("a kernel with events was there before").hasSizeGreaterThan(40);
        CommandRun run = CommandRun.of(
                InputStream.nullInputStream(), "replay", record(all).toString(), "--json", "--threads", "2");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonObject json = run.json();
        assertThat(json.get("lostFrees").getAsLong()).isZero();
        assertThat(json.get("unmatchedFrees").getAsLong()).isZero();
        assertThat(json.get("leakedAfterTeardown").getAsLong()).isZero();
        assertThat(json.get("livePagesAtEnd").getAsLong()).isZero();
        assertThat(json.get("skipped").toString()).contains("mm_page_pcpu_refill");
    }

    @Test
    void aBrokenRecordingIsRefused() throws Exception {
        Path file = Files.write(folder.resolve("bad.jfr"), new byte[] {'F', 'L', 'R', 0, 1, 2, 3});
        CommandRun run = CommandRun.of(InputStream.nullInputStream(), "replay", file.toString());

        assertThat(run.exitCode()).isEqualTo(Mm.BAD_USAGE);
        assertThat(run.err()).contains("this recording cannot be read");
    }
}
