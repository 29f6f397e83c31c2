package org.mm4j.lab.replay;

/** What a replay needs of a kernel's vmalloc: addresses with nothing mapped. Any thread may call. */
public interface VmapTarget {
    /** Reserves an area of addresses whose first one is a multiple of {@code align}; 0 when there is none. */
    long reserve(long bytes, long align);

    /** Bytes of the area that begins at an address, or 0 when none does. */
    long bytesAt(long address);

    /** Gives an area back. The kernel may keep its addresses for a while. */
    void release(long address);

    /** Makes all addresses that were given back usable again. */
    void purge();

    /** How many areas callers have. Called while no replaying thread runs. */
    long inUse();
}
