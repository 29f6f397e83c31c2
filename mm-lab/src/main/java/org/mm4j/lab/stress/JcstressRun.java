package org.mm4j.lab.stress;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One process of jcstress. Its exit code alone is worth little: it is 0 when no test could run, and when none could start.
 *
 * <p>{@link #stop} may be called by any thread; everything else by one.
 */
public final class JcstressRun {
    private static final String MAIN = "org.openjdk.jcstress.Main";

    /** Lies beside the tests: jcstress that is told of three CPUs, which Java must be told of as well. */
    private static final String CROWDED_MAIN = "org.mm4j.stress.ThreeActors";

    private static final String CROWDED_CPUS = "-XX:ActiveProcessorCount=3";
    private static final Duration LIST_LIMIT = Duration.ofSeconds(60);

    private final String classPath;
    private final Path folder;
    private final JcstressConsole console = new JcstressConsole();

    private volatile @Nullable Process process;
    private volatile boolean isStopped;
    private volatile boolean isOverdue;
    private int exitCode = -1;

    /**
     * A run that has not begun.
     *
     * @param classPath where jcstress and the tests are
     * @param folder where the process runs and leaves its report and all that it printed, as console.txt; made if need be
     */
    public JcstressRun(String classPath, Path folder) {
        this.classPath = classPath;
        this.folder = folder;
    }

    /** The names of all tests there are, sorted; also of those that have more actors than this machine has CPUs. */
    public static List<String> tests(String classPath) throws IOException, InterruptedException {
        Process list = start(classPath, true, List.of("-l"), Path.of(""));
        try (BufferedReader lines = list.inputReader(StandardCharsets.UTF_8)) {
            return lines.lines()
                    .map(String::strip)
                    .filter(line -> line.matches("[a-z][\\w.]+\\.[A-Z]\\w+(\\.\\w+)*"))
                    .sorted()
                    .toList();
        } finally {
            list.waitFor(LIST_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            kill(list);
        }
    }

    /**
     * Runs tests, and returns when they are done, when the time is over, or when it was stopped.
     *
     * @param tests their names
     * @param limit when the process is killed
     * @param onTest told of each test that jcstress begins to tell of
     */
    public void run(Collection<String> tests, JcstressOptions options, Duration limit, Consumer<String> onTest)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Process started = start(classPath, options.isCrowded(), options.arguments(tests), folder);
        process = started;
        if (isStopped) {
            kill(started);
        }
        Thread guard = Thread.ofPlatform().daemon().start(() -> endAfter(started, limit));
        try (BufferedReader lines = started.inputReader(StandardCharsets.UTF_8);
                Writer copy = Files.newBufferedWriter(consoleFile())) {
            read(lines, copy, onTest);
        } finally {
            kill(started);
            exitCode = started.waitFor();
            guard.interrupt();
        }
    }

    private void read(BufferedReader lines, Writer copy, Consumer<String> onTest) throws IOException {
        String line;
        while ((line = nextLine(lines)) != null) {
            copy.write(line);
            copy.write(System.lineSeparator());
            String test;
            synchronized (console) {
                test = console.read(line);
            }
            if (test != null) {
                onTest.accept(test);
            }
        }
        waitUntilEnded();
    }

    /** The output ends a moment before the process does. */
    private void waitUntilEnded() {
        Process now = process;
        if (now != null) {
            now.onExit().join();
        }
    }

    /** Null at the end, also when the end came by force. */
    private @Nullable String nextLine(BufferedReader lines) throws IOException {
        try {
            return lines.readLine();
        } catch (IOException e) {
            if (isStopped || isOverdue) {
                return null;
            }
            throw e;
        }
    }

    private void endAfter(Process started, Duration limit) {
        try {
            if (!started.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                isOverdue = true;
                kill(started);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the run is over
        }
    }

    /** Ends the run now, with all its processes. */
    public void stop() {
        isStopped = true;
        Process now = process;
        if (now != null) {
            kill(now);
        }
    }

    /** What was seen so far, by test. */
    public Map<String, TestOutcomes> seen() {
        synchronized (console) {
            return Map.copyOf(console.tests());
        }
    }

    /** Of the process; −1 while there is none. */
    public int exitCode() {
        return exitCode;
    }

    /** Whether it was killed because its time was over. */
    public boolean isOverdue() {
        return isOverdue;
    }

    /** All that jcstress printed. */
    public Path consoleFile() {
        return folder.resolve("console.txt");
    }

    private static Process start(String classPath, boolean isCrowded, List<String> arguments, Path folder)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath));
        command.addAll(isCrowded ? List.of(CROWDED_CPUS, CROWDED_MAIN) : List.of(MAIN));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .directory(folder.toAbsolutePath().toFile())
                .redirectErrorStream(true)
                .start();
    }

    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
