package org.mm4j.kernel.pagecache;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Where the bytes of a blob come from when the cache does not have them. Called without locks, by the thread that asks, and
 * by one thread at a time for the same key.
 *
 * <p>In Linux 6.18: read_folio of {@code struct address_space_operations}.
 *
 * @param <K> the keys
 */
@FunctionalInterface
public interface BlobLoader<K> {
    /** The bytes, which the cache copies; null when there are none for the key. */
    @Nullable
    MemorySegment load(K key) throws IOException;
}
