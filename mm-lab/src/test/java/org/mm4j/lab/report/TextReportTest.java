package org.mm4j.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class TextReportTest {
    @Test
    void theTableEndsInTheVerdict() {
        assertThat(TextReport.render(Results.good("a.trace")).lines())
                .contains(
                        "trace         a.trace",
                        "events        5,000,000: 4,000,000 applied, 999,993 skipped, 7 frees of what is older",
                        "mobility      9 of 10 requests are as the real kernel printed",
                        "speed         12,345,678 events a second, 3,456,789 by one thread",
                        "latency       p50 30 ns, p99 1,234 ns, p99.9 56,789 ns",
                        "no memory for 5 allocations",
                        "lost          12 events while recording")
                .endsWith("verdict       passed: No invariant is broken, and every page and object came back.");
    }

    @Test
    void aFailedCheckIsLoud() {
        assertThat(TextReport.render(Results.bad()).lines())
                .contains("broken        zone Normal: a <free> page is on no list")
                .endsWith("verdict       FAILED: 1 broken invariants, and 7 pages or objects that did not come back.");
    }

    @Test
    void jsonHasTheNamesOfTheDesign() {
        JsonObject json =
                JsonParser.parseString(JsonReport.render(Results.bad())).getAsJsonObject();

        assertThat(json.keySet())
                .contains(
                        "events",
                        "applied",
                        "skipped",
                        "unmatchedFrees",
                        "sizeClass",
                        "cacheSize",
                        "failedAllocations",
                        "livePagesAtEnd",
                        "invariantViolations",
                        "leakedAfterTeardown",
                        "eventsPerSecond",
                        "latencyNanos",
                        "buddyinfo");
        assertThat(json.getAsJsonObject("sizeClass").keySet()).containsExactly("checked", "equal", "smaller", "larger");
        assertThat(json.getAsJsonObject("latencyNanos").keySet()).containsExactly("p50", "p99", "p999");
        assertThat(json.getAsJsonObject("skipped").get("other:sched_switch").getAsInt())
                .isEqualTo(3);
        assertThat(json.get("eventsPerSecond").getAsString()).isEqualTo("12345678");
    }
}
