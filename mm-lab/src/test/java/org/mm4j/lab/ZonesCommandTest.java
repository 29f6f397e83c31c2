package org.mm4j.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.lab.replay.NaiveKernels;

class ZonesCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int zones(String... options) {
        out.reset();
        Surroundings surroundings = new Surroundings(
                InputStream.nullInputStream(),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                false,
                false,
                NaiveKernels::boot,
                Duration.ZERO);
        return Mm.execute(
                surroundings,
                Stream.concat(Stream.of("zones"), Stream.of(options)).toArray(String[]::new));
    }

    private JsonObject json(String... options) {
        assertThat(zones(Stream.concat(Stream.of(options), Stream.of("--json")).toArray(String[]::new)))
                .isZero();
        assertThat(err.toString(UTF_8)).isEmpty();
        return JsonParser.parseString(out.toString(UTF_8)).getAsJsonObject();
    }

    private static JsonObject zone(JsonObject json, int index) {
        return json.getAsJsonArray("zones").get(index).getAsJsonObject();
    }

    private static List<Long> longs(JsonElement array) {
        return array.getAsJsonArray().asList().stream()
                .map(JsonElement::getAsLong)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"zoneinfo-1081344.txt", "zoneinfo-1310720.txt"})
    void everyFigureOfEveryZoneIsThatOfLinux(String file) {
        List<RecordedZones.Zone> recorded = RecordedZones.zones(file);
        JsonObject json = json(RecordedZones.options(recorded).toArray(String[]::new));

        assertThat(recorded).hasSize(5);
        assertThat(json.getAsJsonArray("zones")).hasSize(5);
        for (int index = 0; index < 5; index++) {
            RecordedZones.Zone linux = recorded.get(index);
            JsonObject zone = zone(json, index);
            assertThat(zone.get("name").getAsString()).isEqualTo(linux.name());
            assertThat(longs(zone.get("lowmemReserve"))).isEqualTo(linux.lowmemReserve());
            for (String mark : List.of("managed", "min", "low", "high", "promo")) {
                assertThat(zone.get(mark).getAsLong())
                        .as(linux.name() + " " + mark)
                        .isEqualTo(linux.value(mark));
            }
            if (linux.isPopulated()) {
                assertThat(zone.get("batch").getAsLong()).isEqualTo(linux.value("batch:"));
                assertThat(zone.get("highMin").getAsLong()).isEqualTo(linux.value("high_min:"));
                assertThat(zone.get("highMax").getAsLong()).isEqualTo(linux.value("high_max:"));
            }
        }
    }

    @Test
    void theTableIsAligned() {
        assertThat(zones("--managed", "DMA=3840,DMA32=772918,NORMAL=884736", "--min-free-kbytes=67584", "--cpus=2"))
                .isZero();
        assertThat(out.toString(UTF_8)).isEqualTo("""
                Pages of 4 KiB; min_free_kbytes 67584, CPUs 2.

                Watermarks: ordinary requests fail below min; reclaim starts below low and stops at high.
                zone     managed   min    low   high  promo
                DMA         3840    39     48     57     66
                DMA32     772918  7859   9823  11787  13751
                Normal    884736  8997  11246  13495  15744
                Movable        0    32     32     32     32
                Device         0     0      0      0      0

                Reserve: pages that stay in a zone (row) when a request may also use a higher zone (column).
                zone     DMA  DMA32  Normal  Movable  Device
                DMA        0   3019    6475     6475    6475
                DMA32      0      0    3456     3456    3456
                Normal     0      0       0        0       0
                Movable    0      0       0        0       0
                Device     0      0       0        0       0

                Page cache of each CPU: pages move in batches; it drains at a size from high_min to high_max.
                zone    batch  high_min  high_max
                DMA         1        24       240
                DMA32      63      4911     48307
                Normal     63      5623     55296
                """);
    }

    @Test
    void minFreeKbytesIsComputedWhenNotGiven() {
        JsonObject json = json("--managed", "normal=262144");

        assertThat(json.get("minFreeKbytes").getAsInt()).isEqualTo(4096);
        assertThat(json.get("cpus").getAsInt()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(zone(json, 2).get("promo").getAsInt()).isEqualTo(1810);
    }

    @Test
    void everySettingCounts() {
        String managed = "--managed=Dma=4000, MOVABLE=200000,Normal=1000000";
        JsonObject json = json(
                managed,
                "--min-free-kbytes=40160",
                "--watermark-scale-factor=100",
                "--lowmem-reserve-ratio=100 \t10 , 0",
                "--percpu-pagelist-high-fraction=8",
                "--cpus=5");

        JsonObject normal = zone(json, 2);
        assertThat(normal.get("min").getAsInt()).isEqualTo(10_000);
        assertThat(normal.get("low").getAsInt()).isEqualTo(20_000);
        assertThat(normal.get("highMin").getAsInt()).isEqualTo(25_000);
        assertThat(normal.get("highMax").getAsInt()).isEqualTo(25_000);
        assertThat(longs(normal.get("lowmemReserve"))).containsExactly(0L, 0L, 0L, 0L, 0L);
        assertThat(longs(zone(json, 0).get("lowmemReserve"))).containsExactly(0L, 0L, 10_000L, 12_000L, 12_000L);
        assertThat(zone(json, 3).get("min").getAsInt()).isEqualTo(128);
    }

    @Test
    void aRatioThatIsNotGivenIsTheDefault() {
        JsonObject json = json("--managed", "DMA32=6400,Normal=3200,MOVABLE=3200", "--lowmem-reserve-ratio", "1,64");

        assertThat(longs(zone(json, 1).get("lowmemReserve"))).containsExactly(0L, 0L, 50L, 100L, 100L);
        assertThat(longs(zone(json, 2).get("lowmemReserve"))).containsExactly(0L, 0L, 0L, 100L, 100L);
    }

    @Test
    void theLargestNumbersDoNotOverflow() {
        JsonObject json = json("--managed", "Normal=17179869184", "--min-free-kbytes", "2147483647", "--cpus", "1");

        assertThat(zone(json, 2).get("min").getAsLong()).isEqualTo(536_870_911);
        assertThat(zone(json, 2).get("promo").getAsLong()).isEqualTo(536_870_911 + 3L * 134_217_727);
        assertThat(zone(json, 2).get("highMax").getAsLong()).isEqualTo(Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                     | Missing required option: '--managed=ZONE=PAGES[,...]'; see mm zones --help
            --managed                              | Missing required parameter for option '--managed' (ZONE=PAGES[,...]); see mm zones --help
            --managed HIGHMEM=1                    | --managed knows no zone "HIGHMEM"; there are DMA, DMA32, Normal, Movable, Device
            --managed =1                           | --managed knows no zone ""; there are DMA, DMA32, Normal, Movable, Device
            --managed DMA                          | --managed is ZONE=PAGES,ZONE=PAGES,..., not "DMA"
            --managed DMA=1,                       | --managed is ZONE=PAGES,ZONE=PAGES,..., not "DMA=1,"
            --managed DMA=1=2                      | --managed is ZONE=PAGES,ZONE=PAGES,..., not "DMA=1=2"
            --managed DMA=-1                       | --managed DMA is a whole number from 0 to 17179869184, not "-1"
            --managed normal=1e6                   | --managed Normal is a whole number from 0 to 17179869184, not "1e6"
            --managed DMA=17179869185              | --managed DMA is a whole number from 0 to 17179869184, not "17179869185"
            --managed DMA=99999999999999999999     | --managed DMA is a whole number from 0 to 17179869184, not "99999999999999999999"
            --managed DMA=1,dma=1                  | --managed names DMA twice, in "DMA=1,dma=1"
            --managed DEVICE=1                     | --managed Device is 0, as nobody allocates from it, not "1"
            --min-free-kbytes -1                   | --min-free-kbytes is a whole number from 0 to 2147483647, not "-1"
            --min-free-kbytes 2147483648           | --min-free-kbytes is a whole number from 0 to 2147483647, not "2147483648"
            --watermark-scale-factor 0             | --watermark-scale-factor is a whole number from 1 to 3000, not "0"
            --watermark-scale-factor 3001          | --watermark-scale-factor is a whole number from 1 to 3000, not "3001"
            --percpu-pagelist-high-fraction 5      | --percpu-pagelist-high-fraction, if not 0, is a whole number from 8 to 2147483647, not "5"
            --lowmem-reserve-ratio 256,,32         | --lowmem-reserve-ratio is a whole number from 0 to 2147483647, not ""
            --lowmem-reserve-ratio 1,2,3,4,5,6     | --lowmem-reserve-ratio has at most 5 numbers, unlike "1,2,3,4,5,6"
            --cpus 0                               | --cpus is a whole number from 1 to 8192, not "0"
            --cpus two                             | --cpus is a whole number from 1 to 8192, not "two"
            """)
    void whatIsWrongIsSaidInOneLine(String given, String message) {
        List<String> options = new ArrayList<>(given.isEmpty() ? List.of() : List.of(given.split(" ")));
        if (!given.isEmpty() && !given.startsWith("--managed")) {
            options.addAll(List.of("--managed", "Normal=1000"));
        }

        assertThat(zones(options.toArray(String[]::new))).isEqualTo(2);

        assertThat(out.toString(UTF_8)).isEmpty();
        assertThat(err.toString(UTF_8)).isEqualToIgnoringNewLines("mm: " + message);
    }

    @Test
    void helpHasAnExampleThatWorks() {
        assertThat(zones("--help")).isZero();
        String example = out.toString(UTF_8)
                .lines()
                .filter(line -> line.startsWith("  mm zones "))
                .findFirst()
                .orElseThrow();

        assertThat(zones(example.replace("  mm zones ", "").split(" "))).isZero();
        assertThat(out.toString(UTF_8)).contains("Watermarks");
    }
}
