package org.mm4j.lab;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What happens to a long command when its process is told to end: the work is stopped, and the command gets a moment to
 * tell what has been done.
 */
final class Interruption implements AutoCloseable {
    private static final int SECONDS_TO_TELL = 10;

    private final CountDownLatch told = new CountDownLatch(1);
    private final Thread hook;

    /** From now on {@code stop} is called when the process is told to end; by any thread. */
    Interruption(Runnable stop) {
        hook = Thread.ofPlatform().unstarted(() -> {
            stop.run();
            await();
        });
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void await() {
        try {
            boolean _ = told.await(SECONDS_TO_TELL, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The command has told all. */
    void told() {
        told.countDown();
    }

    @Override
    public void close() {
        told();
        try {
            boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process ends already, and the hook runs
        }
    }
}
