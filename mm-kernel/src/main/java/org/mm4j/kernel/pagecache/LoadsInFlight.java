package org.mm4j.kernel.pagecache;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * The keys that somebody loads just now. One loads, all others wait for him, without a lock of the cache.
 *
 * <p>For all threads. In Linux 6.18: PG_locked of a folio that is read in.
 *
 * @param <K> the keys
 */
final class LoadsInFlight<K> {
    private final Map<K, Load> loads = new ConcurrentHashMap<>();

    private static final class Load {
        final Thread thread = Thread.currentThread();
        final CountDownLatch done = new CountDownLatch(1);

        Load() {}
    }

    LoadsInFlight() {}

    /**
     * Begins a load, or waits for the end of somebody else's.
     *
     * @return whether the load is the caller's, who ends it
     * @throws IllegalStateException when it is the caller's already
     */
    boolean begin(K key) {
        Load other = loads.putIfAbsent(key, new Load());
        if (other != null) {
            await(key, other);
        }
        return other == null;
    }

    /** The end of the caller's own load. */
    void end(K key) {
        Load mine = loads.remove(key);
        if (mine != null) {
            mine.done.countDown();
        }
    }

    private void await(K key, Load other) {
        if (other.thread.equals(Thread.currentThread())) {
            throw new IllegalStateException("the loader of " + key + " asks for " + key);
        }
        boolean interrupted = false;
        while (true) {
            try {
                other.done.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
