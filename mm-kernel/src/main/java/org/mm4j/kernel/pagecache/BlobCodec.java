package org.mm4j.kernel.pagecache;

import java.lang.foreign.MemorySegment;

/**
 * How values become bytes and come back, for {@link BlobCache#asMap}. Two values are equal if their bytes are.
 *
 * <p>In Linux 6.18: nothing; the page cache has bytes only.
 *
 * @param <V> the values
 */
public interface BlobCodec<V> {
    /** The bytes of a value. */
    MemorySegment encode(V value);

    /** The value of bytes, which are a copy. */
    V decode(byte[] bytes);
}
