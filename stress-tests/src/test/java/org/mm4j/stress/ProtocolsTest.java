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
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mm4j.api.LockRank;
import org.mm4j.lab.stress.Protocol;
import org.mm4j.lab.stress.Protocol.Tag;
import org.mm4j.lab.stress.ProtocolPage;

/** Keeps the page of protocols, the tags in the code and the tests in step. Each fault is told in a sentence. */
class ProtocolsTest {
    private static final Path FILE = Repository.root().resolve("stress-tests/PROTOCOLS.md");
    private static final String TEXT = Repository.read(FILE);
    private static final ProtocolPage PAGE = ProtocolPage.parse(TEXT);

    private static final Pattern TAG = Pattern.compile("\\[([a-z][a-z0-9-]*\\.[RA][0-9]+)]");
    private static final Pattern TEST_NAME = Pattern.compile("\\b[A-Z]\\w*(?:_\\d\\d_\\w+|Test)\\b");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)\\)");

    /** What makes a class share memory between threads by means of its own. */
    private static final Pattern SHARES = Pattern.compile(
            "\\bVarHandle [A-Z]\\w*\\s*[=;]|\\bVarHandle\\.\\w+Fence|\\bvolatile\\b|\\bsynchronized\\b|\\bnew SpinLock\\("
                    + "|\\bnew ReentrantLock\\(|\\bAtomic(?:Long|Integer|Boolean|Reference)\\w*\\b|\\bConcurrentHashMap\\b");

    @Test
    void everyTagInTheCodeHasARow() {
        Set<String> rows = tagsOfPage();
        List<String> bad = new ArrayList<>();
        tagsInCode().forEach((tag, file) -> {
            if (!rows.contains(tag)) {
                bad.add("[" + tag + "] stands in " + file + " and has no row in PROTOCOLS.md");
            }
        });
        assertThat(bad).isEmpty();
    }

    @Test
    void everyRowHasItsTagInTheCode() {
        Set<String> code = tagsInCode().keySet();
        assertThat(faults(
                        tag -> !code.contains(tag.name()), " has a row in PROTOCOLS.md and stands at no line of code"))
                .isEmpty();
    }

    @Test
    void aRowStandsInTheSectionOfItsProtocolAndOnce() {
        List<String> bad = new ArrayList<>();
        Set<String> seen = new TreeSet<>();
        for (Protocol protocol : PAGE.protocols()) {
            for (Tag tag : protocol.tags()) {
                if (!tag.name().startsWith(protocol.name() + ".")) {
                    bad.add("[" + tag.name() + "] has its row in the section of " + protocol.name());
                }
                if (!seen.add(tag.name())) {
                    bad.add("[" + tag.name() + "] has two rows");
                }
            }
        }
        assertThat(bad).isEmpty();
    }

    @Test
    void everyReleaseNamesItsAcquireAndBack() {
        List<String> bad = new ArrayList<>();
        PAGE.tags().forEach(tag -> {
            if (tag.partners().isEmpty()) {
                bad.add("[" + tag.name() + "] pairs with nothing");
            }
            for (String partner : tag.partners()) {
                Tag other = PAGE.tag(partner).orElse(null);
                if (other == null) {
                    bad.add("[" + tag.name() + "] pairs with [" + partner + "], which has no row");
                } else if (other.isRelease() == tag.isRelease()
                        || !other.partners().contains(tag.name())) {
                    bad.add("[" + tag.name() + "] pairs with [" + partner + "], which does not pair with it");
                }
            }
        });
        assertThat(bad).isEmpty();
    }

    @Test
    void everyRowHasTestsThatNameItsTag() {
        List<String> bad = new ArrayList<>();
        Map<String, String> tests = stressTests();
        PAGE.tags().forEach(tag -> {
            if (tag.tests().isEmpty()) {
                bad.add("[" + tag.name() + "] has no test");
            }
            for (String test : tag.tests()) {
                if (!tests.containsKey(test)) {
                    bad.add("[" + tag.name() + "] is said to be held by " + test + ", which is no stress test");
                } else if (!tests.get(test).contains("[" + tag.name() + "]")) {
                    bad.add(test + " holds [" + tag.name() + "] and does not name it");
                }
            }
        });
        assertThat(bad).isEmpty();
    }

    @Test
    void everyStressTestNamesATagOrIsNamedByAProtocol() {
        List<String> bad = new ArrayList<>();
        stressTests().forEach((test, text) -> {
            List<String> tags = found(TAG, text);
            tags.stream()
                    .filter(tag -> PAGE.tag(tag).isEmpty())
                    .forEach(tag -> bad.add(test + " names [" + tag + "], which has no row in PROTOCOLS.md"));
            tags.stream()
                    .flatMap(tag -> PAGE.tag(tag).stream())
                    .filter(tag -> !tag.tests().contains(test))
                    .forEach(tag -> bad.add(test + " names [" + tag.name() + "], whose row does not name the test"));
            if (PAGE.protocols().stream().noneMatch(protocol -> protocol.tests().contains(test))) {
                bad.add(test + " names no tag, and no section of a protocol in PROTOCOLS.md names it");
            }
        });
        assertThat(bad).isEmpty();
    }

    @Test
    void everyRowSaysWhatIsExpectedWithoutIt() {
        Pattern expected = Pattern.compile("(red|green): \\S.*");
        assertThat(faults(
                        tag -> !expected.matcher(tag.onX86()).matches()
                                || !expected.matcher(tag.onArm()).matches(),
                        " does not say \"red: ...\" or \"green: ...\" for x86 and for ARM"))
                .isEmpty();
    }

    @Test
    void ranksStandInTheOrderOfLocks() {
        List<String> rows = Pattern.compile("(?m)^\\| ([A-Z][A-Z_]+) \\|")
                .matcher(TEXT)
                .results()
                .map(row -> row.group(1))
                .toList();
        assertThat(rows)
                .as("the table of lock ranks in PROTOCOLS.md")
                .containsExactlyElementsOf(
                        Stream.of(LockRank.values()).map(Enum::name).toList());
    }

    @Test
    void everyClassThatSharesMemoryHasItsLink() {
        List<String> bad = new ArrayList<>();
        for (Path file : Repository.mainSources()) {
            String name = Repository.name(file);
            var means = SHARES.matcher(JavaText.code(Repository.read(file)));
            if (means.find() && !TEXT.contains("(../" + name + ")")) {
                bad.add(name + " shares memory between threads by " + means.group()
                        + " and has no link in PROTOCOLS.md");
            }
        }
        assertThat(bad).isEmpty();
    }

    @Test
    void everyTestNamedExists() {
        Set<String> files = Repository.javaFiles(".*").stream()
                .map(file -> file.getFileName().toString().replace(".java", ""))
                .collect(Collectors.toSet());
        assertThat(found(TEST_NAME, TEXT).stream()
                        .filter(test -> !files.contains(test))
                        .map(test -> "PROTOCOLS.md names " + test + ", which is no test")
                        .distinct())
                .isEmpty();
    }

    @Test
    void everyLinkLeadsToAFile() {
        assertThat(LINK.matcher(TEXT)
                        .results()
                        .map(link -> link.group(1))
                        .filter(link -> !Files.exists(FILE.resolveSibling(link)))
                        .map(link -> "PROTOCOLS.md links to " + link + ", which is not there"))
                .isEmpty();
    }

    private static List<String> faults(Predicate<Tag> isFault, String sentence) {
        return PAGE.tags()
                .filter(isFault)
                .map(tag -> "[" + tag.name() + "]" + sentence)
                .toList();
    }

    private static Set<String> tagsOfPage() {
        Set<String> tags = PAGE.tags().map(Tag::name).collect(Collectors.toCollection(TreeSet::new));
        assertThat(tags).as("tags with a row in PROTOCOLS.md").isNotEmpty();
        return tags;
    }

    /** Each tag in a comment behind code, and a file where it stands. */
    private static Map<String, String> tagsInCode() {
        Map<String, String> tags = new TreeMap<>();
        for (Path file : Repository.mainSources()) {
            Repository.read(file).lines().filter(line -> line.contains("//")).forEach(line -> {
                String here = line.substring(line.indexOf("//")).split("pairs with", 2)[0];
                found(TAG, here).forEach(tag -> tags.putIfAbsent(tag, Repository.name(file)));
            });
        }
        assertThat(tags).as("tags in the code").isNotEmpty();
        return tags;
    }

    /** The files that have jcstress tests, by their classes. */
    private static Map<String, String> stressTests() {
        Map<String, String> tests = new TreeMap<>();
        for (Path file : Repository.javaFiles("stress-tests/src/main/java/.*")) {
            String text = Repository.read(file);
            if (JavaText.code(text).contains("@JCStressTest")) {
                tests.put(file.getFileName().toString().replace(".java", ""), text);
            }
        }
        assertThat(tests).as("stress tests").isNotEmpty();
        return tests;
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group(pattern.matcher("").groupCount()))
                .toList();
    }
}
