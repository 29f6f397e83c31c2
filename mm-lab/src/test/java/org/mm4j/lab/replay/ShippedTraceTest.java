package org.mm4j.lab.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shipped recording, against a second reader that is as plain as it can be. */
class ShippedTraceTest {
    private static final Pattern EVENT = Pattern.compile(".*\\[\\d+] \\S+ +[\\d.]+: (\\w+):.*");
    private static final Pattern PAGE = Pattern.compile(".* pfn=0x([0-9a-f]+) order=(\\d+).*");

    private final Set<String> areas = new HashSet<>();
    private final Map<Long, Integer> orders = new HashMap<>();
    private final Map<String, Long> names = new HashMap<>();
    private long applied;
    private long unmatched;
    private long duplicates;
    private long pagesLive;
    private long pagesPeak;

    private void readPlainly() throws Exception {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(ShippedTrace.open()), StandardCharsets.US_ASCII))) {
            lines.lines().filter(line -> !line.startsWith("#")).forEach(this::read);
        }
    }

    private void read(String line) {
        Matcher event = EVENT.matcher(line);
        assertThat(event.matches()).as(line).isTrue();
        String name = event.group(1);
        names.merge(name, 1L, Long::sum);
        if (name.startsWith("percpu_")) {
            applyArea(name, line.substring(line.indexOf(" ptr=")).split("[ =]")[2]);
        }
        if (!name.startsWith("mm_page_") || name.equals("mm_page_alloc_extfrag")) {
            return;
        }
        Matcher page = PAGE.matcher(line);
        assertThat(page.matches()).as(line).isTrue();
        apply(name, Long.parseLong(page.group(1), 16), Integer.parseInt(page.group(2)));
    }

    private void apply(String name, long pfn, int order) {
        if (name.equals("mm_page_alloc")) {
            assertThat(orders.put(pfn, order))
                    .as("no free is lost in this recording")
                    .isNull();
            pagesLive += 1L << order;
            pagesPeak = Math.max(pagesPeak, pagesLive);
            applied++;
        } else if (orders.containsKey(pfn)) {
            assertThat(name).isEqualTo("mm_page_free");
            assertThat(orders.remove(pfn))
                    .as("no block is split in this recording")
                    .isEqualTo(order);
            pagesLive -= 1L << order;
            applied++;
        } else if (name.equals("mm_page_free")) {
            unmatched++;
        } else {
            duplicates++;
        }
    }

    private void applyArea(String name, String ptr) {
        if (name.equals("percpu_alloc_percpu")) {
            assertThat(areas.add(ptr)).as("no free of an area is lost either").isTrue();
            applied++;
        } else if (areas.remove(ptr)) {
            applied++;
        } else {
            unmatched++;
        }
    }

    private long count(String... kinds) {
        long sum = 0;
        for (String kind : kinds) {
            sum += names.getOrDefault(kind, 0L);
        }
        return sum;
    }

    @Test
    void thePlanIsWhatThePlainReaderFinds() throws Exception {
        readPlainly();
        ShippedTrace trace = ShippedTrace.resolve();
        Resolution resolution = trace.plan().resolution();

        assertThat(trace.summary().events()).isEqualTo(250_000);
        assertThat(resolution.applied()).isEqualTo(applied).isGreaterThan(40_000);
        assertThat(resolution.unmatchedFrees()).isEqualTo(unmatched);
        assertThat(resolution.skipped())
                .isEqualTo(Map.of(
                        "batchedDuplicate",
                        duplicates,
                        "fallbackNote",
                        count("mm_page_alloc_extfrag"),
                        "slab",
                        count("kmalloc", "kfree", "kmem_cache_alloc", "kmem_cache_free"),
                        "vmalloc",
                        count("alloc_vmap_area", "free_vmap_area_noflush", "purge_vmap_area_lazy")));
        assertThat(trace.plan().pagesLivePeak()).isEqualTo(pagesPeak);
        assertThat(trace.plan().pagesLiveAtEnd()).isEqualTo(pagesLive);
        assertThat(trace.plan().areasLiveAtEnd()).hasSameSizeAs(areas).isNotEmpty();
        assertThat(trace.plan().ops()).isEqualTo((int) applied);
        assertThat(resolution.migrateType()).isEqualTo(new Checked(count("mm_page_alloc"), count("mm_page_alloc")));
        assertThat(trace.summary().unknownGfp()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void itIsReplayedWithoutALoss(int threads) throws Exception {
        ShippedTrace trace = ShippedTrace.resolve();
        NaivePages pages = new NaivePages((int) (trace.plan().pagesLivePeak() / 1024 * 2) + 8);
        ReplayOptions options = new ReplayOptions(threads, Duration.ofMillis(20));

        ReplayOutcome outcome = new Replayer(trace.plan(), pages, options, (done, total) -> {}).replay();
        ReplayResult result = ReplayResult.of(trace.summary(), trace.plan(), pages.description(), outcome);

        assertThat(result.isGood()).isTrue();
        assertThat(result.failedAllocations()).isZero();
        assertThat(result.livePagesAtEnd()).isEqualTo(trace.plan().pagesLiveAtEnd());
        long skipped =
                result.skipped().values().stream().mapToLong(Long::longValue).sum();
        assertThat(result.events()).isEqualTo(result.applied() + skipped + result.unmatchedFrees());
        assertThat(outcome.samples()).hasSizeBetween(300, 500);
        assertThat(outcome.samples().getLast().pagesLive()).isEqualTo(result.livePagesAtEnd());
        assertThat(result.eventsPerSecond()).isPositive();
        assertThat(result.latencyNanos().p50()).isPositive();
    }
}
