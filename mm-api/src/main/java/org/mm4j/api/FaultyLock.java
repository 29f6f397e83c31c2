package org.mm4j.api;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A lock that cannot be had at once now and then, as if somebody held it. Who waits for it gets it.
 *
 * <p>In Linux 6.18: nothing; a spin_trylock() fails when it fails. Any thread may call it, as every lock.
 */
public final class FaultyLock extends ReentrantLock {
    private static final long serialVersionUID = 1;

    private final transient FaultInjection faults;

    private FaultyLock(FaultInjection faults) {
        this.faults = faults;
    }

    /** A lock whose {@link #tryLock()} fails now and then; a plain one, which costs nothing more, when there are no faults. */
    public static ReentrantLock of(@Nullable FaultInjection faults) {
        return faults == null ? new ReentrantLock() : new FaultyLock(faults);
    }

    @Override
    public boolean tryLock() {
        return !faults.shouldFail(1) && super.tryLock();
    }
}
