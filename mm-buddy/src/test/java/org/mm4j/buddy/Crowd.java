package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs tasks at once, each on a thread of its own, and passes on the first failure. */
final class Crowd {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private Crowd() {}

    static ThreadFactory platform() {
        return Thread.ofPlatform().factory();
    }

    static ThreadFactory virtual() {
        return Thread.ofVirtual().factory();
    }

    static void run(ThreadFactory threads, List<? extends Runnable> tasks) throws InterruptedException {
        run(threads, tasks, each -> Thread.yield());
    }

    /** {@code meanwhile} is done by the caller, again and again until all tasks have ended; once at least. */
    static void run(ThreadFactory threads, List<? extends Runnable> tasks, Consumer<List<Thread>> meanwhile)
            throws InterruptedException {
        CountDownLatch all = new CountDownLatch(tasks.size());
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        List<Thread> crowd = new ArrayList<>();
        for (Runnable task : tasks) {
            crowd.add(threads.newThread(() -> {
                all.countDown();
                awaitAll(all);
                try {
                    task.run();
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
            }));
        }
        crowd.forEach(Thread::start);
        long end = System.nanoTime() + LIMIT.toNanos();
        do {
            meanwhile.accept(crowd);
        } while (crowd.stream().anyMatch(Thread::isAlive) && failure.get() == null && System.nanoTime() < end);
        for (Thread thread : crowd) {
            assertThat(failure.get() != null || thread.join(LIMIT))
                    .as("the thread ended")
                    .isTrue();
        }
        Throwable first = failure.get();
        if (first != null) {
            throw new AssertionError("one of the threads failed", first);
        }
    }

    /** An interrupt is kept for the task. */
    private static void awaitAll(CountDownLatch all) {
        boolean interrupted = false;
        while (all.getCount() > 0) {
            try {
                all.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
