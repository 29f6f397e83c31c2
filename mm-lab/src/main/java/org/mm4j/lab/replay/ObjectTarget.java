package org.mm4j.lab.replay;

/** What a replay needs of a kernel's slab layer. Objects are addresses; 0 is none. Any thread may call. */
public interface ObjectTarget {
    /** Takes an object of a size; 0 when there is no memory. */
    long kmalloc(int bytes, int gfp);

    /** Gives an object of any kind back. */
    void kfree(long address);

    /** How many bytes {@link #kmalloc} really takes. */
    long kmallocSizeRoundup(int bytes);

    /** A new cache for objects of {@code bytes} bytes, whose slots have {@code slotBytes} bytes if there is a way to that. */
    Cache cache(String name, int bytes, int slotBytes);

    /** How many objects callers have, of all kinds. Called while no replaying thread runs. */
    long inUse();

    /** A cache that the trace names. */
    interface Cache {
        /** Takes an object; 0 when there is no memory. */
        long alloc(int gfp);

        /** Gives an object back. */
        void free(long address);

        /** Bytes from one object to the next. */
        int slotBytes();

        /** Ends the cache; its objects have been given back. */
        void destroy();
    }
}
