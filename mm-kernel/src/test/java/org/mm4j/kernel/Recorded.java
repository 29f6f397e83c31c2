package org.mm4j.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;

/** Files that a Linux 6.18 printed under /proc, and what they say, as snapshots. */
final class Recorded {
    private static final Pattern COLUMNS =
            Pattern.compile("(?m)^Node +(\\d+), zone +(\\w+)(?:, type +(\\w+))? ([ \\d]+)$");

    private Recorded() {}

    /** What {@code cat /proc/name} wrote. */
    static String text(String name) {
        try (InputStream in = Recorded.class.getResourceAsStream(name + ".txt")) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The nodes of a buddyinfo; nobody knows the types, so all blocks are movable. */
    static List<NodeSnapshot> buddyInfo(String text) {
        TestNodes nodes = new TestNodes();
        COLUMNS.matcher(text)
                .results()
                .forEach(line -> nodes.zone(nid(line), zone(line)).present(1).free(MigrateType.MOVABLE, numbers(line)));
        return nodes.snapshots();
    }

    /** The nodes of a pagetypeinfo without CMA. */
    static List<NodeSnapshot> pageTypeInfo(String text) {
        TestNodes nodes = new TestNodes();
        COLUMNS.matcher(text).results().forEach(line -> {
            TestNodes.Zone zone = nodes.zone(nid(line), zone(line)).present(1);
            if (line.group(3) != null) {
                zone.free(MigrateType.valueOf(line.group(3).toUpperCase(Locale.ROOT)), numbers(line));
            } else {
                List<Long> blocks =
                        new ArrayList<>(Arrays.stream(numbers(line)).boxed().toList());
                blocks.add(MigrateType.CMA.ordinal(), 0L);
                zone.pageblocks(blocks);
            }
        });
        return nodes.snapshots();
    }

    private static int nid(MatchResult line) {
        return Integer.parseInt(line.group(1));
    }

    private static ZoneType zone(MatchResult line) {
        return ZoneType.valueOf(line.group(2).toUpperCase(Locale.ROOT));
    }

    private static long[] numbers(MatchResult line) {
        long[] numbers = Arrays.stream(line.group(4).strip().split(" +"))
                .mapToLong(Long::parseLong)
                .toArray();
        if (line.group(3) != null && numbers.length != PageFrame.NR_PAGE_ORDERS) {
            throw new IllegalArgumentException(line.group());
        }
        return numbers;
    }
}
