package org.mm4j.slab;

import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.LockRank;
import org.mm4j.api.Waiting;

/**
 * Grace periods: memory that readers may still look at is freed when all of them have left.
 *
 * <pre>
 *    int section = rcu.readLock();             table.set(index, null);        // nobody finds it any more
 *    try {                                     rcu.synchronize();             // who had found it has left
 *        ... find an object, look at it ...    slab.free(object);
 *    } finally {
 *        rcu.readUnlock(section);              ... or, without waiting: rcu.call(callback);
 *    }
 * </pre>
 *
 * <p>Every thread may read, a virtual one too; it may block, be descheduled and move to another CPU inside of a section,
 * and sections may be nested. Nothing is kept for a thread, so that threads may come and go in any number. The thread that
 * locked unlocks; one that ends inside of a section keeps all later grace periods from ending: see {@link #readers}.
 *
 * <p>Rules, checked while assertions are on: {@link #synchronize}, {@link #barrier} and {@link #close} are called neither
 * inside of a read section of this Rcu, which they would wait for, nor by the holder of a {@code SpinLock}. Checked always:
 * {@code barrier} and {@code close} are not called by a callback, which they would wait for.
 *
 * <p>Cost: a section is two atomic additions to a count of the CPU's slot and one light barrier, and takes no Java heap. A
 * grace period is one heavy barrier and two looks at each slot, however many wait for it.
 *
 * <p>Why it is right stands in {@code GracePeriods}: it is short, and has a drawing.
 *
 * <p>In Linux 6.18: kernel/rcu/srcutree.c, as readers may block here. Differs: one domain serves all slabs; callbacks run
 * in threads that call {@link #call}, {@link #work} or {@link #barrier}, or in a worker if there is one.
 */
public final class Rcu implements AutoCloseable {
    private final CpuSource cpus;
    private final ReaderCounts counts;
    private final GracePeriods periods;
    private final Callbacks callbacks;
    private final ReadNesting nesting = new ReadNesting();
    private final @Nullable RcuWorker worker;

    /**
     * Without a thread of its own: callbacks run in threads that call.
     *
     * @param slots how many slots readers count in, from 1 to 65536; one per CPU is enough
     * @throws IllegalArgumentException when there are too few or too many slots
     */
    public Rcu(int slots, CpuSource cpus, AsymmetricBarrier barrier) {
        this(slots, cpus, barrier, null, null);
    }

    /**
     * With a worker: callbacks run in a thread of the factory, until {@link #close}.
     *
     * @throws IllegalArgumentException also when the factory makes no thread
     */
    public Rcu(int slots, CpuSource cpus, AsymmetricBarrier barrier, ThreadFactory threads) {
        this(slots, cpus, barrier, threads, null);
    }

    /**
     * With everything that can be said.
     *
     * @param threads makes the worker; null: there is none
     * @param trylock who cannot lead at once; null: nobody is made to
     */
    public Rcu(
            int slots,
            CpuSource cpus,
            AsymmetricBarrier barrier,
            @Nullable ThreadFactory threads,
            @Nullable FaultInjection trylock) {
        this.cpus = cpus;
        counts = new ReaderCounts(slots);
        periods = new GracePeriods(counts, barrier, trylock);
        callbacks = new Callbacks(periods);
        worker = threads == null ? null : RcuWorker.start(callbacks, threads);
    }

    /**
     * Begins a read section. Never waits.
     *
     * <p>In Linux 6.18: srcu_read_lock().
     *
     * @return the section's number, for {@link #readUnlock}
     */
    public int readLock() {
        int slot = cpus.cpu(counts.slots());
        assert slot >= 0 && slot < counts.slots() : "the CPU source said " + slot + " of " + counts.slots();
        int section = periods.enter(slot);
        assert nesting.enter();
        return section;
    }

    /**
     * Ends a read section. Sections of a thread may end in any order. Never waits.
     *
     * <p>In Linux 6.18: srcu_read_unlock().
     *
     * @param section what {@link #readLock} returned
     * @throws IllegalArgumentException when no section can have this number
     * @throws IllegalStateException when nobody is in such a section
     */
    public void readUnlock(int section) {
        assert nesting.leave();
        periods.leave(section);
    }

    /**
     * Whether the calling thread is in a read section; known only while assertions are on, and false without.
     *
     * <p>In Linux 6.18: srcu_read_lock_held().
     */
    public boolean isReading() {
        return nesting.isInside();
    }

    /**
     * How many sections are open now. Racy. One that stays when all readers should have left belongs to a thread that
     * ended without unlocking.
     */
    public long readers() {
        return counts.sum();
    }

    /** How many grace periods have ended. */
    public long gracePeriods() {
        return periods.ended();
    }

    /**
     * Waits until all sections that began before are over. What they read and wrote is done then, and sections that begin
     * from now on see all that the caller wrote before. Many callers share grace periods. An interrupt is kept for the
     * caller and does not end the wait.
     *
     * <p>In Linux 6.18: synchronize_srcu().
     */
    public void synchronize() {
        assert mayWait("synchronize");
        long state = periods.state();
        if (periods.tryAdvance(state)) {
            return;
        }
        Waiting waiting = new Waiting();
        try {
            while (!periods.tryAdvance(state)) {
                waiting.once();
            }
        } finally {
            waiting.end();
        }
    }

    /**
     * The moment from which {@link #pollState} may be asked: all that the caller unlinked before is covered. Never waits,
     * and starts nothing: a grace period begins when somebody synchronizes, defers or works.
     *
     * <p>In Linux 6.18: get_state_synchronize_srcu().
     */
    public long getState() {
        return periods.state();
    }

    /**
     * Whether a whole grace period has passed since {@link #getState}; if so, it is as after {@link #synchronize}. Never
     * waits.
     *
     * <p>In Linux 6.18: poll_state_synchronize_srcu().
     *
     * @throws IllegalArgumentException when this Rcu cannot have returned this state
     */
    public boolean pollState(long state) {
        if (!periods.isState(state)) {
            throw new IllegalArgumentException("no state of this Rcu is " + state);
        }
        return periods.hasEnded(state);
    }

    /**
     * Makes the grace period of a state come nearer, without waiting; whether it has ended.
     *
     * <p>In Linux 6.18: start_poll_synchronize_srcu(). Differs: it has to be called again, as nobody else may be at work.
     *
     * @throws IllegalArgumentException when this Rcu cannot have returned this state
     */
    public boolean advance(long state) {
        return pollState(state) || periods.tryAdvance(state);
    }

    /**
     * Has a callback run after a grace period. Without a worker, the caller runs the older callbacks that are due, so it
     * must hold no lock that they take; what they throw reaches it, and its own callback is deferred all the same.
     *
     * <p>In Linux 6.18: call_srcu(). Differs: as said; {@link #defer} is closer to it.
     *
     * @throws IllegalStateException when the callback waits already, or when this Rcu is closed
     */
    public void call(RcuCallback callback) {
        defer(callback);
        help();
    }

    /** Runs the callbacks that are due, where no worker does. */
    void help() {
        if (worker == null) {
            callbacks.work();
        }
    }

    /**
     * Has a callback run after a grace period, and runs nothing itself: for callers that hold locks. Without a worker,
     * somebody has to {@link #work} later, or to call or wait.
     *
     * @throws IllegalStateException when the callback waits already, or when this Rcu is closed
     */
    public void defer(RcuCallback callback) {
        if (!deferUnlessClosed(callback)) {
            throw new IllegalStateException("this Rcu is closed: nothing can be deferred any more");
        }
    }

    /** {@link #defer} that returns false, and does nothing, when this Rcu is closed. */
    boolean deferUnlessClosed(RcuCallback callback) {
        boolean isQueued = callbacks.add(callback);
        if (isQueued && worker != null) {
            worker.wake();
        }
        return isQueued;
    }

    /** Runs the callbacks that are due, unless another thread does it already; never waits. Whether any ran. */
    public boolean work() {
        return callbacks.work();
    }

    /**
     * Waits until all callbacks that were deferred before are done, and helps to run them; what they throw reaches the
     * caller, who can then call again.
     *
     * <p>In Linux 6.18: srcu_barrier().
     *
     * @throws IllegalStateException when called by a callback
     */
    public void barrier() {
        refuseCallback("barrier");
        assert mayWait("barrier");
        callbacks.barrier();
    }

    /**
     * Runs all callbacks that still wait, after their grace periods, those too that they defer themselves; then nothing
     * more can be deferred, and the worker ends. If a callback throws, this Rcu stays open and can be closed again. A
     * second time it does nothing.
     *
     * @throws IllegalStateException when called by a callback
     */
    @Override
    public void close() {
        refuseCallback("close");
        assert mayWait("close");
        do {
            callbacks.barrier();
        } while (!callbacks.closeIfDone());
        if (worker != null) {
            worker.end();
        }
    }

    /** Returns true, so that the call can stand in an assertion. */
    boolean mayWait(String what) {
        if (nesting.isInside()) {
            throw new AssertionError(what + " inside of a read section, which it would wait for");
        }
        for (LockRank rank : LockRank.values()) {
            if (rank.isHeld()) {
                throw new AssertionError(what + " while holding a lock of rank " + rank);
            }
        }
        return true;
    }

    private void refuseCallback(String what) {
        if (callbacks.isRunner()) {
            throw new IllegalStateException(what + " was called by a callback, which it would wait for");
        }
    }
}
