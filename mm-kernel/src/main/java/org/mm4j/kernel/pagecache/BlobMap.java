package org.mm4j.kernel.pagecache;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A cache of blobs as a map of values: what is put is encoded, what is got is decoded from a copy. Entries may go at any
 * time, as from every cache; nothing is loaded. Nulls are refused.
 *
 * <p>Any thread may call any method; those that {@link Map} builds of several others are not atomic. Iterators are weakly
 * consistent.
 *
 * @param <K> the keys
 * @param <V> the values
 */
final class BlobMap<K, V> extends AbstractMap<K, V> {
    private final BlobCache<K> cache;
    private final BlobCodec<V> codec;

    BlobMap(BlobCache<K> cache, BlobCodec<V> codec) {
        this.cache = cache;
        this.codec = codec;
    }

    @Override
    @SuppressWarnings("unchecked") // a key of another class is equal to none
    public @Nullable V get(Object key) {
        BlobPages blob = cache.entries().getIfPresent((K) Objects.requireNonNull(key));
        return blob == null ? null : cache.decode(blob, codec);
    }

    @Override
    public boolean containsKey(Object key) {
        return cache.entries().asMap().containsKey(Objects.requireNonNull(key));
    }

    @Override
    public @Nullable V put(K key, V value) {
        Objects.requireNonNull(key);
        V before = get(key);
        cache.put(key, codec.encode(Objects.requireNonNull(value)));
        return before;
    }

    @Override
    @SuppressWarnings("unchecked") // a key of another class is equal to none
    public @Nullable V remove(Object key) {
        V before = get(key);
        cache.invalidate((K) key);
        return before;
    }

    @Override
    public void clear() {
        cache.invalidateAll();
    }

    @Override
    public int size() {
        return cache.entries().asMap().size();
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new Entries();
    }

    private final class Entries extends AbstractSet<Map.Entry<K, V>> {
        @Override
        public Iterator<Map.Entry<K, V>> iterator() {
            return new Walk();
        }

        @Override
        public int size() {
            return BlobMap.this.size();
        }

        @Override
        public boolean contains(Object other) {
            return other instanceof Map.Entry<?, ?> entry
                    && entry.getKey() != null
                    && entry.getValue() != null
                    && entry.getValue().equals(get(entry.getKey()));
        }

        @Override
        public boolean remove(Object other) {
            if (!contains(other)) {
                return false;
            }
            return other instanceof Map.Entry<?, ?> entry && BlobMap.this.remove(entry.getKey()) != null;
        }

        @Override
        public void clear() {
            BlobMap.this.clear();
        }
    }

    /** Decodes one entry ahead, so that an entry that was promised is there. */
    private final class Walk implements Iterator<Map.Entry<K, V>> {
        private final Iterator<Map.Entry<K, BlobPages>> entries =
                cache.entries().asMap().entrySet().iterator();
        private Map.@Nullable Entry<K, V> next;
        private @Nullable K last;

        Walk() {
            advance();
        }

        private void advance() {
            next = null;
            while (next == null && entries.hasNext()) {
                Map.Entry<K, BlobPages> entry = entries.next();
                V value = cache.decode(entry.getValue(), codec);
                next = value == null ? null : new Written(entry.getKey(), value);
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Map.Entry<K, V> next() {
            Map.Entry<K, V> entry = next;
            if (entry == null) {
                throw new NoSuchElementException();
            }
            last = entry.getKey();
            advance();
            return entry;
        }

        @Override
        public void remove() {
            K key = last;
            if (key == null) {
                throw new IllegalStateException("there is no entry to remove");
            }
            last = null;
            BlobMap.this.remove(key);
        }
    }

    /** An entry whose new value goes into the cache. */
    private final class Written extends SimpleEntry<K, V> {
        private static final long serialVersionUID = 1L;

        Written(K key, V value) {
            super(key, value);
        }

        @Override
        public V setValue(V value) {
            put(getKey(), value);
            return super.setValue(value);
        }
    }
}
