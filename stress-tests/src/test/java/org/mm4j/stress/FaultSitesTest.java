package org.mm4j.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.mm4j.stress.soak.FaultSites;

/** Whoever attempts something that somebody else may hold can be made to fail there; the soak looks whether he was. */
class FaultSitesTest {
    private static final Pattern TRIES = Pattern.compile("\\.\\s*(try[A-Z]\\w*)\\(");
    private static final Pattern LOCKS = Pattern.compile("\\.\\s*(?:tryLock|tryAcquire)\\(|\\bgate\\.enter\\(");

    /** Methods whose names begin with try and which hold nothing, or which are inside of a point, and why they are no attempts. */
    private static final Map<String, String> NO_ATTEMPTS = Map.ofEntries(
            Map.entry("tryGet", "a reference, unless the thing is gone"),
            Map.entry("tryGetPage", "a reference, unless the page is free"),
            Map.entry("tryFreeze", "a blob that nobody reads; its readers are counted, and hold it for long"),
            Map.entry("tryCharge", "a limit; charges have a point of their own"),
            Map.entry("trySet", "bits, made again until they are somebody's"),
            Map.entry("tryClear", "bits, made again until they are clear"),
            Map.entry("tryTake", "a count of mappings, made again until there are none left"),
            Map.entry("tryJoin", "a batch, unless it is sealed"),
            Map.entry("trySealIdle", "a batch that nobody uses"),
            Map.entry("tryFree", "a queue with room"),
            Map.entry("tryAdvance", "asks for the lead inside, which is a site"),
            Map.entry("tryBegin", "asks for the turn inside, which is a site"),
            Map.entry("tryEnter", "a slot behind its gate"),
            Map.entry("tryStop", "an owner who is told to leave, behind his gate"));

    /** Files in which somebody attempts something, but not to get a lock. */
    private static final Set<String> NO_SITES = Set.of(
            "FaultyGate", // the point itself
            "FaultyLock", // as well
            "FaultySemaphore", // as well
            "BlobCache"); // tryAcquire is a reference, unless the blob is gone

    private static Stream<Path> sources() {
        return Repository.mainSources().stream()
                .filter(file -> !Repository.name(file).matches("mm-(lab|contract)/.*"));
    }

    private static Set<String> classesWith(Predicate<String> code) {
        return sources()
                .filter(file -> code.test(JavaText.code(Repository.read(file))))
                .map(file -> file.getFileName().toString().replace(".java", ""))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    @DisplayName("who attempts to get a lock, a turn or a slot is a site of fail_trylock")
    void locks() {
        Set<String> found = classesWith(code -> LOCKS.matcher(code).find());
        found.removeAll(NO_SITES);
        assertThat(found).isEqualTo(new TreeSet<>(FaultSites.OF_TRYLOCK));
    }

    @Test
    @DisplayName("every other attempt is said to be none")
    void others() {
        Set<String> found = sources()
                .flatMap(file ->
                        TRIES.matcher(JavaText.code(Repository.read(file))).results())
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        found.remove("tryLock");
        found.remove("tryAcquire");
        assertThat(found).isEqualTo(new TreeSet<>(NO_ATTEMPTS.keySet()));
    }
}
