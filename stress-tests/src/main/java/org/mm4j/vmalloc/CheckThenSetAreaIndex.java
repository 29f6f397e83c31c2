package org.mm4j.vmalloc;

import org.jspecify.annotations.Nullable;

/** An AreaIndex that looks whether a table is missing and then puts one in place, with room for another in between. */
final class CheckThenSetAreaIndex extends AreaIndex {
    CheckThenSetAreaIndex(long start, long end) {
        super(start, end);
    }

    @Override
    boolean casEntry(@Nullable Object[] table, int index, @Nullable Object[] made) {
        if (entryOpaque(table, index) != null) {
            return false;
        }
        table[index] = made; // not one step with the look: that is the whole difference
        return true;
    }
}
