package org.mm4j.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Keeps the course of the README and the stress tests in step: each lesson has its tests, and each test its lesson. */
class CourseTest {
    /** A row of the table of lessons: its number, and the cell of its tests. */
    private static final Pattern LESSON = Pattern.compile("(?m)^\\| (\\d+) \\|[^|]*\\| ([^|]*) \\|$");

    private static final Pattern CELL = Pattern.compile("`\\w+_\\d\\d`(?:, `\\w+_\\d\\d`)*");
    private static final Pattern TEST = Pattern.compile("\\w+_\\d\\d");

    private static final String TEXT =
            Repository.read(Repository.root().resolve("stress-tests").resolve("README.md"));
    private static final List<MatchResult> LESSONS =
            LESSON.matcher(TEXT).results().toList();

    @Test
    void lessonsAreNumbered() {
        assertThat(LESSONS).isNotEmpty();
        List<String> bad = new ArrayList<>();
        for (int index = 0; index < LESSONS.size(); index++) {
            String number = LESSONS.get(index).group(1);
            if (!number.equals(String.valueOf(index + 1))) {
                bad.add("the lesson in row " + (index + 1) + " has the number " + number);
            }
        }
        assertThat(bad).isEmpty();
    }

    @Test
    void everyLessonNamesTests() {
        assertThat(LESSONS.stream()
                        .filter(lesson -> !CELL.matcher(lesson.group(2)).matches())
                        .map(lesson -> "lesson " + lesson.group(1) + " has no tests, but: " + lesson.group(2)))
                .isEmpty();
    }

    @Test
    void everyTestIsInOneLesson() {
        List<String> named = LESSONS.stream()
                .flatMap(lesson -> tests(lesson.group(2)))
                .sorted()
                .toList();
        assertThat(named)
                .as("tests that the lessons name, and those that there are")
                .containsExactlyElementsOf(stressTests());
    }

    /** The first parts of the names of all files with jcstress tests, as in SpinLock_01. */
    private static Set<String> stressTests() {
        Set<String> tests = new TreeSet<>();
        Repository.javaFiles("stress-tests/src/main/java/.*").stream()
                .filter(file -> JavaText.code(Repository.read(file)).contains("@JCStressTest"))
                .flatMap(file -> tests(file.getFileName().toString()).limit(1))
                .forEach(tests::add);
        return tests;
    }

    private static Stream<String> tests(String text) {
        return TEST.matcher(text).results().map(MatchResult::group);
    }
}
