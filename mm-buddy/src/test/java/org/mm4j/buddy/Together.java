package org.mm4j.buddy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Actions on threads of their own, that begin together. */
final class Together {
    private Together() {}

    /** An action that may throw. */
    interface Action {
        void run() throws Exception;
    }

    /** Returns when all have ended; the first failure is thrown. */
    static void run(Action... actions) {
        CyclicBarrier start = new CyclicBarrier(actions.length);
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (Action action : actions) {
            FutureTask<Void> task = new FutureTask<>(() -> {
                start.await();
                action.run();
                return null;
            });
            tasks.add(task);
            Thread.ofPlatform().daemon().start(task);
        }
        try {
            for (FutureTask<Void> task : tasks) {
                task.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
