package org.mm4j.bench;

/**
 * Numbered places that objects are taken into and given back from: the same few words for allocators that return an
 * address and for those that return an object of Java. Each thread has places of its own; a place may be filled by one
 * thread and emptied by another.
 */
interface Places {
    /** Size of the objects of those that have one size only. */
    int OBJECT_BYTES = 64;

    /** Fills an empty place. */
    void take(int place, int bytes);

    /** Empties a full place. */
    void give(int place);

    /** Writes to the object at a place, on each of its pages. */
    void touch(int place, int bytes);

    /** Other empty places of the same allocator. */
    Places another(int places);
}
