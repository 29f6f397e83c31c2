package org.mm4j.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rules of this source tree that no compiler checks. Every rule lists what breaks it. */
class TidyTest {
    private static final int LINES_MAX = 400;

    /** Files that may be longer, and why. */
    private static final Map<String, String> LONG_FILES = Map.of();

    /** What a README has besides its title; a module that is not named here has the headings of an allocator. */
    private static final Map<String, List<String>> HEADINGS = Map.of(
            "stress-tests",
            List.of("## Run", "## Twins", "## Add a test"),
            "mm-bench",
            List.of("## Run", "## What is measured"),
            "mm-contract",
            List.of("## Use", "## What is checked"),
            "mm-lab",
            List.of("## Run", "## Traces", "## JSON", "## Exit codes", "## Reading order"));

    private static final List<String> HEADINGS_OF_AN_ALLOCATOR =
            List.of("## Ten lines", "## The state", "## Reading order", "## Break it");

    /** Modules whose README is still to come. */
    private static final Set<String> WITHOUT_README = Set.of("mm-netty", "mm-arrow");

    private static final Pattern TAG = Pattern.compile("\\[([a-z][a-z0-9-]*)\\.([RA])[0-9]+]");

    /** The tags that stand at a line of code, and of each the tags that it is said to pair with. */
    private static final Map<String, Set<String>> PARTNERS = new TreeMap<>();

    @BeforeAll
    static void readTags() {
        assertThat(Repository.mainSources()).as("main sources").isNotEmpty();
        List<String[]> pairs = new ArrayList<>();
        for (Path file : Repository.mainSources()) {
            Repository.read(file).lines().filter(line -> line.contains("//")).forEach(line -> {
                String[] parts = line.substring(line.indexOf("//")).split("pairs with", 2);
                List<String> here = tags(parts[0]);
                here.forEach(tag -> PARTNERS.computeIfAbsent(tag, _ -> new TreeSet<>()));
                for (String there : parts.length == 2 ? tags(parts[1]) : List.<String>of()) {
                    here.forEach(tag -> pairs.add(new String[] {tag, there}));
                }
            });
        }
        for (String[] pair : pairs) {
            PARTNERS.get(pair[0]).add(pair[1]);
            PARTNERS.computeIfPresent(pair[1], (_, partners) -> {
                partners.add(pair[0]);
                return partners;
            });
        }
    }

    @Test
    void everyReleaseHasItsAcquire() {
        assertThat(withoutPartner('R', 'A')).isEmpty();
    }

    @Test
    void everyAcquireHasItsRelease() {
        assertThat(withoutPartner('A', 'R')).isEmpty();
    }

    /** A tag that is paired with one that stands nowhere, or with none of the other kind. */
    private static List<String> withoutPartner(char kind, char otherKind) {
        List<String> bad = new ArrayList<>();
        PARTNERS.forEach((tag, partners) -> {
            if (tag.indexOf("." + kind) < 0) {
                return;
            }
            if (partners.stream().noneMatch(p -> p.indexOf("." + otherKind) >= 0)) {
                bad.add(tag + " pairs with no ." + otherKind);
            }
            partners.stream()
                    .filter(p -> !PARTNERS.containsKey(p))
                    .forEach(p -> bad.add(tag + " pairs with " + p + ", which stands nowhere"));
        });
        return bad;
    }

    @Test
    void everyProtocolHasAStressTest() {
        Set<String> stressed = new TreeSet<>();
        for (Path file : stressSources()) {
            tags(Repository.read(file)).forEach(tag -> stressed.add(protocol(tag)));
        }
        assertThat(PARTNERS.keySet().stream().map(TidyTest::protocol).distinct())
                .as("protocols; each is named by a tag in a stress test")
                .isSubsetOf(stressed);
    }

    /** An accessor's name ends in its access mode, or begins with cas; calling another such accessor will do. */
    @Test
    void accessorNamesTellTheAccessMode() {
        Map<Pattern, Pattern> bodyByName = Map.of(
                Pattern.compile(".*Acquire"), Pattern.compile("Acquire\\("),
                Pattern.compile(".*Release"), Pattern.compile("Release\\("),
                Pattern.compile(".*Opaque"), Pattern.compile("Opaque\\("),
                Pattern.compile(".*Volatile"), Pattern.compile("Volatile\\("),
                Pattern.compile("(?!is).*Plain"), Pattern.compile("\\.(get|set)\\(|Plain\\("),
                Pattern.compile("cas[A-Z].*"),
                        Pattern.compile("ompareAndSet\\w*\\(|compareAndExchange\\w*\\(|\\bcas[A-Z]\\w*\\("));
        List<String> bad = new ArrayList<>();
        for (Path file : Repository.mainSources()) {
            for (JavaText.Method method : JavaText.methods(Repository.read(file))) {
                bodyByName.forEach((name, body) -> {
                    if (!method.modifiers().matches(".*(public|default).*")
                            && name.matcher(method.name()).matches()
                            && !body.matcher(method.body()).find()) {
                        bad.add(Repository.name(file) + ": " + method.name() + " does not call " + body);
                    }
                });
            }
        }
        assertThat(bad).isEmpty();
    }

    @Test
    void noTestIsSwitchedOff() {
        assertThat(offenders(Repository.javaFiles(".*"), "@(Disabled|Ignore)\\w*\\b"))
                .isEmpty();
    }

    @Test
    void mainFilesAreShort() {
        assertThat(Repository.mainSources().stream()
                        .filter(f -> Repository.read(f).lines().count() > LINES_MAX)
                        .map(Repository::name)
                        .filter(name -> !LONG_FILES.containsKey(name)))
                .as("files of more than %d lines; a good reason goes into LONG_FILES", LINES_MAX)
                .isEmpty();
    }

    @Test
    void classNamesSayWhatAClassIs() {
        assertThat(offenders(
                        Repository.mainSources(),
                        "\\b(class|interface|enum|record)\\s+\\w*(Manager|Helper|Utils?|Impl|Base)(?![a-z])"))
                .isEmpty();
    }

    @Test
    void noMachinePaths() {
        Pattern path = Pattern.compile("(?<![\\w.~)])/(work|root|home/\\w+|Users/\\w+)/");
        assertThat(textFiles().stream()
                        .filter(f -> path.matcher(Repository.read(f)).find())
                        .map(Repository::name))
                .as("files that name a folder of one machine")
                .isEmpty();
    }

    /** The two lines that maven-wrapper-plugin's wrapper goal drops; both have to come before set -f. */
    @Test
    void mvnwFindsTheJdkAndKeepsMavenQuiet() {
        List<String> lines =
                Repository.read(Repository.root().resolve("mvnw")).lines().toList();
        int end = lines.indexOf("set -euf");
        assertThat(lines.indexOf(". \"$(dirname \"$0\")/.mvn/jdk.sh\""))
                .as("line that finds the JDK")
                .isBetween(0, end);
        assertThat(lines.indexOf("export MAVEN_OPTS=\"--sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS-}\""))
                .as("line that keeps Maven quiet")
                .isBetween(0, end);
    }

    @Test
    void scriptsFindTheJdkAndCanBeRun() {
        Pattern source = Pattern.compile("(?m)^\\. .*\\.mvn/jdk\\.sh");
        assertThat(Stream.of("mvnw", "mm", ".ci/run", "stress-tests/run", "mm-bench/run"))
                .allMatch(s -> Files.isExecutable(Repository.root().resolve(s)), "is executable")
                .allMatch(
                        s -> source.matcher(Repository.read(Repository.root().resolve(s)))
                                .find(),
                        "sources .mvn/jdk.sh");
    }

    @Test
    void everyModuleHasAReadme() {
        assertThat(Repository.modules().stream().filter(m -> !WITHOUT_README.contains(m)))
                .allMatch(m -> Files.exists(readme(m)), "has a README.md");
    }

    @Test
    void readmesHaveTheirHeadings() {
        List<String> bad = new ArrayList<>();
        for (String module : Repository.modules()) {
            if (Files.exists(readme(module))) {
                List<String> lines = Repository.read(readme(module)).lines().toList();
                Stream.concat(
                                Stream.of("# " + module),
                                HEADINGS.getOrDefault(module, HEADINGS_OF_AN_ALLOCATOR).stream())
                        .filter(heading -> !lines.contains(heading))
                        .forEach(heading -> bad.add(module + "/README.md has no line \"" + heading + '"'));
            }
        }
        assertThat(bad).isEmpty();
    }

    @Test
    void thereAreAsManyStressTestsAsThePomSays() {
        long tests = stressSources().stream()
                .mapToLong(f -> count("(?m)^\\s*@JCStressTest\\b", JavaText.code(Repository.read(f))))
                .sum();
        Matcher written = Pattern.compile("<jcstress.tests>(\\d+)</jcstress.tests>")
                .matcher(Repository.read(Repository.root().resolve("stress-tests/pom.xml")));
        assertThat(written.find()).isTrue();
        assertThat(Long.parseLong(written.group(1)))
                .as("jcstress.tests in the POM")
                .isEqualTo(tests);
    }

    @Test
    void everyTwinHasItsTest() {
        List<String> bad = new ArrayList<>();
        for (Path file : stressSources()) {
            String code = JavaText.code(Repository.read(file));
            Matcher twin = Pattern.compile("\\bclass (\\w+)Twin\\b").matcher(code);
            while (twin.find()) {
                if (count("\\bclass " + twin.group(1) + "\\b", code) == 0) {
                    bad.add(Repository.name(file) + ": " + twin.group(1) + "Twin");
                }
            }
        }
        assertThat(bad).as("twins without the test that they break").isEmpty();
    }

    @Test
    void exportedTypesHaveJavadoc() {
        Pattern type =
                Pattern.compile("(?m)^[ \\t]*public\\s+(?:(?:static|final|abstract|sealed|non-sealed|strictfp)\\s+)*"
                        + "(?:class|interface|enum|record|@interface)\\s+(\\w+)");
        Pattern endsInJavadoc =
                Pattern.compile("/\\*\\*(?:(?!\\*/).)*\\*/\\s*(?:@[\\w.]+(?:\\([^)]*\\))?\\s*)*$", Pattern.DOTALL);
        List<String> bad = new ArrayList<>();
        for (Path file : Repository.exportedSources()) {
            String text = Repository.read(file);
            Matcher m = type.matcher(text);
            while (m.find()) {
                if (!endsInJavadoc.matcher(text.substring(0, m.start())).find()) {
                    bad.add(Repository.name(file) + ": " + m.group(1));
                }
            }
        }
        assertThat(bad).isEmpty();
    }

    private static List<Path> stressSources() {
        List<Path> sources = Repository.javaFiles("stress-tests/src/main/java/.*");
        assertThat(sources).as("stress tests").isNotEmpty();
        return sources;
    }

    /** Every file that is not binary. */
    private static List<Path> textFiles() {
        Set<String> binary = Set.of("gz", "png", "jar", "ico", "woff2", "zip");
        return Repository.files().stream()
                .filter(f -> !binary.contains(Repository.name(f).replaceAll(".*\\.", "")))
                .toList();
    }

    /** Every place in the code of these files, comments and strings aside, that the expression matches. */
    private static List<String> offenders(List<Path> files, String expression) {
        Pattern pattern = Pattern.compile(expression);
        return files.stream()
                .flatMap(f -> pattern.matcher(JavaText.code(Repository.read(f)))
                        .results()
                        .map(m -> Repository.name(f) + ": " + m.group()))
                .toList();
    }

    private static List<String> tags(String text) {
        return TAG.matcher(text).results().map(m -> m.group()).toList();
    }

    private static String protocol(String tag) {
        return tag.substring(1, tag.indexOf('.'));
    }

    private static long count(String expression, String text) {
        return Pattern.compile(expression).matcher(text).results().count();
    }

    private static Path readme(String module) {
        return Repository.root().resolve(module).resolve("README.md");
    }
}
