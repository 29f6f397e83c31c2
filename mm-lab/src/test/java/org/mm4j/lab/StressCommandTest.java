package org.mm4j.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.lab.replay.NaiveKernels;
import org.mm4j.lab.stress.StressTests;

/** With a jcstress that only prints. What it prints of a test is told by the test's name. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StressCommandTest {
    private static final String PAGE = """
            # Protocols
            ## `good`: all is well
            | [good.R1] | a store | [good.A1] | Good_01_Thing | green: in order | red: out of order |
            | [good.A1] | a load | [good.R1] | Good_01_Thing | green: in order | red: out of order |
            ## `bad`: forbidden
            Tests: Bad_01_Thing
            ## `tame`: a twin that is not caught
            Tests: Tame_01_Thing
            ## `big`: dropped without a word
            Tests: Big_01_Thing, Good_01_Thing
            ## `crowd`: three actors
            Tests: Crowd_01_Thing, Good_01_Thing
            ## `crash`: ends the JVM
            Tests: Crash_01_Thing
            """;

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void putTestsThere() throws Exception {
        Path page = folder.resolve("stress-tests/PROTOCOLS.md");
        Files.createDirectories(page.getParent());
        Files.writeString(page, PAGE);
        System.setProperty(StressTests.CLASS_PATH, classes().toString());
        System.setProperty(StressTests.ROOT, folder.toString());
    }

    private static Path classes() throws URISyntaxException {
        return Path.of(org.openjdk.jcstress.Main.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    @AfterEach
    void forget() {
        System.clearProperty(StressTests.CLASS_PATH);
        System.clearProperty(StressTests.ROOT);
    }

    private int stress(String... options) {
        List<String> arguments = new ArrayList<>(List.of("stress"));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of(
                "--report",
                folder.resolve("r.html").toString(),
                "--junit",
                folder.resolve("r.xml").toString()));
        return Mm.execute(
                new Surroundings(
                        new ByteArrayInputStream(new byte[0]),
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        false,
                        false,
                        NaiveKernels::boot,
                        Duration.ofMillis(2)),
                arguments.toArray(String[]::new));
    }

    private String out() {
        return out.toString(UTF_8);
    }

    private String err() {
        return err.toString(UTF_8);
    }

    @Test
    void aGoodTestWithACaughtTwinPasses() {
        assertThat(stress("--only", "good")).as(out() + err()).isZero();

        assertThat(out())
                .containsPattern("Good_01_Thing.Part +1,234,567 +0 +0  caught")
                .contains("passed: all 2 tests ran", "every broken twin was caught");
        assertThat(err()).containsPattern("2 tests, twins included: about 11s, until \\d\\d:\\d\\d:\\d\\d");
    }

    @Test
    void aForbiddenResultFails() {
        assertThat(stress("--only", "bad")).isEqualTo(1);

        assertThat(out())
                .containsPattern("Bad_01_Thing.Part +10,000 +0 +3  caught")
                .contains("Bad_01_Thing.Part: 0, 1 was seen 3 times: one was lost", "FAILED: all 2 tests ran");
    }

    @Test
    void aTwinThatIsNotCaughtFails() {
        assertThat(stress("--only", "tame")).isEqualTo(1);

        assertThat(out()).contains("NOT CAUGHT", "its broken twin was not caught, so it may be unable to fail");
    }

    @Test
    void aTestThatDidNotRunFails() {
        assertThat(stress("--only", "big")).isEqualTo(1);

        assertThat(out()).contains("Big_01_Thing.Part: it did not run", "FAILED: 2 of 3 tests ran");
    }

    @Test
    void threeActorsShareTheCpusWhereThereAreFewer() throws Exception {
        assertThat(stress("--only", "crowd")).as(out() + err()).isZero();

        assertThat(out())
                .containsPattern("Crowd_01_Thing.Part +1,234,567 +0 +0  caught")
                .contains("2 tests have three actors, and this machine fewer CPUs", "passed: all 4 tests ran");
        assertThat(Files.readString(folder.resolve("r.html"))).contains("2 tests have three actors");
    }

    @Test
    void whatJcstressSaysOfATestThatEndedBadlyIsTold() {
        assertThat(stress("--only", "crash")).isEqualTo(1);

        assertThat(out()).contains("Crash_01_Thing.Part: jcstress says VM ERROR", "a fork ended with 134");
    }

    @Test
    void reportsHoldWhatTheTableHolds() throws Exception {
        stress("--only", "bad");

        assertThat(Files.readString(folder.resolve("r.xml")))
                .startsWith(
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"mm stress, quick\" tests=\"1\" failures=\"1\"")
                .contains(
                        "<testcase classname=\"org.mm4j.fake.Bad_01_Thing\" name=\"Part\"><failure message=\"0, 1 was seen 3 times: one "
                                + "was lost\">")
                .endsWith("</testsuite>\n");
        assertThat(Files.readString(folder.resolve("r.html"))).contains("Bad_01_Thing.Part", "one was lost", "FAILED");
    }

    @Test
    void jsonIsAllThatIsPrinted() {
        assertThat(stress("--only", "good", "--json")).isZero();

        var result = JsonParser.parseString(out()).getAsJsonObject();
        assertThat(result.get("isGood").getAsBoolean()).isTrue();
        assertThat(result.getAsJsonArray("tests")
                        .get(0)
                        .getAsJsonObject()
                        .get("twin")
                        .getAsString())
                .isEqualTo("CAUGHT");
    }

    @Test
    void theListRunsNothing() {
        assertThat(stress("--list")).isZero();

        assertThat(out())
                .contains("good           all is well", "tags         good.R1 good.A1", "2 tests    Good_01_Thing")
                .containsPattern("11 tests, twins included: about 25s with --mode quick");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--only nothing | there is no protocol 'nothing'; there are good, bad, tame, big, crowd, crash",
                "--weaken good.R7 | there is no tag 'good.R7'; there are good.R1, good.A1",
                "--weaken good.R1 --only good | --weaken runs the tests of its tag, so --only cannot be given as well",
                "--only good --for 3s | --for 3s is too short for 2 tests, which need 11s at least; --only runs fewer",
                "--for soon | 'soon' is no span of time like 500ms, 2s or 1m",
                "--for 0s | '0s' is no span of time like 500ms, 2s or 1m",
                "--mode slow | 'slow'",
                "--mode soak --only good | a soak is of everything at once",
                "--inject 1/1000 | --inject is for a soak; give --mode soak as well",
                "--mode soak --inject 2 | --inject: a rate is above 0 and at most 1, as 1/1000 or 0.001; not 2",
                "--mode soak --inject failslap=0.1 | --inject: there is no fault point 'failslap'; there are failslab,",
                "--mode soak --inject failslab=0.1,x | --inject: 'x' is not POINT=RATE, as failslab=1/1000"
            })
    void badOptionsAreOneSentence(String options, String sentence) {
        assertThat(stress(options.split(" "))).isEqualTo(2);

        assertThat(out()).isEmpty();
        assertThat(err()).startsWith("mm: ").contains(sentence);
        assertThat(err().lines()).hasSize(1);
    }

    @Test
    void aSoakTellsWhatWasInjected() throws Exception {
        assertThat(stress("--mode", "soak", "--for", "3s", "--inject", "failslab=1/10"))
                .as(out() + err())
                .isZero();

        assertThat(out())
                .startsWith("soaked for 3 s")
                .containsPattern("injected failslab=1/10 +calls +faults +seen +absorbed +own +absorbed by")
                .containsPattern("  failslab +1,000 +99 +97 +1 +1  tries again")
                .contains("passed: 2,000 steps in 1 kernels and 3 s");
        assertThat(Files.readString(folder.resolve("r.html")))
                .contains(
                        "<h2>Injected: failslab=1/10</h2>",
                        "<tr><td>failslab<td>1/10<td class=\"n\">1,000<td class=\"n\">99");
        assertThat(err()).contains("soak with faults, failslab=1/10: about 3s");
    }

    @Test
    void aSoakAsJsonHoldsWhatWasInjected() {
        assertThat(stress("--mode", "soak", "--json", "--inject", "failslab=1/10"))
                .isZero();

        JsonObject result = JsonParser.parseString(out()).getAsJsonObject();
        assertThat(result.get("inject").getAsString()).isEqualTo("failslab=1/10");
        JsonObject point = result.getAsJsonArray("faults").get(0).getAsJsonObject();
        assertThat(point.get("point").getAsString()).isEqualTo("failslab");
        assertThat(point.get("faults").getAsLong()).isEqualTo(99);
    }

    @Test
    void aSoakThatEndsBadlyFails() {
        assertThat(stress("--mode", "soak", "--inject", "fail_map=1")).isEqualTo(1);

        assertThat(out())
                .contains(
                        "the soak ended with 3 and told nothing; it printed last: soaked for 120 s",
                        "FAILED: 0 steps in 0 kernels");
    }

    @Test
    void withoutTheTestsItSaysWhereTheyAre() {
        System.clearProperty(StressTests.CLASS_PATH);

        assertThat(stress()).isEqualTo(2);

        assertThat(err())
                .isEqualTo("mm: the stress tests are not here; run ./mm stress in a checkout of mm4j, which "
                        + "builds them" + System.lineSeparator());
    }
}
