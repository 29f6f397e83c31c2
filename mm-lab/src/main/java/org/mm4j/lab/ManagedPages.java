package org.mm4j.lab;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.mm4j.api.ZoneType;

/** Sizes of the zones of a node, as {@code DMA=3840,DMA32=772918,Normal=884736}. */
final class ManagedPages {
    /** 64 TiB, what x86-64 can address. */
    static final long PAGES_MAX = 1L << 34;

    private ManagedPages() {}

    /** The pages of all five zones; those that the text does not name have none. */
    static long[] parse(String text) {
        long[] pages = new long[ZoneType.COUNT];
        Set<ZoneType> named = EnumSet.noneOf(ZoneType.class);
        for (String entry : text.split(",", -1)) {
            String[] parts = entry.split("=", -1);
            if (parts.length != 2) {
                throw new UsageException("--managed is ZONE=PAGES,ZONE=PAGES,..., not \"" + text + '"');
            }
            ZoneType zone = zone(parts[0].strip());
            if (!named.add(zone)) {
                throw new UsageException("--managed names " + zone.kernelName() + " twice, in \"" + text + '"');
            }
            pages[zone.ordinal()] = pages(zone, parts[1].strip());
        }
        return pages;
    }

    private static ZoneType zone(String name) {
        return Stream.of(ZoneType.values())
                .filter(zone -> zone.kernelName().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new UsageException("--managed knows no zone \"" + name + "\"; there are "
                        + Arrays.stream(ZoneType.values())
                                .map(ZoneType::kernelName)
                                .collect(joining(", "))));
    }

    private static long pages(ZoneType zone, String text) {
        long pages = WholeNumber.of("--managed " + zone.kernelName(), text, 0, PAGES_MAX);
        if (zone == ZoneType.DEVICE && pages > 0) {
            throw new UsageException("--managed Device is 0, as nobody allocates from it, not \"" + text + '"');
        }
        return pages;
    }
}
