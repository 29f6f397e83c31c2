package org.mm4j.lab.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The vmap areas of a replay. Of each it is checked that it is as large as the recorded one, begins where it may, and
 * shares no address with another one.
 *
 * <p>Any thread may call. An area is noted after it is taken, and forgotten before it is given back: two that are noted at
 * once are in use at once, and of two that overlap the one noted later finds the other.
 */
final class ReplayVmaps {
    private static final int VIOLATIONS_KEPT = 100;

    private final VmapTarget target;
    private final Numbered<VmapRequest> requests;

    /** The ends of all areas, by their starts. */
    private final NavigableMap<Long, Long> ends = new ConcurrentSkipListMap<>();

    private final LongAdder checked = new LongAdder();
    private final LongAdder equal = new LongAdder();
    private final List<String> violations = new ArrayList<>();

    ReplayVmaps(Numbered<VmapRequest> requests, VmapTarget target) {
        this.requests = requests;
        this.target = target;
    }

    /** Takes an area; 0 when there are no addresses for it. */
    long alloc(int number) {
        VmapRequest request = requests.get(number);
        long start = target.reserve(request.bytes(), request.align());
        if (start != 0) {
            check(request, start);
        }
        return start;
    }

    /** Gives an area back. */
    void free(long start) {
        ends.remove(start);
        target.release(start);
    }

    void purge() {
        target.purge();
    }

    private void check(VmapRequest request, long start) {
        checked.increment();
        long end = start + request.bytes();
        String wrong = wrongWith(request, start, end);
        if (wrong.isEmpty()) {
            equal.increment();
        } else {
            tell("vmap area 0x" + Long.toHexString(start) + " of " + request.bytes() + " bytes " + wrong);
        }
    }

    private String wrongWith(VmapRequest request, long start, long end) {
        long bytes = target.bytesAt(start);
        if (bytes != request.bytes()) {
            return "has " + bytes + " bytes";
        }
        if (start % request.align() != 0) {
            return "does not begin at a multiple of " + request.align();
        }
        Long known = ends.put(start, end);
        Map.Entry<Long, Long> below = ends.lowerEntry(start);
        Map.Entry<Long, Long> above = ends.higherEntry(start);
        if (known != null || (below != null && below.getValue() > start) || (above != null && above.getKey() < end)) {
            return "overlaps another one";
        }
        return "";
    }

    private synchronized void tell(String violation) {
        if (violations.size() < VIOLATIONS_KEPT) {
            violations.add(violation);
        }
    }

    /** How many areas were compared so far, and how many were right. */
    Checked checked() {
        return new Checked(checked.sum(), equal.sum());
    }

    /** What was wrong, one sentence each; at most a hundred. */
    synchronized List<String> violations() {
        return List.copyOf(violations);
    }
}
