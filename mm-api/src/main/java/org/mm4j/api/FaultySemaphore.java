package org.mm4j.api;

import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A turn that cannot be had at once now and then, as if somebody had it. Who waits for it gets it. Any thread may call it.
 *
 * <p>In Linux 6.18: nothing; a down_trylock() fails when it fails.
 */
public final class FaultySemaphore extends Semaphore {
    private static final long serialVersionUID = 1;

    private final transient FaultInjection faults;

    private FaultySemaphore(FaultInjection faults) {
        super(1);
        this.faults = faults;
    }

    /** One turn whose {@link #tryAcquire()} fails now and then; a plain one, which costs nothing more, when there are no faults. */
    public static Semaphore of(@Nullable FaultInjection faults) {
        return faults == null ? new Semaphore(1) : new FaultySemaphore(faults);
    }

    @Override
    public boolean tryAcquire() {
        return !faults.shouldFail(1) && super.tryAcquire();
    }
}
