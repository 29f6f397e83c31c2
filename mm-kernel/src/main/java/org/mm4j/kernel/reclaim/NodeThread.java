package org.mm4j.kernel.reclaim;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;

/**
 * The thread of a node that works in the background: it is made when it is asked for the first time, and ends with its kernel.
 * Memory that it takes comes from the reserves.
 *
 * <pre>
 *   NONE --- ask ---> RUNNING, its loop decides when to sleep --- stop ---> STOPPED, none is made any more
 * </pre>
 *
 * <p>Any thread may ask. In Linux 6.18: kthread_create_on_node(), kthread_stop(). Differs: it is not there before it is needed.
 */
final class NodeThread {
    private static final VarHandle THREAD;

    static {
        try {
            THREAD = MethodHandles.lookup().findVarHandle(NodeThread.class, "thread", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String name;
    private final Runnable loop;
    private final GfpContext context;
    private final KernelLog log;
    private final WakeWord word = new WakeWord();

    @SuppressWarnings("unused") // by THREAD
    private volatile @Nullable Thread thread;

    private volatile boolean isStopped;

    /**
     * A thread that does not run yet.
     *
     * @param name as in Linux
     * @param loop what it does, until {@link #isStopped}
     */
    NodeThread(String name, Runnable loop, GfpContext context, KernelLog log) {
        this.name = name;
        this.loop = loop;
        this.context = context;
        this.log = log;
    }

    /** What it is asked for, and where it sleeps. */
    WakeWord word() {
        return word;
    }

    /** Asks for work, and makes the thread if there is none. It does not fail: the next one who asks tries again. */
    void ask(int request) {
        if (thread == null) {
            word.note(request);
            if (start()) {
                return; // it looks at the word before it sleeps
            }
        }
        word.ask(request, thread);
    }

    /** Makes the thread if there is none; whether it did. */
    boolean start() {
        try {
            Thread made = Thread.ofPlatform().daemon().name("mm4j " + name).unstarted(this::work);
            if (!isStopped && THREAD.compareAndSet(this, null, made)) {
                startOnce(made);
                return true;
            }
        } catch (OutOfMemoryError e) {
            log.warnOnce(name, name + " could not be started: " + e.getMessage());
        }
        return false;
    }

    /** Where there is no Java heap any more, it ends, and the next one who asks makes another thread. */
    private void work() {
        boolean isDone = false;
        try {
            context.noreclaim(loop);
            isDone = true;
        } catch (OutOfMemoryError e) {
            log.warnOnce(name + " ended", name + " has ended: " + e.getMessage());
        } finally {
            if (!isDone) {
                thread = null;
            }
        }
    }

    private void startOnce(Thread made) {
        boolean isStarted = false;
        try {
            made.start();
            isStarted = true;
        } finally {
            if (!isStarted) {
                thread = null;
            }
        }
    }

    /** Whether it was started and has not ended. */
    boolean isRunning() {
        Thread now = thread;
        return now != null && now.isAlive();
    }

    /** Whether it runs and does not sleep. Racy. In Linux: task_is_running(). */
    boolean isAtWork() {
        return isRunning() && !word.asleepVolatile();
    }

    boolean isStopped() {
        return isStopped;
    }

    /** Ends the thread and waits for it. */
    void stop() {
        isStopped = true;
        Thread now = thread;
        boolean interrupted = false;
        while (now != null && now.isAlive()) {
            word.ask(WakeWord.request(0, 0), now);
            try {
                now.join(1);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
