package org.mm4j.memory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many mappings this process has, and how many it may have. In Linux 6.18: /proc/self/maps, vm.max_map_count. */
interface ProcessMappings {
    /** The limit where it cannot be read: DEFAULT_MAX_MAP_COUNT. */
    long LIMIT_DEFAULT = 65_530;

    /** The most that the process may have. */
    long limit();

    /** What the process has now. Costs the reading of a file with a line for each. */
    long count();

    /** What the host says. */
    static ProcessMappings ofHost() {
        return of(Path.of("/proc/sys/vm/max_map_count"), Path.of("/proc/self/maps"));
    }

    /** What the two files say; what cannot be read is taken to be the default, or nothing. */
    static ProcessMappings of(Path limitFile, Path mapsFile) {
        long limit = limit(limitFile);
        return new ProcessMappings() {
            @Override
            public long limit() {
                return limit;
            }

            @Override
            public long count() {
                return lines(mapsFile);
            }
        };
    }

    private static long limit(Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
            String line = reader.readLine();
            return line == null ? LIMIT_DEFAULT : Long.parseLong(line.strip());
        } catch (IOException | NumberFormatException e) {
            return LIMIT_DEFAULT;
        }
    }

    private static long lines(Path file) {
        byte[] buffer = new byte[1 << 16];
        long lines = 0;
        try (InputStream maps = Files.newInputStream(file)) {
            for (int length = maps.read(buffer); length >= 0; length = maps.read(buffer)) {
                for (int at = 0; at < length; at++) {
                    lines += buffer[at] == '\n' ? 1 : 0;
                }
            }
        } catch (IOException e) {
            return 0;
        }
        return lines;
    }
}
