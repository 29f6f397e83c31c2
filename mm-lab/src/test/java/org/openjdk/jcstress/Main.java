package org.openjdk.jcstress;

import java.util.List;
import java.util.regex.Pattern;

/** What the real one prints, without running anything. The name of a test says how it goes with it. */
public final class Main {
    private static final String PACKAGE = "org.mm4j.fake.";

    private static final List<String> TESTS = List.of(
            "Good_01_Thing.Part",
            "Good_01_Thing.PartTwin",
            "Bad_01_Thing.Part",
            "Bad_01_Thing.PartTwin",
            "Tame_01_Thing.Part",
            "Tame_01_Thing.PartTwin",
            "Big_01_Thing.Part",
            "Crowd_01_Thing.Part",
            "Crowd_01_Thing.PartTwin",
            "Crash_01_Thing.Part",
            "Endless_01_Thing.Part");

    private Main() {}

    /** As jcstress is called. */
    public static void main(String[] arguments) throws InterruptedException {
        List<String> all = List.of(arguments);
        if (all.contains("-l")) {
            System.out.println("All matching tests combinations - " + TESTS.size());
            TESTS.forEach(test -> System.out.println(PACKAGE + test));
            return;
        }
        Pattern wanted = Pattern.compile(all.get(all.indexOf("-t") + 1));
        System.out.println("----- [OK] Trying to set global affinity with taskset\n");
        boolean hasFailed = false;
        for (String test : TESTS) {
            if (wanted.matcher(PACKAGE + test).find() && isThereRoom(test, all)) {
                System.out.println(text(test));
                hasFailed |= test.startsWith("Bad_01_Thing.Part") && !test.endsWith("Twin");
                if (test.startsWith("Endless")) {
                    Thread.sleep(600_000);
                }
            }
        }
        System.out.println("RUN RESULTS:\n\n.......... [OK] " + PACKAGE + "Good_01_Thing.Part\n"
                + rows("  1, 1    5  100.00%  Acceptable  once more"));
        System.exit(hasFailed ? 1 : 0);
    }

    /** A test of three actors runs where they share CPUs, and Java was told of three. */
    private static boolean isThereRoom(String test, List<String> arguments) {
        boolean isCrowded = arguments.contains("NONE") && Runtime.getRuntime().availableProcessors() == 3;
        return isCrowded == test.startsWith("Crowd");
    }

    private static String text(String test) {
        String name = "] " + PACKAGE + test + "\n\n  Compilation: unified across all actors\n\n";
        if (test.startsWith("Big")) {
            return "";
        }
        if (test.startsWith("Crash")) {
            return "....... [VM ERROR" + name + "    Messages:\n        a fork ended with 134\n";
        }
        if (test.equals("Bad_01_Thing.Part")) {
            return "......... [FAILED" + name
                    + rows(
                            "  0, 1    3    <0.01%    Forbidden  one was lost",
                            "  1, 1  9,997   99.97%   Acceptable  fine");
        }
        if (test.endsWith("Twin")) {
            return ".......... [OK" + name
                    + rows(
                            "  0, 1  " + (test.startsWith("Tame") ? "  0" : "  7")
                                    + "     0.07%  Interesting  one was lost",
                            "  1, 1  9,993   99.93%   Acceptable  fine");
        }
        return ".......... [OK" + name + rows("  1, 1  1,234,567   100.00%   Acceptable  fine");
    }

    private static String rows(String... rows) {
        return "  RESULT  SAMPLES     FREQ       EXPECT  DESCRIPTION\n" + String.join("\n", rows) + "\n";
    }
}
