package org.mm4j.lab;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** The first lines of the recording that comes with the program. */
final class ShippedTracePart {
    private ShippedTracePart() {}

    static InputStream ofLines(int lines) throws IOException {
        try (InputStream in = Mm.class.getResourceAsStream("kmem-compile.trace.gz");
                BufferedReader all = new BufferedReader(new InputStreamReader(new GZIPInputStream(in), US_ASCII))) {
            String text = all.lines().limit(lines).collect(Collectors.joining("\n", "", "\n"));
            return new ByteArrayInputStream(text.getBytes(US_ASCII));
        }
    }
}
