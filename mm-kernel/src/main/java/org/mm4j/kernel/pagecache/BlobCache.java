package org.mm4j.kernel.pagecache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.memcg.FileCharge;
import org.mm4j.kernel.memcg.FileCharges;
import org.mm4j.kernel.reclaim.Shrinker;
import org.mm4j.kernel.reclaim.ShrinkerConfig;
import org.mm4j.kernel.reclaim.Shrinkers;

/**
 * A page cache: blobs of bytes by key, in page frames outside of the Java heap. It grows up to a limit as long as memory is
 * plenty, and gives pages back when others need them; Caffeine's policy says which blobs go first.
 *
 * <pre>
 *   get ---> Caffeine: is it there? --- yes ---> Blob, a reference on its pages
 *                |                                  ^
 *                no ---> loader ---> pages, filled -'
 *
 *   memory runs low ---> shrinker ---> policy: the coldest ---> removed; the bound sinks to what is left
 *   memory is plenty --> the bound rises with what is loaded, up to the limit
 * </pre>
 *
 * <p>In a kernel with memory cgroups a blob is charged to the group of the code that has it loaded, or all of them to the
 * group of the cache. At a limit of a group its own blobs go, never those of others, and then the load goes on. The limit of
 * the cache is one for all.
 *
 * <p>A {@link Blob} keeps its pages, a pin keeps its entry in the cache. Pages are taken without any lock of the cache, so
 * that reclaim may come back to it. Pages of blobs that nobody reads can be moved by compaction.
 *
 * <p>Any thread may call any method. A hit costs Caffeine's lookup, two atomics and one small object.
 *
 * <p>In Linux 6.18: mm/filemap.c, {@code struct address_space}. Differs: the policy is W-TinyLFU, not two lists; blobs are
 * read only.
 *
 * @param <K> the keys, with equals and hashCode
 */
public final class BlobCache<K> implements AutoCloseable {
    /** Pages that one call of the shrinker looks at: overshoot is small. In Linux: SWAP_CLUSTER_MAX. */
    private static final int SHRINK_BATCH = 32;

    private final BlobFrames frames;
    private final BlobLoader<? super K> loader;
    private final FileCharges charges;
    private final Cache<K, BlobPages> cache;
    private final BlobTally tally = new BlobTally();
    private final BlobBound bound;
    private final BlobVictims<K> victims;
    private final Shrinker shrinker;
    private final LoadsInFlight<K> loads = new LoadsInFlight<>();

    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder loaded = new LongAdder();
    private final LongAdder pagesEvicted = new LongAdder();

    /**
     * An empty cache.
     *
     * @param config its name, its limit, and who pays
     * @param frames where pages come from
     * @param shrinkers who is asked when memory runs low
     * @param loader what makes blobs that are not there
     * @throws IllegalArgumentException when the group that pays is one of another kernel
     */
    public BlobCache(BlobCacheConfig config, BlobFrames frames, Shrinkers shrinkers, BlobLoader<? super K> loader) {
        this.frames = frames;
        this.loader = loader;
        charges = frames.charges().to(config.cgroup());
        cache = Caffeine.newBuilder()
                .maximumWeight(config.pagesMax())
                .weigher((K _, BlobPages blob) -> blob.pins() > 0 ? 0 : blob.weight())
                .executor(Runnable::run)
                .removalListener(this::removed)
                .build();
        Policy.Eviction<K, BlobPages> eviction = cache.policy().eviction().orElseThrow();
        bound = new BlobBound(eviction, frames, config.pagesMax());
        victims = new BlobVictims<>(cache, eviction, tally, bound);
        ShrinkerConfig asked = ShrinkerConfig.of(config.name())
                .ofPages()
                .withBatch(SHRINK_BATCH)
                .memcgAware();
        shrinker = shrinkers.register(asked, victims);
    }

    // Asking.

    /**
     * The blob of a key, loaded if need be; null when there is none. Close it after use.
     *
     * @throws AllocationFailure when there are no pages for it
     * @throws UncheckedIOException when the loader throws an IOException
     * @throws IllegalStateException when the loader asks for the blob that it is loading
     */
    public @Nullable Blob get(K key) {
        Blob blob = lookup(key);
        if (blob != null) {
            hits.increment();
            return blob;
        }
        misses.increment();
        return load(key);
    }

    /** The blob of a key if it is there; otherwise null. Close it after use. */
    public @Nullable Blob getIfPresent(K key) {
        Blob blob = lookup(key);
        (blob == null ? misses : hits).increment();
        return blob;
    }

    private @Nullable Blob lookup(K key) {
        BlobPages found = cache.getIfPresent(key);
        return found != null && found.tryAcquire() ? new Blob(frames, found) : null;
    }

    private @Nullable Blob load(K key) {
        while (true) {
            boolean isMine = loads.begin(key); // or somebody else's has ended
            try {
                Blob blob = lookup(key); // somebody may have loaded it meanwhile
                if (blob != null || isMine) {
                    return blob != null ? blob : loadAlone(key);
                }
            } finally {
                if (isMine) {
                    loads.end(key);
                }
            }
        }
    }

    private @Nullable Blob loadAlone(K key) {
        MemorySegment source;
        try {
            source = loader.load(key);
        } catch (IOException e) {
            throw new UncheckedIOException("loading " + key, e);
        }
        if (source == null) {
            return null;
        }
        loaded.increment();
        return insert(key, source, true);
    }

    // Changing.

    /**
     * Puts a copy of bytes into the cache, in place of what was there. Pins of the key stay.
     *
     * @throws AllocationFailure when there are no pages for it; what was there stays
     */
    public void put(K key, MemorySegment source) {
        insert(key, source, false);
    }

    private @Nullable Blob insert(K key, MemorySegment source, boolean opens) {
        FileCharge charge = charges.charge(PageFrame.pagesFor(source.byteSize()), BlobFrames.GFP);
        if (charge == null) {
            throw new AllocationFailure(charges + " has no room for the " + source.byteSize() + " bytes of " + key);
        }
        BlobPages fresh = frames.fill(source, charge);
        if (fresh == null) {
            throw new AllocationFailure("no pages for the " + source.byteSize() + " bytes of " + key);
        }
        boolean isIn = false;
        tally.add(fresh, 1);
        try {
            Blob blob = opens && fresh.tryAcquire() ? new Blob(frames, fresh) : null;
            bound.growFor(fresh.weight());
            cache.asMap().compute(key, (_, old) -> inherit(fresh, old));
            isIn = true;
            return blob;
        } finally {
            if (!isIn) {
                tally.add(fresh, -1);
                frames.free(fresh);
            }
        }
    }

    private BlobPages inherit(BlobPages fresh, @Nullable BlobPages old) {
        if (old != null && old.pins() > 0) {
            fresh.setPins(old.pins());
            tally.addPinned(fresh, 1);
            tally.addPinned(old, -1);
        }
        return fresh;
    }

    /** Forgets a blob, pinned or not; whether it was there. */
    public boolean invalidate(K key) {
        return cache.asMap().remove(key) != null;
    }

    /** Forgets all blobs. */
    public void invalidateAll() {
        cache.invalidateAll();
    }

    // Pins.

    /** Keeps a blob in the cache until it is unpinned as often as it was pinned; false when it is not there. */
    public boolean pin(K key) {
        return cache.asMap().computeIfPresent(key, (_, blob) -> pinned(blob, 1)) != null;
    }

    /** The end of one {@link #pin}; false when the blob is not there, or not pinned. */
    public boolean unpin(K key) {
        boolean[] wasPinned = new boolean[1];
        cache.asMap().computeIfPresent(key, (_, blob) -> {
            wasPinned[0] = blob.pins() > 0;
            return wasPinned[0] ? pinned(blob, -1) : blob;
        });
        return wasPinned[0];
    }

    private BlobPages pinned(BlobPages blob, int change) {
        int before = blob.pins();
        blob.setPins(before + change);
        if (before == 0 || before + change == 0) {
            tally.addPinned(blob, change);
        }
        return blob;
    }

    // Going.

    private void removed(@Nullable K key, @Nullable BlobPages blob, RemovalCause cause) {
        if (blob == null) {
            return; // no entry is held weakly
        }
        tally.add(blob, -1);
        if (blob.pins() > 0 && cause != RemovalCause.REPLACED) {
            tally.addPinned(blob, -1);
        }
        if (cause == RemovalCause.SIZE) {
            pagesEvicted.add(blob.pfns().length);
        }
        if (blob.release()) {
            frames.free(blob);
        }
    }

    // Looking.

    /** The cache as a map of values; see {@link BlobMap}. */
    public <V> Map<K, V> asMap(BlobCodec<V> codec) {
        return new BlobMap<>(this, codec);
    }

    /** What it holds, and how useful it was. */
    public BlobCacheStats stats() {
        return new BlobCacheStats(
                hits.sum(),
                misses.sum(),
                loaded.sum(),
                cache.asMap().size(),
                tally.pages(),
                tally.pagesPinned(),
                bound.pages(),
                pagesEvicted.sum(),
                victims.pagesReclaimed());
    }

    Cache<K, BlobPages> entries() {
        return cache;
    }

    /** The value of a blob in the cache; null when it has gone. */
    <V> @Nullable V decode(BlobPages blob, BlobCodec<V> codec) {
        if (!blob.tryAcquire()) {
            return null;
        }
        try (Blob opened = new Blob(frames, blob)) {
            return codec.decode(opened.toArray());
        }
    }

    /** Forgets everything, and is no longer asked for pages. Blobs that are read keep theirs until they are closed. */
    @Override
    public void close() {
        shrinker.close();
        cache.invalidateAll();
        cache.cleanUp();
    }
}
