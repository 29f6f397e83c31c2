package org.mm4j.lab.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A plan carried out once, by N threads. Thread n does the steps of the recorded CPUs n, n + N, n + 2N and so on.
 */
final class ReplayRound {
    /*
     * Order
     *   A page can be allocated on one CPU and freed on another. So a step that frees or splits a block waits until the
     *   step that makes the block is done. Other steps of different threads run in any order.
     *
     * Strides
     *   After every `stride` steps of the plan all threads meet, so that no thread runs ahead of the recording by more
     *   than that: a thread that ran ahead would hold more pages than were ever live. While they meet nobody runs, which
     *   is when the listener looks at the kernel, exactly; the clock stands meanwhile.
     *
     * It cannot deadlock
     *   Take the first step in the order of the plan that is not done. Its thread has done all its steps before it, and
     *   stands at it. The step waits for nothing but a step before it, which is done. And its thread waits at no meeting:
     *   all strides before this one are complete. So some thread can always go on, as long as the allocator's calls
     *   return. If one throws, the phaser ends, which every waiting thread notices.
     */
    private final ReplayPlan plan;
    private final ReplayTarget target;
    private final ReplayVmaps vmaps;
    private final BlockTable table;
    private final int stride;
    private final List<ReplayWorker> workers = new ArrayList<>();
    private final Meeting meeting;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private StrideListener listener = (done, live) -> {};
    private long nanosRunning;
    private long nanosResumed;
    private int stepsDone;

    /** Whom the round tells that it has come further. */
    @FunctionalInterface
    interface StrideListener {
        /** {@code stepsDone} steps are done, {@code pagesLive} pages are live, and no thread runs. */
        void strideDone(int stepsDone, long pagesLive);
    }

    ReplayRound(
            ReplayPlan plan,
            ReplayTarget target,
            ReplayCaches caches,
            ReplayVmaps vmaps,
            BlockTable table,
            int threads,
            int stride) {
        this.plan = plan;
        this.target = target;
        this.vmaps = vmaps;
        this.table = table;
        this.stride = stride;
        this.meeting = new Meeting(threads);
        for (int thread = 0; thread < threads; thread++) {
            workers.add(new ReplayWorker(plan, target, caches, vmaps, table, thread, threads, meeting::isTerminated));
        }
    }

    /** Carries the plan out; what a thread throws is thrown on. */
    void run(StrideListener strideListener) throws InterruptedException {
        listener = strideListener;
        table.clear();
        List<Thread> threads = new ArrayList<>();
        for (ReplayWorker worker : workers) {
            threads.add(Thread.ofPlatform().name("replay-", threads.size()).start(() -> run(worker)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        rethrow(failure.get());
    }

    /** Frees, in the order of their allocation, the blocks, objects and areas that the trace leaves live. */
    void tearDown() {
        Arrays.stream(plan.rest().pages())
                .boxed()
                .sorted(Comparator.comparingInt(LiveBlock::id))
                .forEach(block -> {
                    long pfn = table.pfnAcquire(LiveBlock.id(block)); // [replay.A1]
                    if (pfn != BlockTable.FAILED) {
                        target.pages().freePages(pfn, LiveBlock.order(block));
                    }
                });
        for (int object : plan.rest().objects()) {
            long address = table.pfnAcquire(object); // [replay.A1]
            if (address != BlockTable.FAILED) {
                target.objects().kfree(address);
            }
        }
        for (int area : plan.rest().areas()) {
            long handle = table.pfnAcquire(area); // [replay.A1]
            if (handle != BlockTable.FAILED) {
                target.percpu().freePercpu(handle);
            }
        }
        for (int vmap : plan.rest().vmaps()) {
            long start = table.pfnAcquire(vmap); // [replay.A1]
            if (start != BlockTable.FAILED) {
                vmaps.free(start);
            }
        }
    }

    /** The time that the steps took, without the meetings. */
    long nanosRunning() {
        return nanosRunning;
    }

    long pagesLive() {
        return workers.stream().mapToLong(ReplayWorker::pagesLive).sum();
    }

    long allocationsFailed() {
        return workers.stream().mapToLong(ReplayWorker::allocationsFailed).sum();
    }

    long requestsRefused() {
        return workers.stream().mapToLong(ReplayWorker::requestsRefused).sum();
    }

    void addLatenciesTo(Latencies sum) {
        workers.forEach(worker -> sum.add(worker.latencies()));
    }

    private void run(ReplayWorker worker) {
        try {
            int phase = meeting.arriveAndAwaitAdvance();
            for (int from = 0; from < plan.ops() && phase >= 0; from += stride) {
                worker.apply(from, Math.min(from + stride, plan.ops()));
                phase = meeting.arriveAndAwaitAdvance();
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
            meeting.forceTermination();
        }
    }

    static void rethrow(@Nullable Throwable failure) {
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }

    /** All threads are here: at the start, and after every stride. */
    private final class Meeting extends Phaser {
        Meeting(int threads) {
            super(threads);
        }

        @Override
        protected boolean onAdvance(int phase, int registeredParties) {
            if (phase > 0) {
                nanosRunning += System.nanoTime() - nanosResumed;
                stepsDone = Math.min(stepsDone + stride, plan.ops());
                listener.strideDone(stepsDone, pagesLive());
            }
            nanosResumed = System.nanoTime();
            return stepsDone == plan.ops();
        }
    }
}
