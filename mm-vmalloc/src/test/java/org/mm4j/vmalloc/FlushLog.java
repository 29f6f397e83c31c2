package org.mm4j.vmalloc;

import java.util.ArrayList;
import java.util.List;

/** Notes what is flushed; fails when told to. */
final class FlushLog implements RangeFlush {
    final List<String> flushes = new ArrayList<>();
    boolean fails;

    @Override
    public void flush(long start, long end) {
        if (fails) {
            throw new IllegalStateException("no flush");
        }
        flushes.add(FreeRanges.name(start, end));
    }
}
