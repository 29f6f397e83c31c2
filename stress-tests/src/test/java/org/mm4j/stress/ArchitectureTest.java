package org.mm4j.stress;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows between the modules, and what only some of them may do. Reads the compiled classes of all modules. */
class ArchitectureTest {
    /** What each module needs. An arrow never points up: a module needs only modules above it in this list. */
    private static final Map<String, Set<String>> NEEDS = new TreeMap<>(Map.of(
            "api", Set.of(),
            "memory", Set.of("api"),
            "buddy", Set.of("api"),
            "percpu", Set.of("api"),
            "slab", Set.of("api"),
            "vmalloc", Set.of("api", "memory"),
            "kernel", Set.of("api", "memory", "buddy", "percpu", "slab", "vmalloc"),
            "lab", Set.of("api", "memory", "buddy", "percpu", "slab", "vmalloc", "kernel"),
            "netty", Set.of("api", "memory", "buddy", "percpu", "slab", "vmalloc", "kernel"),
            "arrow", Set.of("api", "memory", "buddy", "percpu", "slab", "vmalloc", "kernel")));

    /** Modules that no module needs, but tests. */
    private static final Set<String> TOOLS = Set.of("mm-bench", "mm-contract", "stress-tests");

    private static final String LAB = "org.mm4j.lab..";
    private static final String MEMORY = "org.mm4j.memory..";

    private static JavaClasses classes;

    @BeforeAll
    static void importClasses() {
        List<Path> folders = Repository.modules().stream()
                .filter(m -> !TOOLS.contains(m))
                .map(m -> Repository.root().resolve(m).resolve("target/classes"))
                .toList();
        classes = new ClassFileImporter().importPaths(folders);
        assertThat(classes.stream().filter(c -> c.getPackageName().startsWith("org.mm4j.")))
                .as("classes in " + folders)
                .isNotEmpty();
    }

    @Test
    void everyModuleHasItsPlaceInTheTable() {
        assertThat(Repository.modules())
                .allSatisfy(m -> assertThat(TOOLS.contains(m) || NEEDS.containsKey(m.replaceFirst("^mm-", "")))
                        .as(m)
                        .isTrue());
    }

    @Test
    void everyClassLiesInTheTable() {
        String[] packages =
                NEEDS.keySet().stream().map(ArchitectureTest::packageOf).toArray(String[]::new);
        assertThat(classes.stream().filter(not(resideInAnyPackage(packages)))).isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> classesNeedNoMoreThanTheTableSays() {
        return NEEDS.keySet().stream()
                .map(module -> dynamicTest(
                        module,
                        () -> noClasses()
                                .that()
                                .resideInAPackage(packageOf(module))
                                .should()
                                .dependOnClassesThat(
                                        resideInAPackage("org.mm4j..").and(not(allowed(module))))
                                .allowEmptyShould(true)
                                .check(classes)));
    }

    private static DescribedPredicate<JavaClass> allowed(String module) {
        return resideInAnyPackage(Stream.concat(Stream.of(module), NEEDS.get(module).stream())
                .map(ArchitectureTest::packageOf)
                .toArray(String[]::new));
    }

    @TestFactory
    Stream<DynamicTest> descriptorsNeedNoMoreThanTheTableSays() {
        return NEEDS.keySet().stream()
                .filter(m -> Repository.modules().contains("mm-" + m))
                .map(module -> dynamicTest(module, () -> {
                    Path descriptor = Repository.root().resolve("mm-" + module + "/src/main/java/module-info.java");
                    Set<String> required = new TreeSet<>();
                    Pattern.compile("\\brequires\\s[^;]*\\borg\\.mm4j\\.(\\w+)\\s*;")
                            .matcher(JavaText.code(Repository.read(descriptor)))
                            .results()
                            .forEach(m -> required.add(m.group(1)));
                    assertThat(required).isSubsetOf(NEEDS.get(module));
                }));
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("org.mm4j.(**)").should().beFreeOfCycles().check(classes);
    }

    @Test
    void onlyMemoryCallsNativeCode() {
        noClasses()
                .that()
                .resideOutsideOfPackage(MEMORY)
                .should()
                .dependOnClassesThat()
                .areAssignableTo(Linker.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(SymbolLookup.class)
                .orShould()
                .callMethodWhere(describe(
                        "MemorySegment.reinterpret",
                        call -> call.getTarget().getName().equals("reinterpret")
                                && call.getTargetOwner().isAssignableTo(MemorySegment.class)))
                .check(classes);
    }

    @Test
    void onlyTheLabPrints() {
        noClasses()
                .that()
                .resideOutsideOfPackage(LAB)
                .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS)
                .check(classes);
    }

    @Test
    void nothingIsFoundByServiceLoading() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ServiceLoader.class)
                .check(classes);
    }

    /** Two kernels run side by side in one JVM, so that no state is shared by all. */
    @Test
    void allocatorsHaveNoStaticState() {
        noFields()
                .that()
                .areStatic()
                .and()
                .areDeclaredInClassesThat()
                .resideOutsideOfPackage(LAB)
                .should()
                .notBeFinal()
                .orShould()
                .haveRawType(resideInAPackage("java.util.concurrent.atomic").or(assignableTo(Random.class)))
                .check(classes);
    }

    private static String packageOf(String module) {
        return "org.mm4j." + module + "..";
    }
}
