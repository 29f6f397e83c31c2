package org.mm4j.memory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What Linux says about this process. */
final class ProcSelf {
    private static final String MEMFD = "/memfd:" + MemfdMemory.NAME + " ";

    private ProcSelf() {}

    /** Mappings of memfds of ours. */
    static long memfdMappings() {
        return maps().lines().filter(line -> line.contains(MEMFD)).count();
    }

    /** Mappings, accessible or not, that have an address from {@code start} to {@code end} − 1. */
    static long mappingsWithin(long start, long end) {
        return maps().lines()
                .filter(line -> {
                    String[] range = line.substring(0, line.indexOf(' ')).split("-", 2);
                    return Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), end) < 0
                            && Long.compareUnsigned(Long.parseUnsignedLong(range[1], 16), start) > 0;
                })
                .count();
    }

    private static String maps() {
        try (InputStream maps = Files.newInputStream(Path.of("/proc/self/maps"))) { // its length is not known before
            return new String(maps.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Open descriptors of memfds of ours. */
    static long memfdDescriptors() {
        long count = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                count += target(descriptor).startsWith(MEMFD) ? 1 : 0;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return count;
    }

    private static String target(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            return ""; // closed meanwhile, such as the one of this listing
        }
    }
}
