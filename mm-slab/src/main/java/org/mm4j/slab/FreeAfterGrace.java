package org.mm4j.slab;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * Frees addresses after a grace period, in bulk: they are gathered in batches, and all batches that are there when a group
 * is free travel through one grace period together.
 *
 * <pre>
 *    free(address)                    due                        grace period
 *    ------------&gt;  gathered  ----------------&gt;  group 0 or 1  ---------------&gt;  AddressFree
 *                   [full] [full] [..]           [full] [..]                        |
 *                        ^                                                          |
 *                        '--------- up to 5 empty batches are kept &lt;----------------'
 * </pre>
 *
 * <p>Due: 5 s after the first address, or 1 ms after a whole batch of addresses was gathered. If both groups are under
 * way, gathering goes on until one is back.
 *
 * <p>Invariants: <ul>
 * <li>F1: added = freed + gathered + those in groups; addresses are freed in the order in which they came.
 * <li>F2: a group is deferred under the lock, so who finds an address gathered no more finds its group deferred.
 * <li>F3: there is always a batch: gathered, in a group, or kept.
 * </ul>
 *
 * <p>No Java heap is taken while the kept batches do. When a batch is needed and there is no heap for it, {@link #free}
 * waits until one comes back, which takes a grace period; {@link #tryFree} never waits and says false.
 *
 * <p>Thread-safe. Before the {@link Rcu} is closed, whoever owns this calls {@link #barrier}.
 *
 * <p>In Linux 6.18: mm/slab_common.c, kvfree_call_rcu() and kfree_rcu_monitor(). Differs: no list through the objects, so
 * that nothing is written to memory that readers still look at; no timer: who adds looks at the clock, and {@link #work}.
 */
final class FreeAfterGrace {
    /** In Linux: KFREE_DRAIN_JIFFIES. */
    static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** In Linux: one jiffy, of 1000 in a second. */
    static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Rcu rcu;
    private final AddressFree bulk;
    private final LongSupplier nanoTime;
    private final SpinLock lock = new SpinLock(LockRank.KVFREE_RCU);

    /** In Linux: KFREE_N_BATCHES. */
    private final Group first = new Group();

    private final Group second = new Group();

    /** Guarded by {@code lock}, as all below. */
    private final AddressQueue gathered;

    private long dueNanos;
    private long added;
    private long freed;

    /** Nothing waits. */
    FreeAfterGrace(Rcu rcu, AddressFree bulk) {
        this(rcu, bulk, System::nanoTime, AddressBatch::new);
    }

    /** With a clock and a source of batches; for tests. */
    FreeAfterGrace(Rcu rcu, AddressFree bulk, LongSupplier nanoTime, Supplier<AddressBatch> newBatch) {
        this.rcu = rcu;
        this.bulk = bulk;
        this.nanoTime = nanoTime;
        gathered = new AddressQueue(newBatch);
    }

    /** Batches that share a grace period. */
    private final class Group extends RcuCallback {
        /** The oldest one; null while the group is free. Written under the lock. */
        private @Nullable AddressBatch batches;

        @Override
        protected void afterGracePeriod() {
            freeAll(this);
        }
    }

    /**
     * Frees the address after a grace period. May wait for one, so it is called neither inside of a read section nor by
     * the holder of a lock; what callbacks of the {@link Rcu} throw that it runs reaches the caller, and the address is
     * freed all the same. In Linux: kvfree_rcu_mightsleep().
     */
    void free(long address) {
        assert rcu.mayWait("a free after a grace period");
        while (!tryFree(address)) {
            barrier();
        }
        rcu.help();
    }

    /**
     * Frees the address after a grace period. Never waits, and frees nothing itself.
     *
     * @return false, and the address is not taken, when a batch is needed and there is no Java heap for it
     */
    boolean tryFree(long address) {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            startIfDue(now);
            if (!gathered.add(address)) {
                return false;
            }
            added++;
            setDue(now);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void setDue(long now) {
        if (gathered.size() == 1) {
            dueNanos = now + DRAIN_NANOS;
        } else if (gathered.size() == AddressBatch.ADDRESSES_MAX && now + SOON_NANOS - dueNanos < 0) {
            dueNanos = now + SOON_NANOS;
        }
    }

    /** What a periodic worker does: starts what is due, and runs callbacks of the {@link Rcu}. Never waits. */
    void work() {
        lock.lock();
        try {
            startIfDue(nanoTime.getAsLong());
        } finally {
            lock.unlock();
        }
        rcu.work();
    }

    private void startIfDue(long now) {
        if (gathered.size() > 0 && now - dueNanos >= 0) {
            start();
        }
    }

    /** All that is gathered goes into a group, if one is free. */
    private void start() {
        Group group = first.batches == null ? first : second;
        if (group.batches != null || gathered.size() == 0) {
            return;
        }
        group.batches = gathered.first();
        boolean isDeferred = false;
        try {
            rcu.defer(group);
            isDeferred = true;
        } finally {
            if (!isDeferred) {
                group.batches = null;
            }
        }
        gathered.forget();
    }

    /** The group's grace period is over. An error of one batch does not keep the others. */
    private void freeAll(Group group) {
        Throwable failure = null;
        for (AddressBatch batch = group.batches; batch != null; ) {
            AddressBatch next = batch.next;
            int addresses = batch.count();
            try {
                batch.freeBy(bulk);
            } catch (RuntimeException | Error e) {
                failure = e;
            }
            finish(batch, addresses);
            batch = next;
        }
        reuse(group);
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private void finish(AddressBatch batch, int addresses) {
        lock.lock();
        try {
            freed += addresses;
            gathered.keep(batch);
        } finally {
            lock.unlock();
        }
    }

    private void reuse(Group group) {
        lock.lock();
        try {
            group.batches = null;
            startIfDue(nanoTime.getAsLong());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until all addresses that were added before are freed. In Linux: kvfree_rcu_barrier().
     *
     * @throws IllegalStateException when called by a callback of the {@link Rcu}, and so by what frees
     */
    void barrier() {
        long target = added();
        while (startRest(target)) {
            rcu.barrier();
        }
    }

    /** Starts what is gathered, if a group is free; false when nothing is left to wait for. */
    private boolean startRest(long target) {
        lock.lock();
        try {
            if (freed - target >= 0) {
                return false;
            }
            start();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private long added() {
        lock.lock();
        try {
            return added;
        } finally {
            lock.unlock();
        }
    }

    /** How many addresses wait. */
    long waiting() {
        lock.lock();
        try {
            return added - freed;
        } finally {
            lock.unlock();
        }
    }
}
