package org.mm4j.lab;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.mm4j.slab.SizeClasses;

/** Every kmalloc that a real Linux recorded got the bytes that the table of size classes says. */
class ShippedTraceSizesTest {
    private static final Pattern KMALLOC = Pattern.compile(": kmalloc: .* bytes_req=(\\d+) bytes_alloc=(\\d+) ");

    @Test
    void kmallocGetsWhatLinuxGaveIt() throws IOException {
        Set<String> wrong = new TreeSet<>();
        Set<Long> sizes = new TreeSet<>();
        try (InputStream in = Mm.class.getResourceAsStream("kmem-compile.trace.gz");
                BufferedReader lines = new BufferedReader(new InputStreamReader(new GZIPInputStream(in), US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher kmalloc = KMALLOC.matcher(line);
                if (kmalloc.find()) {
                    long asked = Long.parseLong(kmalloc.group(1));
                    long given = Long.parseLong(kmalloc.group(2));
                    sizes.add(given);
                    if (SizeClasses.LINUX.roundUp(asked) != given) {
                        wrong.add(asked + " became " + given);
                    }
                }
            }
        }
        assertThat(sizes).hasSizeGreaterThan(10);
        assertThat(wrong).isEmpty();
    }
}
