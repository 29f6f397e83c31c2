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
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shipped recording, against a second reader that is as plain as it can be. */
class ShippedTraceTest {
    private static final Pattern EVENT = Pattern.compile(".*\\[\\d+] \\S+ +[\\d.]+: (\\w+):.*");
    private static final Pattern PAGE = Pattern.compile(".* pfn=0x([0-9a-f]+) order=(\\d+).*");

    private static final Pattern GFP = Pattern.compile(".* gfp_flags=(\\S+).*");
    private static final Set<String> WORDS_OF_SLABS = Set.of(
            "GFP_KERNEL",
            "GFP_NOFS",
            "GFP_NOWAIT",
            "GFP_ATOMIC",
            "__GFP_RECLAIMABLE",
            "__GFP_IO",
            "__GFP_FS",
            "__GFP_NOWARN",
            "__GFP_NORETRY",
            "__GFP_COMP",
            "__GFP_NOMEMALLOC",
            "__GFP_HARDWALL",
            "__GFP_THISNODE");

    private final Set<Long> vmaps = new HashSet<>();
    private final Set<String> areas = new HashSet<>();
    private final Set<Long> slabPages = new HashSet<>();
    private final Map<String, String> objects = new HashMap<>();
    private long slabPageEvents;
    private long nullFrees;
    private long lost;
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
        if (name.endsWith("_vmap_area")) {
            assertThat(line).endsWith(" failed=0");
            String start = line.substring(line.indexOf("va_start: ")).split(" ")[1];
            assertThat(vmaps.add(Long.parseUnsignedLong(start))).isTrue();
            applied++;
        }
        if (name.equals("free_vmap_area_noflush")) {
            String start = line.substring(line.indexOf("va_start=0x") + "va_start=0x".length())
                    .split(" ")[0];
            boolean isKnown = vmaps.remove(Long.parseUnsignedLong(start, 16));
            applied += isKnown ? 1 : 0;
            unmatched += isKnown ? 0 : 1;
        }
        if (name.startsWith("k")) {
            applyObject(name, line);
        }
        if (!name.startsWith("mm_page_") || name.equals("mm_page_alloc_extfrag")) {
            return;
        }
        Matcher page = PAGE.matcher(line);
        assertThat(page.matches()).as(line).isTrue();
        long pfn = Long.parseLong(page.group(1), 16);
        Matcher gfp = GFP.matcher(line);
        if (gfp.matches() && isOfSlab(Set.of(gfp.group(1).split("\\|")))) {
            slabPages.add(pfn);
            slabPageEvents++;
        } else if (name.equals("mm_page_free") && slabPages.remove(pfn)) {
            slabPageEvents++;
        } else {
            apply(name, pfn, Integer.parseInt(page.group(2)));
        }
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

    private static boolean isOfSlab(Set<String> words) {
        boolean isQuiet = words.contains("__GFP_NOWARN") || words.contains("GFP_NOWAIT");
        return isQuiet
                && words.contains("__GFP_NORETRY")
                && words.contains("__GFP_COMP")
                && WORDS_OF_SLABS.containsAll(words);
    }

    private void applyObject(String name, String line) {
        String ptr = line.substring(line.indexOf(" ptr=")).split("[ =]")[2];
        if (name.equals("kmalloc") || name.equals("kmem_cache_alloc")) {
            lost += objects.put(ptr, name) == null ? 0 : 1; // many at once are freed without a word
            applied++;
        } else if (ptr.matches("0+")) {
            nullFrees++;
        } else if (objects.remove(ptr) != null) {
            applied++;
        } else {
            unmatched++;
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
        assertThat(resolution.applied()).isEqualTo(applied).isGreaterThan(200_000);
        assertThat(resolution.unmatchedFrees()).isEqualTo(unmatched);
        assertThat(resolution.skipped())
                .isEqualTo(Map.of(
                        "batchedDuplicate",
                        duplicates,
                        "fallbackNote",
                        count("mm_page_alloc_extfrag"),
                        "slabPage",
                        slabPageEvents,
                        "nullFree",
                        nullFrees));
        assertThat(trace.plan().pagesLivePeak()).isEqualTo(pagesPeak);
        assertThat(trace.plan().pagesLiveAtEnd()).isEqualTo(pagesLive);
        assertThat(trace.plan().rest().areas()).hasSameSizeAs(areas).isNotEmpty();
        assertThat(trace.plan().rest().vmaps()).hasSameSizeAs(vmaps).isNotEmpty();
        assertThat(trace.plan().rest().objects()).hasSize(objects.size()).isNotEmpty();
        assertThat(resolution.lostFrees()).isEqualTo(lost);
        assertThat(trace.plan().ops()).isEqualTo((int) (applied + lost));
        assertThat(resolution.migrateType()).isEqualTo(new Checked(count("mm_page_alloc"), count("mm_page_alloc")));
        assertThat(trace.summary().unknownGfp()).isEmpty();
    }

    private static long count(ReplayPlan plan) {
        return IntStream.range(0, plan.ops())
                .filter(step -> PlanOp.kind(plan.op(step)) == PlanOp.VMAP_ALLOC)
                .count();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void itIsReplayedWithoutALoss(int threads) throws Exception {
        ShippedTrace trace = ShippedTrace.resolve();
        NaivePages pages = new NaivePages((int) (trace.plan().pagesLivePeak() / 1024 * 2) + 8);
        ReplayOptions options = new ReplayOptions(threads, Duration.ofMillis(20));

        ReplayOutcome outcome = new Replayer(trace.plan(), pages, options, (done, total) -> {}).replay();
        ReplayResult result = ReplayResult.of(trace.summary(), trace.plan(), pages, outcome);

        assertThat(result.isGood()).isTrue();
        assertThat(result.failedAllocations()).isZero();
        long vmaps = count(trace.plan());
        assertThat(result.vmapArea()).isEqualTo(new Checked(vmaps, vmaps)).isNotEqualTo(Checked.NONE);
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
