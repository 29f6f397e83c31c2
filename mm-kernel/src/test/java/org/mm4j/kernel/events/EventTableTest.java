package org.mm4j.kernel.events;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.api.Gfp.__GFP_RECLAIMABLE;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.trace.Tracepoints;
import org.mm4j.kernel.Kernel;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.SlabFlags;

/** The table of the README, the tracepoints, the classes of events, and what is recorded when it happens: one list. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventTableTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (\\w+) \\| `(\\w+)` \\| ([`\\w, ]+) \\| .+ \\|$");

    private record Row(String category, String name, List<String> fields) {}

    /** By name. */
    private static Map<String, Row> table() throws IOException {
        Path readme = Stream.of(Path.of("README.md"), Path.of("mm-kernel/README.md"))
                .filter(path -> path.toAbsolutePath().getParent().endsWith("mm-kernel"))
                .findFirst()
                .orElseThrow();
        Map<String, Row> rows = new TreeMap<>();
        String text = Files.readString(readme);
        Matcher row = ROW.matcher(text.substring(text.indexOf("## Events"), text.indexOf("| left out |")));
        while (row.find()) {
            List<String> fields = List.of(row.group(3).replace("`", "").split(", "));
            assertThat(rows.put(row.group(2), new Row(row.group(1), row.group(2), fields)))
                    .as("a second row of " + row.group(2))
                    .isNull();
        }
        return rows;
    }

    private static List<Class<? extends Event>> classes() {
        return Stream.of(
                        ObjectEvents.class,
                        PageEvents.class,
                        VmallocEvents.class,
                        PercpuEvents.class,
                        ReclaimEvents.class,
                        OomEvents.class,
                        CompactionEvents.class,
                        CmaEvents.class)
                .flatMap(group -> Arrays.stream(group.getDeclaredClasses()))
                .filter(each -> !Modifier.isAbstract(each.getModifiers()))
                .<Class<? extends Event>>map(each -> each.asSubclass(Event.class))
                .toList();
    }

    @Test
    void theTableNamesEveryTracepointAndNoOther() throws IOException {
        assertThat(table().keySet().stream().map(EventTableTest::methodName))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Tracepoints.class.getMethods())
                        .map(Method::getName)
                        .toList());
    }

    private static String methodName(String event) {
        return Pattern.compile("_(.)")
                .matcher(event)
                .replaceAll(letter -> letter.group(1).toUpperCase(java.util.Locale.ROOT));
    }

    @Test
    void theTableIsWhatTheClassesSay() throws IOException {
        Map<String, Row> ofClasses = classes().stream()
                .map(EventType::getEventType)
                .map(type -> new Row(
                        type.getCategoryNames().getLast(),
                        type.getName().replace("org.mm4j.", ""),
                        type.getFields().stream()
                                .map(field -> field.getName())
                                .filter(field -> !EventRecording.OF_ALL_EVENTS.contains(field))
                                .toList()))
                .collect(toMap(Row::name, row -> row));
        assertThat(ofClasses).isEqualTo(table());
    }

    @Test
    void everyEventIsOffAndReadable() {
        for (Class<? extends Event> each : classes()) {
            EventType type = EventType.getEventType(each);
            assertThat(type.isEnabled()).as(type.getName()).isFalse();
            assertThat(type.getCategoryNames())
                    .as(type.getName())
                    .startsWith("mm4j")
                    .hasSize(2);
            assertThat(type.getLabel()).as(type.getName()).matches("[A-Z][\\w ]+");
            assertThat(type.getFields())
                    .as(type.getName())
                    .allSatisfy(field -> assertThat(field.getLabel()).matches("[A-Z][\\w ]+"));
        }
    }

    /** One recording of two kernels, from before the first one's boot, in which everything happens. */
    @TestFactory
    Stream<DynamicTest> everyEventCanBeReadBack() throws Exception {
        Map<String, Row> table = table();
        Path file = Files.createTempFile("all", ".jfr");
        List<RecordedEvent> events;
        try (Recording recording = EventRecording.enabled(table.keySet().toArray(String[]::new))) {
            recording.start();
            try (Kernel kernel = Kernel.boot(EventRecording.CONFIG);
                    Kernel other = Kernel.boot(CompactionEventsTest.ONE_ZONE)) {
                everythingHappens(kernel, other);
            }
            recording.dump(file);
            events = EventRecording.read(file);
        } finally {
            Files.delete(file);
        }
        return table.values().stream()
                .map(row -> dynamicTest(
                        row.name,
                        () -> assertThat(EventRecording.only(events, row.name))
                                .isNotEmpty()
                                .allSatisfy(event -> {
                                    assertThat(EventRecording.fields(event)).isEqualTo(row.fields);
                                    assertThat(event.getStackTrace().getFrames())
                                            .isNotEmpty();
                                    assertThat(EventRecording.values(event)).doesNotContainNull();
                                })));
    }

    private static void everythingHappens(Kernel kernel, Kernel other) throws Exception {
        objects(kernel);
        kernel.pages().freePages(kernel.pages().allocPages(GFP_KERNEL | __GFP_RECLAIMABLE, 3), 3);
        kernel.pages().freePages(kernel.pages().allocPages(GFP_KERNEL, 0), 0);
        kernel.drainAllPages();
        areas(kernel);
        ReclaimEventsTest.reclaimsAndEnds(kernel);
        CmaEventsTest.takesFromAnArea(other);
        CompactionEventsTest.compactsForARequest(other);
        CompactionEventsTest.compactsInTheBackground(other);
        CompactionEventsTest.compactsInVain(other);
    }

    private static void objects(Kernel kernel) {
        kernel.kmalloc().kfree(kernel.kmalloc().kmalloc(100, GFP_KERNEL));
        KmemCache cache =
                Objects.requireNonNull(kernel.slab().kmemCacheCreate("inode", 300, 0, SlabFlags.SLAB_NO_MERGE));
        cache.free(cache.alloc(GFP_KERNEL));
    }

    private static void areas(Kernel kernel) {
        kernel.vmalloc().vfree(kernel.vmalloc().vmalloc(10_000));
        kernel.vmalloc().vmUnmapAliases();
        List<Long> areas = new ArrayList<>();
        for (int i = 0; i < 4; i++) { // more than the first chunk has
            areas.add(kernel.percpu().allocPercpu(32_000, 8, GFP_KERNEL));
        }
        assertThat(kernel.percpu().allocPercpu(32_000, 8, GFP_NOWAIT | __GFP_NOWARN))
                .isZero();
        areas.forEach(kernel.percpu()::freePercpu);
    }
}
