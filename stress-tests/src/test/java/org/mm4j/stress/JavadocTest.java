package org.mm4j.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the Javadoc of every exported type says. There are no exemptions. */
class JavadocTest {
    private static final String ANNOTATIONS = "\\s*((?:@[\\w.]+(?:\\([^)]*\\))?[ \\t]*(?://[^\\n]*)?\\s*)*)";

    private static final Pattern TYPE = Pattern.compile(
            "/\\*\\*((?:(?!\\*/).)*)\\*/" + ANNOTATIONS
                    + "^public\\s+(?:(?:final|abstract|sealed|non-sealed)\\s+)*(class|interface|enum|record|@interface)\\s+(\\w+)",
            Pattern.DOTALL | Pattern.MULTILINE);

    /** A method of a top-level type: its Javadoc, annotations, modifiers, result, name, and what follows its head. */
    private static final Pattern METHOD = Pattern.compile(
            "(?:/\\*\\*((?:(?!\\*/).)*)\\*/)?\\s*" + ANNOTATIONS
                    + "^ {4}((?:(?:public|private|static|final|synchronized|default|abstract)\\s+)*)(?:<[^>{};]*>\\s+)?"
                    + "(?!new|return|else|throw|case)([\\w@][\\w.<>\\[\\],?@ ]*?)\\s+(\\w+)\\s*\\([^;{}]*?\\)\\s*"
                    + "(?:throws\\s+[\\w.,\\s]+)?([{;])",
            Pattern.DOTALL | Pattern.MULTILINE);

    /** Takes memory, and says by its result when there is none. */
    private static final Pattern TAKES = Pattern.compile(
            "k?v?[mcz]?alloc(?!ations|Traces|dStep).*|getFree.*|getZeroed.*|getDma.*|vmap|vmMapRam|krealloc.*");

    private static final List<Type> TYPES = new ArrayList<>();

    private record Call(String name, String result, String javadoc, String annotations, String modifiers, String body) {
        boolean isPublic(String kind) {
            return kind.equals("interface") ? !modifiers.contains("private") : modifiers.contains("public");
        }

        boolean isInherited() {
            return annotations.contains("@Override");
        }
    }

    private record Type(String kind, String name, String javadoc, List<Call> calls) {}

    @BeforeAll
    static void read() {
        for (Path file : Repository.exportedSources()) {
            String text = Repository.read(file);
            Matcher type = TYPE.matcher(text);
            if (type.find()) {
                TYPES.add(new Type(type.group(3), type.group(4), type.group(1), calls(text, type)));
            }
        }
        assertThat(TYPES).hasSizeGreaterThan(150);
        assertThat(TYPES.stream().mapToLong(type -> type.calls.size()).sum()).isGreaterThan(900);
    }

    private static List<Call> calls(String text, Matcher type) {
        List<Call> calls = new ArrayList<>();
        Matcher method = METHOD.matcher(text);
        while (method.find()) {
            String javadoc = method.group(1) == null ? "" : method.group(1);
            String body = method.group(6).equals("{") ? text.substring(method.end(), end(text, method.end())) : "";
            Call call = new Call(method.group(5), method.group(4), javadoc, method.group(2), method.group(3), body);
            if (call.isPublic(type.group(3)) && !call.isInherited() && !call.name.equals(type.group(4))) {
                calls.add(call);
            }
        }
        return calls;
    }

    private static int end(String text, int start) {
        int end = text.indexOf("\n    }\n", start);
        return end < 0 ? text.length() : end;
    }

    private static List<String> callsThat(Predicate<Call> isBad) {
        return TYPES.stream()
                .flatMap(type -> type.calls.stream().filter(isBad).map(call -> type.name + "." + call.name))
                .toList();
    }

    @Test
    void typesNameTheirCounterpartInLinuxOrSayThatThereIsNone() {
        assertThat(TYPES.stream()
                        .filter(type -> !type.javadoc.contains("Linux"))
                        .map(Type::name))
                .isEmpty();
    }

    @Test
    void classesWithStateSayWhichThreadsMayCallThem() {
        assertThat(TYPES.stream()
                        .filter(type ->
                                type.kind.equals("class") && type.calls.stream().anyMatch(JavadocTest::isOfObjects))
                        .filter(type -> !type.name.endsWith("Exception"))
                        .filter(type -> !type.javadoc.matches("(?is).*(thread|immutable|snapshot|racy).*"))
                        .map(Type::name))
                .isEmpty();
    }

    private static boolean isOfObjects(Call call) {
        return !call.modifiers.contains("static");
    }

    @Test
    void publicMethodsAreExplained() {
        assertThat(callsThat(call -> call.javadoc.isBlank())).isEmpty();
    }

    @Test
    void methodsThatThrowSaySo() {
        assertThat(callsThat(call -> call.body.contains("throw new")
                        && !call.javadoc.matches("(?s).*(@throws|refused|\\{@link|@inheritDoc).*")))
                .isEmpty();
    }

    @Test
    void methodsThatTakeMemorySayWhatAFailureIs() {
        assertThat(callsThat(call -> call.result.matches("long|int|MemorySegment")
                        && TAKES.matcher(call.name).matches()
                        && !call.javadoc.matches(
                                "(?s).*(@throws|@return|\\b0\\b|NONE|\\{@link|null|The same|fails).*")))
                .isEmpty();
    }
}
