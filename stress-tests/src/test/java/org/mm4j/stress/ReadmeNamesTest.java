package org.mm4j.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The classes and their members that a README names are there, so that a newcomer finds them. */
class ReadmeNamesTest {
    /** A class between backticks, with or without a member: {@code Zone}, {@code Zone.take}, {@code Zone.take(1)}. */
    private static final Pattern NAME = Pattern.compile("`([A-Z]\\w*[a-z]\\w*)(?:\\.([a-z]\\w*))?(?:\\([^`]*\\))?`");

    private static final Pattern BLOCK = Pattern.compile("```.*?```", Pattern.DOTALL);

    private static final List<String> PACKAGES_OF_JAVA = List.of(
            "java.lang.", "java.lang.foreign.", "java.util.", "java.util.concurrent.", "java.util.concurrent.locks.");

    /** An invented class, and the end of the names of some. */
    private static final Set<String> NO_CLASSES = Set.of("Thing", "Thing_02_WhatIsAtStake", "Command");

    private static final Map<String, String> SOURCES = Repository.javaFiles(".*").stream()
            .collect(Collectors.toMap(ReadmeNamesTest::className, Repository::read, String::concat));

    @Test
    void namesInReadmesExist() {
        List<Path> readmes = Repository.files().stream()
                .filter(file -> file.endsWith("README.md"))
                .toList();
        assertThat(readmes).isNotEmpty();
        assertThat(readmes.stream().flatMap(ReadmeNamesTest::faults)).isEmpty();
    }

    private static Stream<String> faults(Path readme) {
        String text = BLOCK.matcher(Repository.read(readme)).replaceAll("");
        return NAME.matcher(text)
                .results()
                .filter(name -> !exists(name))
                .map(name -> Repository.name(readme) + " names " + name.group() + ", which is not there");
    }

    private static boolean exists(MatchResult name) {
        String type = name.group(1);
        String source = SOURCES.get(type);
        if (source == null) {
            return NO_CLASSES.contains(type) || isTest(type) || isOfJava(type) || isNested(type);
        }
        return name.group(2) == null
                || Pattern.compile("\\b" + name.group(2) + "\\b")
                        .matcher(source)
                        .find();
    }

    /** A stress test is often named without its last part. */
    private static boolean isTest(String type) {
        return type.matches("\\w+_\\d\\d") && SOURCES.keySet().stream().anyMatch(each -> each.startsWith(type + "_"));
    }

    private static boolean isOfJava(String type) {
        return PACKAGES_OF_JAVA.stream().anyMatch(each -> {
            try {
                Class.forName(each + type);
                return true;
            } catch (ClassNotFoundException e) {
                return false;
            }
        });
    }

    private static boolean isNested(String type) {
        Pattern declaration = Pattern.compile("\\b(?:class|interface|record|enum) " + type + "\\b");
        return SOURCES.values().stream()
                .anyMatch(source -> declaration.matcher(source).find());
    }

    private static String className(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }
}
