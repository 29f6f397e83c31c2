package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.reflect.Method;
import java.net.URL;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The kernel's own tests of its slab allocator, K1 to K10 and M1 to M43, and the rules C29 to C57: each has a test that
 * carries its number, in every engine that it applies to.
 *
 * <p>A test carries a number in its display name, {@code K1} or {@code C33, C34} or {@code M1-M11}, or at the begin of its
 * method's name, {@code c50}. M13 is vmalloc's.
 */
class ConformanceTest {
    private static final Pattern IN_NAME = Pattern.compile("\\b([KMC])(\\d+)(?:-\\1(\\d+))?\\b");
    private static final Pattern IN_METHOD = Pattern.compile("^([kmc])(\\d+)(?=[A-Z])()");

    /** Engines, whatever gate they have. */
    enum Engine {
        CPU_SLAB,
        SHEAVES,
        OWNED,
        DEBUG
    }

    private static final Set<Engine> ALL = EnumSet.allOf(Engine.class);
    private static final Set<Engine> FAST = EnumSet.complementOf(EnumSet.of(Engine.DEBUG));
    private static final Set<Engine> CHECKED = EnumSet.of(Engine.DEBUG);
    private static final Set<Engine> ARRAYS = EnumSet.of(Engine.SHEAVES, Engine.OWNED);

    /** Arithmetic and the registry: no engine takes part. */
    private static final Set<Engine> NONE = EnumSet.noneOf(Engine.class);

    /** What applies to some engines only; all other cases apply to all. */
    private static final Map<String, Set<Engine>> APPLIES = new TreeMap<>();

    static {
        for (String each : List.of("K1", "K2", "K3", "K4", "K5", "K6", "K10", "C42", "C43")) {
            APPLIES.put(each, CHECKED);
        }
        for (String kept : List.of("C46", "C47", "C48", "C49")) {
            APPLIES.put(kept, ARRAYS);
        }
        for (String rule : List.of("C44", "C45", "C56")) {
            APPLIES.put(rule, NONE);
        }
    }

    /** Test classes that make their engine themselves. */
    private static final Map<String, Set<Engine>> OWN_ENGINE = Map.of(
            "DebugTest", CHECKED,
            "KmallocDebugTest", CHECKED,
            "SheafEngineTest", EnumSet.of(Engine.SHEAVES),
            "OwnedEngineTest", EnumSet.of(Engine.OWNED),
            "MeminitTest", ALL);

    private final Map<String, Set<Engine>> tested = new TreeMap<>();

    ConformanceTest() throws ClassNotFoundException {
        URL self = ConformanceTest.class.getResource("ConformanceTest.class");
        File folder = new File(Objects.requireNonNull(self).getPath()).getParentFile();
        for (String file : Objects.requireNonNull(folder.list())) {
            if (file.endsWith("Test.class")) {
                read(Class.forName("org.mm4j.slab." + file.replace(".class", "")));
            }
        }
    }

    private void read(Class<?> test) {
        for (Method method : test.getDeclaredMethods()) {
            DisplayName display = method.getAnnotation(DisplayName.class);
            ParameterizedTest parameterized = method.getAnnotation(ParameterizedTest.class);
            String name = (display == null ? "" : display.value())
                    + (parameterized == null ? "" : " " + parameterized.name());
            add(IN_NAME.matcher(name), test);
            add(IN_METHOD.matcher(method.getName()), test);
        }
    }

    private void add(Matcher numbers, Class<?> test) {
        while (numbers.find()) {
            int first = Integer.parseInt(numbers.group(2));
            String last = numbers.group(3);
            for (int n = first; n <= (last == null || last.isEmpty() ? first : Integer.parseInt(last)); n++) {
                String name = numbers.group(1).toUpperCase(Locale.ROOT) + n;
                tested.computeIfAbsent(name, _ -> EnumSet.noneOf(Engine.class)).addAll(engines(test));
            }
        }
    }

    private static Set<Engine> engines(Class<?> test) {
        Set<Engine> own = OWN_ENGINE.get(test.getSimpleName());
        MethodSource source = test.getAnnotation(MethodSource.class);
        if (own != null || source == null) {
            return own == null ? NONE : own;
        }
        return String.join("", source.value()).endsWith("AndDebug") ? ALL : FAST;
    }

    private static List<String> cases() {
        List<String> cases = new ArrayList<>();
        for (int number = 1; number <= 10; number++) {
            cases.add("K" + number);
        }
        for (int number = 1; number <= 43; number++) {
            if (number != 13) {
                cases.add("M" + number);
            }
        }
        for (int number = 29; number <= 57; number++) {
            cases.add("C" + number);
        }
        return cases;
    }

    @Test
    void everyCaseHasATestInEveryEngineThatItAppliesTo() {
        List<String> missing = new ArrayList<>();
        for (String name : cases()) {
            Set<Engine> seen = tested.get(name);
            if (seen == null) {
                missing.add(name + " has no test");
            } else {
                Set<Engine> wanted = new TreeSet<>(APPLIES.getOrDefault(name, ALL));
                wanted.removeAll(seen);
                wanted.forEach(engine -> missing.add(name + " has no test in " + engine));
            }
        }
        assertThat(missing).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void everyEngineHasItsName(EngineKind kind) {
        String name = kind.name();
        assertThat(ALL).anyMatch(engine -> name.startsWith(engine.name()));
    }
}
