package org.mm4j.lab.report;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.mm4j.lab.replay.Checked;
import org.mm4j.lab.replay.FreeSample;
import org.mm4j.lab.replay.LatencyNanos;
import org.mm4j.lab.replay.ReplayOutcome;
import org.mm4j.lab.replay.ReplayResult;
import org.mm4j.lab.replay.ReplaySpeed;
import org.mm4j.lab.replay.SizeClassUse;
import org.mm4j.lab.replay.SizesCompared;

/** Made-up results. */
final class Results {
    private Results() {}

    static ReplayResult good(String source) {
        return result(source, List.of(), 0);
    }

    static ReplayResult bad() {
        return result("bad.trace", List.of("zone Normal: a <free> page is on no list"), 7);
    }

    private static ReplayResult result(String source, List<String> violations, long leaked) {
        LatencyNanos nanos = new LatencyNanos(30, 1234, 56_789);
        return new ReplayResult(
                source,
                "64 MiB",
                "linux",
                "sheaves",
                2,
                5_000_000,
                12,
                1.5,
                4_000_000,
                Map.of("slab", 999_990L, "other:sched_switch", 3L),
                7,
                1,
                2,
                3,
                Map.of("__GFP_COLD", 4L),
                SizesCompared.NONE,
                List.of(new SizeClassUse(96, 10, 720), new SizeClassUse(8192, 2, 16_000)),
                SizesCompared.NONE,
                new Checked(4, 4),
                new Checked(10, 9),
                5,
                0,
                2560,
                512,
                violations.size(),
                violations,
                leaked,
                0.25,
                9,
                12_345_678,
                3_456_789,
                nanos,
                nanos,
                nanos,
                "Node 0, zone   Normal      1      2 \n");
    }

    static ReplayOutcome outcome() {
        LatencyNanos nanos = new LatencyNanos(30, 1234, 56_789);
        return new ReplayOutcome(
                2,
                0.25,
                5,
                0,
                512,
                0,
                0,
                List.of(),
                SizesCompared.NONE,
                SizesCompared.NONE,
                Checked.NONE,
                List.of(),
                List.of(),
                """
                        slabinfo - version: 2.1
                        # name
                        empty                  0      0    416   19    2 : tunables    0    0    0 : slabdata      0      0      0
                        small<b>              12     12    320   12    1 : tunables    0    0    0 : slabdata      1      1      0
                        large               3173   4608     64   64    1 : tunables    0    0    0 : slabdata     72     72      0
                        """,
                "0x1-0x2   20480 <vmap>\n",
                List.of(
                        new FreeSample(0, 0, 3, 0, Collections.nCopies(11, 2048L)),
                        new FreeSample(100, 512, 300, 31, Collections.nCopies(11, 1024L))),
                new ReplaySpeed(1, 1, 1, nanos, nanos, nanos));
    }
}
