package org.mm4j.vmalloc;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.PageAllocator;

/** A PageTable that looks whether a table is missing and then puts one in place, with room for another in between. */
final class CheckThenSetPageTable extends PageTable {
    CheckThenSetPageTable(MemorySegment map, PageAllocator pages) {
        super(map, pages);
    }

    @Override
    boolean casEntry(long place, long expected, long next) {
        if (entryAcquire(place) != expected) {
            return false;
        }
        setEntryRelease(place, next); // not one step with the look: that is the whole difference
        return true;
    }
}
