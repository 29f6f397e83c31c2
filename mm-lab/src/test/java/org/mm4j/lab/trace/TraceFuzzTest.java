package org.mm4j.lab.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.lab.replay.ReplayPlan;
import org.mm4j.lab.replay.Resolver;

/** Traces with wrong bytes are read, or refused with a sentence. */
class TraceFuzzTest {
    private static final int MUTANTS = 3000;
    private static final byte[] LIKELY = "0123456789xfF-=:[]() \t\n\r.|\0\u001f".getBytes(ISO_8859_1);

    @ParameterizedTest
    @ValueSource(strings = {"ftrace.txt", "trace-cmd.txt", "perf-script.txt"})
    void mutantsAreReadOrRefused(String sample) throws Exception {
        byte[] bytes = Recorded.bytesOf(sample);
        Random random = new Random(sample.hashCode());
        int read = 0;
        for (int mutant = 0; mutant < MUTANTS; mutant++) {
            read += isRead(mutate(bytes, random)) ? 1 : 0;
        }
        assertThat(read).as("mutants that are still a trace").isBetween(1, MUTANTS - 1);
    }

    private static boolean isRead(byte[] trace) throws IOException {
        Resolver resolver = new Resolver();
        try (TraceSource source = TraceSource.of("mutant", TraceSource.UNKNOWN, new ByteArrayInputStream(trace))) {
            TraceSummary summary = TraceReader.read(source, resolver);
            ReplayPlan plan = resolver.plan();
            assertThat(summary.events()).isPositive();
            assertThat(plan.pagesLiveAtEnd()).isBetween(0L, plan.pagesLivePeak());
            return true;
        } catch (TraceFormatException e) {
            assertThat(e).hasMessageStartingWith("mutant").hasMessageMatching("[ -~]+");
            return false;
        }
    }

    private static byte[] mutate(byte[] bytes, Random random) {
        byte[] mutant = bytes.clone();
        int changes = 1 + random.nextInt(4);
        for (int change = 0; change < changes; change++) {
            int at = random.nextInt(mutant.length);
            switch (random.nextInt(5)) {
                case 0 -> mutant[at] = (byte) random.nextInt(256);
                case 1 -> mutant[at] = LIKELY[random.nextInt(LIKELY.length)];
                case 2 -> mutant = Arrays.copyOf(mutant, Math.max(1, at));
                case 3 -> System.arraycopy(mutant, at, mutant, at / 2, Math.min(20, mutant.length - at));
                default -> Arrays.fill(mutant, at, Math.min(at + random.nextInt(9), mutant.length), mutant[at]);
            }
        }
        return mutant;
    }
}
