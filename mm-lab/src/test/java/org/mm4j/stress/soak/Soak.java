package org.mm4j.stress.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Stands in for the soak of the stress tests: says what it was asked for, and dies when every mapping is to fail. */
public final class Soak {
    private static final String RESULT = """
            {"machine": "m", "seconds": 3.0, "inject": "%s", "isGood": true, "troubles": [],
             "rounds": [{"engine": "owned", "seed": 1, "steps": 2000, "threads": 4, "failures": 98, "validations": 3}],
             "faults": [{"point": "failslab", "rate": "1/10", "calls": 1000, "faults": 99,
                         "seen": 97, "absorbed": 1, "fallback": "tries again",
                         "sites": ["Somebody"]}]}
            """;

    private Soak() {}

    /** The seconds, the file for the result, and what is injected. */
    public static void main(String[] arguments) throws IOException {
        System.out.println("soaked for " + arguments[0] + " s");
        if (arguments[2].equals("fail_map=1")) {
            System.exit(3);
        }
        Files.writeString(Path.of(arguments[1]), RESULT.formatted(arguments[2]));
    }
}
