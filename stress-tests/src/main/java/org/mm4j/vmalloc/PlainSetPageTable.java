package org.mm4j.vmalloc;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.mm4j.api.PageAllocator;

/** A PageTable whose entries are set by plain stores. The walker acquires all the same, but nothing was released. */
final class PlainSetPageTable extends PageTable {
    private final MemorySegment map;

    PlainSetPageTable(MemorySegment map, PageAllocator pages) {
        super(map, pages);
        this.map = map;
    }

    @Override
    void setEntryRelease(long place, long entry) {
        map.set(ValueLayout.JAVA_LONG, place, entry); // plain, whatever the name says: that is the whole difference
    }
}
