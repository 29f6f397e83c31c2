package org.mm4j.vmalloc;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.mm4j.api.PageAllocator;

/** A PageTable whose entries are read by plain loads. The mapper releases all the same, but nobody acquires. */
final class PlainGetPageTable extends PageTable {
    private final MemorySegment map;

    PlainGetPageTable(MemorySegment map, PageAllocator pages) {
        super(map, pages);
        this.map = map;
    }

    @Override
    long entryAcquire(long place) {
        return map.get(ValueLayout.JAVA_LONG, place); // plain, whatever the name says: that is the whole difference
    }
}
