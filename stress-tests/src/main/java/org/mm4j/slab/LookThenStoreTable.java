package org.mm4j.slab;

/** A table of large blocks that compares and stores in two steps. */
final class LookThenStoreTable extends LargeTable {
    LookThenStoreTable(long frames) {
        super(frames);
    }

    @Override
    boolean casState(byte[] section, int index, byte expected, byte next) {
        if (section[index] != expected) {
            return false;
        }
        section[index] = next;
        return true;
    }
}
