package org.mm4j.percpu;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import org.mm4j.api.SlotGate;

/** One platform thread that does what it is told, and lives until it is closed. */
final class Worker implements AutoCloseable {
    private final ExecutorService executor;
    private final Thread thread;

    Worker() {
        this(Thread.ofPlatform().daemon().factory());
    }

    /** A worker that is the first thread of this factory. */
    Worker(ThreadFactory threads) {
        executor = Executors.newSingleThreadExecutor(threads);
        thread = does(Thread::currentThread);
    }

    Thread thread() {
        return thread;
    }

    /** Does a task and waits for its end. */
    <T> T does(Callable<T> task) {
        return result(begins(task));
    }

    /** Has a task done, and does not wait. */
    <T> Future<T> begins(Callable<T> task) {
        return executor.submit(task);
    }

    static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Enters and leaves; the slot. */
    int visits(SlotGate gate) {
        return does(() -> visit(gate));
    }

    static int visit(SlotGate gate) {
        int slot = gate.enter();
        if (slot != SlotGate.NONE) {
            gate.leave(slot);
        }
        return slot;
    }

    /** Ends the thread. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
