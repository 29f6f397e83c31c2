package org.mm4j.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.mm4j.lab.replay.ReplayResult;

class HtmlReportTest {
    private static final Machine MACHINE = new Machine(2, "Linux on a <test>", "a JVM");

    private static String render(ReplayResult result) {
        return new HtmlReport(result, Results.outcome(), MACHINE).render();
    }

    @Test
    void everyPlaceOfTheTemplateIsFilled() {
        String page = render(Results.good("a.trace"));

        assertThat(page)
                .startsWith("<!DOCTYPE html>")
                .contains("uPlot", "All checks passed.", "id=\"free\"", "id=\"small\"", "id=\"live\"")
                .contains("12.3 million", "events a second, 2 threads", "Linux on a &lt;test&gt;")
                .doesNotContainPattern("@[A-Z_]+@");
    }

    @Test
    void nothingIsLoadedFromElsewhere() {
        assertThat(render(Results.good("a.trace")))
                .doesNotContainPattern("(src|href)\\s*=")
                .doesNotContain("@import", "fetch(", "XMLHttpRequest");
    }

    @Test
    void theDataIsInThePage() {
        Matcher data = Pattern.compile("id=\"data\">(.*?)</script>").matcher(render(Results.good("a.trace")));
        assertThat(data.find()).isTrue();
        JsonObject json = JsonParser.parseString(data.group(1)).getAsJsonObject();

        JsonArray free = json.getAsJsonArray("free");
        assertThat(free).hasSize(11);
        assertThat(free.get(10).getAsJsonArray().get(1).getAsLong()).isEqualTo(1024);
        assertThat(json.getAsJsonArray("steps").get(1).getAsInt()).isEqualTo(100);
        assertThat(json.getAsJsonArray("live").get(1).getAsInt()).isEqualTo(512);
        assertThat(json.getAsJsonArray("kept").get(1).getAsInt()).isEqualTo(300);
        assertThat(json.getAsJsonArray("cached").get(1).getAsInt()).isEqualTo(31);
    }

    @Test
    void itShowsWhatTheSlabLayerDid() {
        String page = render(Results.good("a.trace"));

        assertThat(page)
                .contains(
                        "<th class=\"name\">96</th><td class=\"n\">10</td>",
                        "style=\"width:75.0%\"></i><i class=\"un\" style=\"width:25.0%\">",
                        "<td class=\"n\">25 %</td>",
                        "<th class=\"name\">8k</th>",
                        "light part nobody uses: 4 % over all classes",
                        "&lt;vmap&gt;")
                .containsSubsequence(
                        ">large</th><td class=\"n\">3,173</td>", "288</td>", ">small&lt;b&gt;</th>", "4</td>")
                .doesNotContain(">empty<");
    }

    @Test
    void namesOfFilesAreNoMarkup() {
        String page = render(Results.good("</script><b>@DATA@$1\\"));

        assertThat(page).contains("&lt;/script&gt;&lt;b&gt;@DATA@$1\\").doesNotContain("<b>@DATA@");
    }

    @Test
    void whatIsBrokenIsSaid() {
        assertThat(render(Results.bad()))
                .contains(
                        "A check failed.",
                        "7 pages or objects that did not come back",
                        "a &lt;free&gt; page is on no list")
                .doesNotContain("All checks passed.");
    }
}
