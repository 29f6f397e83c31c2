package org.mm4j.lab.replay;

/**
 * What a recorded request for an object wanted, and what it got.
 *
 * @param cache the name of the cache; empty: kmalloc
 * @param bytes the size that was asked for; of a cache, that of its objects
 * @param bytesAllocated the size that the recorded kernel gave
 * @param gfp the flags
 */
record ObjectRequest(String cache, int bytes, int bytesAllocated, int gfp) {
    /** The largest object: 4 MiB. */
    static final int BYTES_MAX = 4 << 20;

    boolean isKmalloc() {
        return cache.isEmpty();
    }

    /** Without the flags: what decides the size. */
    ObjectRequest shape() {
        return new ObjectRequest(cache, bytes, bytesAllocated, 0);
    }
}
