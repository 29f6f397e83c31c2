package org.mm4j.lab.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the stress tests are. They are no part of the mm command, which depends on none of the tools that they need: the
 * script {@code ./mm} builds them and tells where they lie.
 *
 * @param classPath of the tests and jcstress
 * @param root the folder of the sources, which has the page of protocols
 */
public record StressTests(String classPath, Path root) {
    /** The property that has the class path. */
    public static final String CLASS_PATH = "mm4j.stress.classpath";

    /** The property that has the folder of the sources. */
    public static final String ROOT = "mm4j.root";

    private static final String PAGE = "stress-tests/PROTOCOLS.md";

    /** Those that this process was told of; empty when it was not, or when they are not there. */
    public static Optional<StressTests> ofProcess() {
        String classPath = System.getProperty(CLASS_PATH, "");
        String root = System.getProperty(ROOT, "");
        if (classPath.isEmpty() || root.isEmpty() || !Files.exists(Path.of(classPath))) {
            return Optional.empty();
        }
        return Optional.of(new StressTests(classPath, Path.of(root)));
    }

    /** The page of protocols. */
    public ProtocolPage page() throws IOException {
        return ProtocolPage.read(root.resolve(PAGE));
    }

    /** Where runs leave what they leave. */
    public Path folder() {
        return root.resolve("stress-tests/target/mm-stress");
    }

    /** All tests, or those of some classes, given by their simple names. */
    public static List<String> ofClasses(List<String> tests, List<String> simpleNames) {
        return tests.stream()
                .filter(test -> simpleNames.stream().anyMatch(name -> test.contains("." + name + ".")))
                .toList();
    }

    /** The names of all tests, twins included. */
    public List<String> tests() throws IOException, InterruptedException {
        return JcstressRun.tests(classPath);
    }

    /** How tables name this machine. */
    public static String machine() {
        return Runtime.getRuntime().availableProcessors() + "-core "
                + System.getProperty("os.arch").replace("amd64", "x86_64") + ", "
                + System.getProperty("java.vendor.version", "Java " + Runtime.version());
    }
}
