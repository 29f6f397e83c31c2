package org.mm4j.memory;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A set of bytes, as ranges that neither overlap nor touch. One thread at a time calls it. Its size in the Java heap is that of
 * its ranges, not of the memory.
 *
 * <pre>
 *   add       [----)   [----)   and [------)      makes  [-----------)
 *   remove    [-----------)   without  [--)       makes  [---)  [----)
 * </pre>
 */
final class ReturnedRanges {
    /** From start to end. */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    private long bytes;

    /** Adds a range, of which some bytes may be there already. */
    void add(OffsetRange range) {
        long start = range.start();
        long end = range.end();
        Map.Entry<Long, Long> before = ranges.floorEntry(end);
        while (before != null && before.getValue() >= start) { // they overlap or touch
            start = Math.min(start, before.getKey());
            end = Math.max(end, before.getValue());
            drop(before);
            before = ranges.floorEntry(end);
        }
        put(start, end);
    }

    /** Takes a range out, of which some bytes may not be there. */
    void remove(OffsetRange range) {
        boolean isEmpty = range.start() == range.end();
        Map.Entry<Long, Long> last = isEmpty ? null : ranges.lowerEntry(range.end());
        while (last != null && last.getValue() > range.start()) {
            drop(last);
            put(last.getKey(), Math.min(last.getValue(), range.start()));
            put(Math.max(last.getKey(), range.end()), last.getValue());
            last = ranges.lowerEntry(range.end());
        }
    }

    private void put(long start, long end) {
        if (start < end) {
            ranges.put(start, end);
            bytes += end - start;
        }
    }

    private void drop(Map.Entry<Long, Long> range) {
        ranges.remove(range.getKey());
        bytes -= range.getValue() - range.getKey();
    }

    long bytes() {
        return bytes;
    }

    /** All ranges, by their start. */
    List<OffsetRange> list() {
        return ranges.entrySet().stream()
                .map(range -> new OffsetRange(range.getKey(), range.getValue()))
                .toList();
    }
}
