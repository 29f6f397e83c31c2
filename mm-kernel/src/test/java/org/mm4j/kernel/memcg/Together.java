package org.mm4j.kernel.memcg;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Runs code on platform threads of their own, all at the same time. */
final class Together {
    private final List<FutureTask<Void>> tasks = new ArrayList<>();

    void add(Runnable code) {
        FutureTask<Void> task = new FutureTask<>(code, null);
        tasks.add(task);
        Thread.ofPlatform().start(task);
    }

    /** Waits for all; what one of them threw is thrown here. */
    void join() {
        for (FutureTask<Void> task : tasks) {
            try {
                task.get();
            } catch (ExecutionException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
