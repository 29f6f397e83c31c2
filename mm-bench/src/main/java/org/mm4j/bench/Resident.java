package org.mm4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How many bytes of the host's memory a million live objects of 64 bytes occupy, by allocator: each in a process of its
 * own, before and after. That includes the objects of Java that describe them.
 */
public final class Resident {
    private static final int OBJECTS = 1_000_000;
    private static final int SECONDS_MAX = 120;
    private static final int PERCENT = 100;

    private Resident() {}

    /** Without arguments all allocators, with one that one. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 1) {
            one(Allocator.valueOf(arguments[0]));
            return;
        }
        System.out.printf("%-18s %16s %10s%n", "A million of 64 B", "bytes an object", "overhead");
        for (String name : Allocator.present()) {
            Process process = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:+UseSerialGC",
                            "-Xmx2g",
                            "--enable-native-access=ALL-UNNAMED",
                            "--sun-misc-unsafe-memory-access=allow",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Resident.class.getName(),
                            name))
                    .inheritIO()
                    .start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                System.out.printf("%-18s did not end within %d s%n", name, SECONDS_MAX);
            }
        }
        Allocator.missing().ifPresent(System.out::println);
    }

    private static void one(Allocator allocator) throws IOException {
        Places places = allocator.places(OBJECTS);
        for (int warmUp = 0; warmUp < 2; warmUp++) {
            places.take(0, Places.OBJECT_BYTES);
            places.touch(0, Places.OBJECT_BYTES);
            places.give(0);
        }
        System.gc();
        long before = bytesResident();
        for (int place = 0; place < OBJECTS; place++) {
            places.take(place, Places.OBJECT_BYTES);
            places.touch(place, Places.OBJECT_BYTES);
        }
        System.gc();
        double bytes = (double) (bytesResident() - before) / OBJECTS;
        System.out.printf("%-18s %16.1f %9.1f%%%n", allocator, bytes, (bytes / Places.OBJECT_BYTES - 1) * PERCENT);
        places.give(0);
    }

    /** Anonymous memory, files and shared memory: a kernel's frames are the last. */
    private static long bytesResident() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }
}
