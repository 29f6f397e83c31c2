package org.mm4j.lab.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.mm4j.api.Gfp;

/** The request flags that a real Linux 6.18 printed come out of {@link Gfp} letter by letter as they went in. */
class ShippedTraceGfpTest {
    private static final String RECORDING = "/org/mm4j/lab/kmem-compile.trace.gz";
    private static final Pattern FLAGS = Pattern.compile("gfp_flags=(\\S+)");

    private static Set<String> flagsOfTheRecording() throws IOException {
        Set<String> flags = new TreeSet<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(TraceSource.class.getResourceAsStream(RECORDING)), StandardCharsets.US_ASCII))) {
            lines.lines().map(FLAGS::matcher).filter(Matcher::find).forEach(m -> flags.add(m.group(1)));
        }
        return flags;
    }

    @Test
    void areWrittenAsTheyWereRead() throws IOException {
        assertThat(flagsOfTheRecording())
                .hasSizeGreaterThan(40)
                .allSatisfy(text -> assertThat(Gfp.format(Gfp.parse(text))).isEqualTo(text));
    }
}
