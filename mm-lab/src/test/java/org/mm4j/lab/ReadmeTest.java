package org.mm4j.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.mm4j.lab.replay.ReplayResult;

/** The README names every key of the JSON, and no other. */
class ReadmeTest {
    private static final Pattern KEY = Pattern.compile("`(\\w+)`");

    @Test
    void namesTheKeysOfTheJson() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        String section = readme.substring(readme.indexOf("\n## JSON\n"), readme.indexOf("\n## Exit codes\n"));
        List<String> keys = section.lines()
                .filter(line -> line.startsWith("| `"))
                .flatMap(line ->
                        KEY.matcher(line.substring(0, line.indexOf('|', 1))).results())
                .map(key -> key.group(1))
                .toList();
        assertThat(keys)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(ReplayResult.class.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toList());
    }
}
