package org.mm4j.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a Linux 6.18 with two CPUs printed about its zones and their settings. */
final class RecordedZones {
    private static final Pattern ZONE = Pattern.compile("(?s)Node 0, zone +(\\w+)\n(.*?)(?=Node|$)");

    private RecordedZones() {}

    /** One zone: its name, and the rest of its text. */
    record Zone(String name, String text) {
        /** The number behind the first such word; a populated zone has the words of {@code pagesets}, too. */
        long value(String word) {
            return find(" " + word + " +(\\d+)")
                    .map(MatchResult::group)
                    .map(Zone::lastWord)
                    .orElseThrow();
        }

        boolean isPopulated() {
            return value("present") > 0;
        }

        List<Long> lowmemReserve() {
            String numbers = find("protection: \\((.*)\\)").map(m -> m.group(1)).orElseThrow();
            return Stream.of(numbers.split(", ")).map(Long::valueOf).toList();
        }

        private Optional<MatchResult> find(String regex) {
            return Pattern.compile(regex).matcher(text).results().findFirst();
        }

        private static long lastWord(String words) {
            return Long.parseLong(words.substring(words.lastIndexOf(' ') + 1));
        }
    }

    /** The zones of a recorded zoneinfo. */
    static List<Zone> zones(String file) {
        return ZONE.matcher(read(file))
                .results()
                .map(m -> new Zone(m.group(1), m.group(2)))
                .toList();
    }

    /** The options of {@code mm zones} that say what sysctl said, and how many CPUs there were. */
    static List<String> options(List<Zone> zones) {
        List<String> options = new ArrayList<>(List.of("--cpus", "2", "--managed"));
        options.add(String.join(
                ",",
                zones.stream()
                        .map(zone -> zone.name() + "=" + zone.value("managed"))
                        .toList()));
        for (String line : read("sysctl-vm.txt").lines().toList()) {
            String[] setting = line.split(" ", 2);
            if (setting[0].matches("min_free_kbytes|watermark_scale.*|lowmem_reserve_ratio|percpu_pagelist.*")) {
                options.add("--" + setting[0].replace('_', '-'));
                options.add(setting[1]);
            }
        }
        return options;
    }

    private static String read(String file) {
        try (InputStream in = RecordedZones.class.getResourceAsStream("zones/" + file)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
